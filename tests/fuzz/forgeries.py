"""Forgeries: what was tried to pass for AliExpress's mail. `make corpus` prints what each came to.

All of them say that a refund was issued; the receiving server is `mx.example.org`.
"""

import sys
from dataclasses import dataclass

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import RawMail

TRUE = "AliExpress <transaction@notice.aliexpress.com>"
REFUND = "Subject: Your refund for order 8012345678901234 has been processed\n"
BORDER = (
    "Received: from out.evil.example (out.evil.example [192.0.2.66]) by mx.example.org; Tue,"
    " 3 Nov 2026 08:00:00 +0000\n"
)
GOOD = "dkim=pass header.d=aliexpress.com; dmarc=pass header.from=notice.aliexpress.com"
FAILED = "dkim=fail header.d=aliexpress.com; dmarc=fail header.from=aliexpress.com"
EVIL = "dkim=pass header.d=evil.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """One trick, and what it must come out as: `outcome authenticity`."""

    trick: str
    content: bytes
    comes_to: str


def results(said: str, server: str = "mx.example.org") -> str:
    """Write one Authentication-Results field."""
    return f"Authentication-Results: {server}; {said}\n"


def _named(trick: str, sender: str, *, comes_to: str = "foreign unknown") -> Forgery:
    """A lie in the From line, with everything else as good as a real mail's."""
    head = results(GOOD) + BORDER + f"From: {sender}\n" + REFUND
    return Forgery(trick=trick, content=f"{head}\nRefunded.\n".encode(), comes_to=comes_to)


def _stamped(trick: str, head: str, comes_to: str = "recognised unknown") -> Forgery:
    """A lie in what the servers wrote, under the true From line."""
    content = f"{head}From: {TRUE}\n{REFUND}\nRefunded.\n".encode()
    return Forgery(trick=trick, content=content, comes_to=comes_to)


