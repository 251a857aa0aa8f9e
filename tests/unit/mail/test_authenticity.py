"""Whose word is taken for a mail's origin."""

import pytest

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import Authenticity, RawMail

SENDERS = load_ruleset().senders
TRUSTED = ("mx.example.org", "mx.google.com")
ALI = "AliExpress <transaction@notice.aliexpress.com>"
RELAY = "<transaction_at_notice_aliexpress_com_1f2e3d4c5b_9a8b7c6d@privaterelay.appleid.com>"
BORDER = "Received: from out.example.net (out.example.net [192.0.2.1]) by mx.example.org; now\n"
GOOD = "Authentication-Results: mx.example.org; dkim=pass header.d=aliexpress.com\n"
BAD = "Authentication-Results: mx.example.org; dkim=none; dmarc=fail header.from=aliexpress.com\n"


def prove(head: str, *, sender: str = ALI, trusted: tuple[str, ...] = TRUSTED) -> Authenticity:
    """Parse a mail with these fields on top of its author's."""
    content = f"{head}From: {sender}\nSubject: s\nDate: Tue, 20 Aug 2024 13:51:31 -0700\n\nx"
    parser = MailParser(senders=SENDERS, trusted_authserv=trusted)
    return parser(RawMail(content=content.encode(), received_at=None)).authenticity


def said(results: str, server: str = "mx.example.org") -> str:
    """Write one result line above the border's own."""
    return f"Authentication-Results: {server}; {results}\n{BORDER}"


@pytest.mark.parametrize(
    "results",
    [
        "dkim=pass header.d=aliexpress.com",
        "dkim=pass header.i=@notice.aliexpress.com header.s=a header.b=Ab/c",
        "dkim=fail header.d=aliexpress.com; dkim=pass header.d=notice.aliexpress.com",
        "dmarc=pass (p=QUARANTINE dis=NONE) header.from=notice.aliexpress.com",
        "dmarc=pass header.from=aliexpress.com",
        "dmarc=pass",
        "spf=fail smtp.mailfrom=x@example.net; dkim=pass reason=ok header.d=aliexpress.com",
    ],
)
def test_aligned_pass_of_a_trusted_server_proves(results: str) -> None:
    """A good signature of the sender's own domain, or a passed policy, is a pass."""
    assert prove(said(results)) is Authenticity.PASS


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=fail header.from=notice.aliexpress.com",
        "dmarc=fail header.from=aliexpress.com; dkim=pass header.d=example.net",
        "dkim=fail header.d=aliexpress.com",
        "dkim=fail header.d=aliexpress.com; spf=fail smtp.mailfrom=a@aliexpress.com",
        "dkim=fail; spf=pass smtp.mailfrom=a@example.net",
    ],
)
def test_failure_of_a_trusted_server_counts(results: str) -> None:
    """A failed policy, or a broken signature with nothing aligned, is a fail."""
    assert prove(said(results)) is Authenticity.FAIL


@pytest.mark.parametrize(
    "results",
    [
        "none",
        "dkim=none",
        "dkim=pass header.d=example.net",
        "dkim=pass header.d=notaliexpress.com",
        "dkim=pass",
        "dkim=temperror header.d=aliexpress.com",
        "dkim=fail header.d=aliexpress.com; spf=pass smtp.mailfrom=aliexpress.com",
        "spf=pass smtp.mailfrom=a@notice.aliexpress.com",
        "spf=fail smtp.mailfrom=a@notice.aliexpress.com",
        "dmarc=none header.from=aliexpress.com",
        "dmarc=pass header.from=example.net",
        "dmarc=fail header.from=example.net",
        "dmarc=fail header.from=aliexpress.com; dkim=pass header.d=aliexpress.com",
        "dkim=" + "(" * 3_000,
        "dkim=pass header.d=aliexpress.com" + " (x)" * 3_000,
        "dkim",
        "",
    ],
)
def test_everything_else_proves_nothing(results: str) -> None:
    """What is not aligned, contradictory, damaged or silent leaves a mail unknown."""
    assert prove(said(results)) is Authenticity.UNKNOWN


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ("dkim=pass header.d=privaterelay.appleid.com", Authenticity.PASS),
        ("dmarc=pass header.from=privaterelay.appleid.com", Authenticity.PASS),
        ("dkim=pass header.d=aliexpress.com", Authenticity.UNKNOWN),
        ("dkim=pass header.d=icloud.com", Authenticity.UNKNOWN),
    ],
)
def test_relay_proves_its_own_address(results: str, found: Authenticity) -> None:
    """A relayed mail carries the relay's address, so only the relay's domain proves it."""
    assert prove(said(results), sender=RELAY) is found


def test_server_must_be_trusted() -> None:
    """Another server's results are anybody's words."""
    assert prove(said("dkim=pass header.d=aliexpress.com", "mx.attacker.example")) is (
        Authenticity.UNKNOWN
    )
    assert prove(GOOD + BORDER, trusted=()) is Authenticity.UNKNOWN
    assert prove(GOOD + BORDER, trusted=("MX.Example.org",)) is Authenticity.PASS
    outlook = (
        "Authentication-Results: spf=pass (sender IP is 1.1.1.1) smtp.mailfrom=a.b; dkim=pass\n"
    )
    assert prove(outlook + BORDER) is Authenticity.UNKNOWN