SENDERS = (
    ("look-alike domain", "AliExpress <transaction@notice.aliexpresse.eu>"),
    ("look-alike with a dash", "<transaction@notice-aliexpress.com>"),
    ("look-alike that ends the same", "<transaction@notice.myaliexpress.com>"),
    ("another top-level domain", "<transaction@notice.aliexpress.co>"),
    ("suffix after the domain", "<transaction@notice.aliexpress.com.evil.example>"),
    ("domain as a local part", "<notice.aliexpress.com@evil.example>"),
    ("letter l as a one", "<transaction@notice.a1iexpress.com>"),
    ("homograph, Cyrillic а", "<transaction@notice.аliexpress.com>"),
    ("homograph, full-width dot", "<transaction@notice．aliexpress．com>"),
    ("punycode", "<transaction@notice.xn--liexpress-32g.com>"),
    ("zero-width blank in the domain", "<transaction@notice.ali\u200bexpress.com>"),
    ("right-to-left mark in the domain", "<transaction@notice.aliexpress.com\u202e.evil.example>"),
    ("address in the display name", '"transaction@notice.aliexpress.com" <x@evil.example>'),
    ("address in the name, no quotes", "transaction@notice.aliexpress.com <x@evil.example>"),
    ("angled address in the name", '"<transaction@notice.aliexpress.com>" <x@evil.example>'),
    (
        "encoded address in the name",
        "=?utf-8?q?transaction=40notice.aliexpress.com?= <x@evil.example>",
    ),
    ("an encoded word as the address", "=?utf-8?q?=3Ctransaction=40notice.aliexpress.com=3E?="),
    ("two addresses", "transaction@notice.aliexpress.com, x@evil.example"),
    ("two addresses, the other way round", "x@evil.example, transaction@notice.aliexpress.com"),
    ("two angled addresses", "<x@evil.example> <transaction@notice.aliexpress.com>"),
    ("a second line", f"x@evil.example\nFrom: {TRUE}"),
    ("a second line below", f"{TRUE}\nFrom: x@evil.example"),
    ("a second line in capitals", f"{TRUE}\nFROM: x@evil.example"),
    ("a blank before the colon", f"{TRUE}\nFrom : x@evil.example"),
    ("comment after the address", "transaction@notice.aliexpress.com (x@evil.example)"),
    ("comment in the domain", "<transaction@notice.aliexpress.com(.evil.example)>"),
    ("comment in the local part", "<transaction(x@evil.example)@notice.aliexpress.com>"),
    ("quoted local part", '"transaction@notice.aliexpress.com"@evil.example'),
    ("quoted true local part", '<"transaction"@notice.aliexpress.com>'),
    ("group", "AliExpress: transaction@notice.aliexpress.com;"),
    ("group and another", "AliExpress: transaction@notice.aliexpress.com;, x@evil.example"),
    ("route", "<@evil.example:transaction@notice.aliexpress.com>"),
    ("two at signs", "<transaction@notice.aliexpress.com@evil.example>"),
    ("percent route", "<transaction%notice.aliexpress.com@evil.example>"),
    ("bang path", "<notice.aliexpress.com!transaction@evil.example>"),
    ("NUL in the address", "<transaction@notice.aliexpress.com\x00.evil.example>"),
    ("NUL between two", "<transaction@notice.aliexpress.com>\x00<x@evil.example>"),
    ("bare carriage return", "<x@evil.example>\rFrom: transaction@notice.aliexpress.com"),
    ("folded in the middle", "<transaction@notice.aliexpress\n .com.evil.example>"),
    ("dot at the end", "<transaction@notice.aliexpress.com.>"),
    ("address literal", "<transaction@[notice.aliexpress.com]>"),
    ("no domain", "<transaction@aliexpress>"),
    ("no address", "AliExpress"),
    (
        "another's relay",
        "<transaction_at_notice_aliexpress_com_1f2e3d4c5b_9a8b7c6d@privaterelay.appleid.example>",
    ),
    (
        "a subdomain of the relay",
        "<transaction_at_notice_aliexpress_com_1f2e3d4c5b_9a8b7c6d@x.privaterelay.appleid.com>",
    ),
    (
        "relayed look-alike",
        "<transaction_at_notice_aliexpress_com_evil_example_1f2e3d4c_9a8b7c6d@privaterelay.appleid.com>",
    ),
    (
        "relayed, two addresses",
        "<x_at_evil_at_notice_aliexpress_com_1f2e3d4c_9a8b7c6d@privaterelay.appleid.com>",
    ),
    ("relayed without ids", "<transaction_at_notice_aliexpress_com@privaterelay.appleid.com>"),
)