@pytest.mark.parametrize(
    ("head", "found"),
    [
        pytest.param(GOOD + BORDER, Authenticity.PASS, id="above the border"),
        pytest.param(BORDER + GOOD, Authenticity.PASS, id="right below the border's own line"),
        pytest.param(GOOD, Authenticity.PASS, id="on top of a mail without trace"),
        pytest.param(BAD + BORDER + GOOD, Authenticity.FAIL, id="forged below the real one"),
        pytest.param(BORDER + BAD + GOOD, Authenticity.FAIL, id="forged right after the real one"),
        pytest.param(BAD + GOOD, Authenticity.FAIL, id="forged second without trace"),
        pytest.param(
            BORDER + "Received: from a.example by b.example; then\n" + GOOD,
            Authenticity.UNKNOWN,
            id="below another server's line",
        ),
        pytest.param(
            BORDER + "Received: whatever\n" + GOOD,
            Authenticity.UNKNOWN,
            id="below a line that names nobody",
        ),
        pytest.param(
            "Received: from x by mx.example.org (y [192.0.2.1]) by b.example; then\n" + GOOD,
            Authenticity.UNKNOWN,
            id="below a line with two writers",
        ),
        pytest.param(
            "Subject: x\n" + GOOD + BORDER, Authenticity.UNKNOWN, id="below the author's own fields"
        ),
        pytest.param(
            "Received: by 2002:a05:6402::1 with SMTP id a; now\n"
            "Received: from x.example (x.example [192.0.2.1]) by mx.google.com with ESMTPS; now\n"
            "Authentication-Results: mx.google.com; dmarc=pass header.from=aliexpress.com\n",
            Authenticity.PASS,
            id="Gmail's order",
        ),
        pytest.param(
            "Authentication-Results: mx.example.org; spf=none\n" + GOOD + BORDER,
            Authenticity.PASS,
            id="several of the border's own",
        ),
        pytest.param(
            "Authentication-Results: mx.attacker.example; dkim=none\n" + GOOD + BORDER,
            Authenticity.PASS,
            id="below a stranger's",
        ),
        pytest.param(
            BAD.replace("org;", "org (amavisd-new);") + BORDER + GOOD,
            Authenticity.FAIL,
            id="forged below the real one with a comment after its name",
        ),
        pytest.param(
            BAD.replace("mx.", "(x) mx.") + BORDER + GOOD,
            Authenticity.FAIL,
            id="forged below the real one with a comment before its name",
        ),
        pytest.param(
            BAD.replace("mx.example.org", '"mx.example.org"') + BORDER + GOOD,
            Authenticity.FAIL,
            id="forged below the real one with a quoted name",
        ),
        pytest.param(
            BAD.replace("org;", "org 2;") + BORDER + GOOD,
            Authenticity.UNKNOWN,
            id="forged below one that cannot be read",
        ),
        pytest.param(
            BORDER + BAD.replace("org;", "org 2;") + GOOD,
            Authenticity.UNKNOWN,
            id="forged right after one that cannot be read",
        ),
        pytest.param(
            GOOD + BAD.replace("org;", "org 2;") + BORDER,
            Authenticity.PASS,
            id="above one that cannot be read",
        ),
        pytest.param(
            BAD + BAD.replace("org;", "org 2;") + GOOD,
            Authenticity.FAIL,
            id="forged below one that cannot be read, without trace",
        ),
    ],
)
def test_place_of_a_line_decides(head: str, found: Authenticity) -> None:
    """Only what the receiving server put on top is heard."""
    assert prove(head) is found


@pytest.mark.parametrize("field", ["Subject: t", "Date: x", "Content-Type: text/html"])
def test_doubled_field_is_never_proven(field: str) -> None:
    """People see one of two subjects, a signature covers the other: that is no pass."""
    doubled = f"{GOOD}{BORDER}{field}\n{field}\n"
    assert prove(doubled) is Authenticity.UNKNOWN


def test_doubled_field_does_not_hide_a_failure() -> None:
    """A failed mail stays failed, however often it names its subject."""
    assert prove(f"{BAD}{BORDER}Subject: t\n") is Authenticity.FAIL


@pytest.mark.parametrize(
    ("border", "found"), [("", Authenticity.PASS), (BORDER, Authenticity.UNKNOWN)]
)
def test_a_line_below_the_authors_counts_only_in_a_mail_that_never_travelled(
    border: str, found: Authenticity
) -> None:
    """Put into the mailbox by its owner it is heard; what came over the network is not."""
    parser = MailParser(senders=SENDERS, trusted_authserv=TRUSTED)
    content = f"{border}From: {ALI}\nSubject: s\n{GOOD}\nx"

    proven = parser(RawMail(content=content.encode(), received_at=None)).authenticity

    assert proven is found