STAMPS = (
    ("nothing but a From line", ""),
    (
        "own results below the border",
        BORDER + "X-Evil: 1\nReceived: from a by b.example; x\n" + results(GOOD),
    ),
    ("own results, another server's name", results(GOOD, "mx.evil.example") + BORDER),
    ("server's name as a suffix", results(GOOD, "evil.mx.example.org") + BORDER),
    ("server's name as a prefix", results(GOOD, "mx.example.org.evil.example") + BORDER),
    ("server's name and more", results(GOOD, "mx.example.org evil") + BORDER),
    ("server's name in a comment", results(GOOD, "evil.example (mx.example.org)") + BORDER),
    ("server's name quoted", results(GOOD, '"mx.example.org"x') + BORDER),
    ("server's name with Cyrillic", results(GOOD, "mx.examplе.org") + BORDER),
    ("pass for another domain", results(EVIL) + BORDER),
    ("pass for a look-alike", results("dkim=pass header.d=notaliexpress.com") + BORDER),
    ("pass for a suffix", results("dkim=pass header.d=aliexpress.com.evil.example") + BORDER),
    ("pass for the sender's host alone", results("spf=pass smtp.mailfrom=evil.example") + BORDER),
    ("pass without a domain", results("dkim=pass") + BORDER),
    ("pass in a comment", results("dkim=none (dkim=pass header.d=aliexpress.com)") + BORDER),
    (
        "pass in a quoted reason",
        results('dkim=none reason="; dkim=pass header.d=aliexpress.com"') + BORDER,
    ),
    (
        "pass in an envelope sender",
        results('spf=none smtp.mailfrom="; dkim=pass header.d=aliexpress.com"') + BORDER,
    ),
    ("policy passed for another", results("dmarc=pass header.from=evil.example") + BORDER),
    ("ARC's results", f"ARC-Authentication-Results: i=1; mx.example.org; {GOOD}\n" + BORDER),
    ("X- results", f"X-Authentication-Results: mx.example.org; {GOOD}\n" + BORDER),
    (
        "server's name in a greeting",
        "Received: from x by mx.example.org (x [192.0.2.66]) by b.example; x\n" + results(GOOD),
    ),
    ("results below the subject", f"{BORDER}{REFUND}{results(GOOD)}"),
    (
        "a signature that is none",
        BORDER + "DKIM-Signature: v=1; d=aliexpress.com; h=from:subject\n",
    ),
    (
        "own results under some of an unknown version",
        results(FAILED, "mx.example.org 2") + BORDER + results(GOOD),
    ),
    (
        "own results under some of nobody's",
        f"Authentication-Results: {FAILED}\n{BORDER}{results(GOOD)}",
    ),
    (
        "own results under an endless comment",
        results(FAILED, "mx.example.org (x") + BORDER + results(GOOD),
    ),
    (
        "own results under damaged ones",
        results(f"dkim=fail ((((; {FAILED}") + BORDER + results(GOOD),
    ),
)

REFUSED_BY_THE_SERVER = (
    (
        "own results under a failed policy",
        results("dmarc=fail header.from=aliexpress.com") + BORDER + results(GOOD),
    ),
    (
        "own results right below the border",
        BORDER + results("dkim=fail header.d=aliexpress.com") + results(GOOD),
    ),
    (
        "own results under a name with a comment",
        results(FAILED, "mx.example.org (amavisd-new)") + BORDER + results(GOOD),
    ),
    (
        "own results under a comment and a name",
        results(FAILED, "(x) mx.example.org") + BORDER + results(GOOD),
    ),
    (
        "own results under a quoted name",
        results(FAILED, '"mx.example.org"') + BORDER + results(GOOD),
    ),
    (
        "broken signature",
        results("dkim=fail header.d=aliexpress.com; spf=pass smtp.mailfrom=evil.example") + BORDER,
    ),
    (
        "another's signature, failed policy",
        results(f"{EVIL}; dmarc=fail header.from=aliexpress.com") + BORDER,
    ),
)

FORGERIES = (
    *(_named(trick, sender) for trick, sender in SENDERS),
    *(_stamped(trick, head) for trick, head in STAMPS),
    # The topmost subject is the one that people see, and the one that is read.
    _stamped("subject doubled", f"{results(GOOD)}{BORDER}Subject: x\n", "unrecognised unknown"),
    *(_stamped(trick, head, "foreign fail") for trick, head in REFUSED_BY_THE_SERVER),
)


def tried() -> list[tuple[Forgery, str]]:
    """Return each forgery with what it came to, `outcome authenticity`."""
    rules = load_ruleset()
    parser = MailParser(senders=rules.senders, trusted_authserv=("mx.example.org",))
    table: list[tuple[Forgery, str]] = []
    for each in FORGERIES:
        try:
            message = parser(RawMail(content=each.content, received_at=None))
        except UnreadableMail:
            table.append((each, "unreadable"))
            continue
        reading = rules.read(message)
        table.append((each, f"{reading.outcome.value} {message.authenticity.value}"))
    return table


def main() -> int:
    """Print the table; 1 where one came to something else than it must."""
    table = tried()
    for each, came_to in table:
        mark = "" if came_to == each.comes_to else f"  MUST BE {each.comes_to}"
        print(f"{each.trick:<40}{came_to}{mark}")
    return int(any(came_to != each.comes_to for each, came_to in table))


if __name__ == "__main__":
    sys.exit(main())
