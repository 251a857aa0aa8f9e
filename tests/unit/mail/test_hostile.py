"""Mails made to crash, stall or swell the reader: each read, or set aside, soon and small."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from watcher.adapters.rule_files import load_ruleset
from watcher.rules.rule import Language

CHILD = Path(__file__).parents[2] / "fuzz" / "one_by_one.py"
SECONDS = 10.0
"""Of the processor: ten times what any of these may take; a parser without bounds takes minutes."""
MEGABYTES = 200.0
"""For the whole process, of which the interpreter and the rules are half."""

FROM = "From: AliExpress <transaction@notice.aliexpress.com>\n"
CLOSED = "Subject: Your order 8012345678901234 is closed\n"
HEAD = FROM + CLOSED
HTML = HEAD + "Content-Type: text/html; charset=utf-8\n\n"
BASE64 = "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
QUOTED = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
MIXED = 'Content-Type: multipart/mixed; boundary="b"\n\n'
LANGUAGES = load_ruleset().languages


class Bench:
    """A process that reads each mail in a child of its own and tells the cost."""

    def __init__(self, folder: Path) -> None:
        self._mail = folder / "hostile.eml"
        self._costs: list[tuple[float, float, str]] = []
        self._process = subprocess.Popen(
            [sys.executable, str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, content: str | bytes) -> str:
        """Return the outcome of a mail, its cost within the bounds."""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        self._mail.write_bytes(raw)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self._mail}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "seconds" in answer, answer
        assert answer["seconds"] < SECONDS
        assert answer["megabytes"] < MEGABYTES
        name = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].removesuffix(" (call)")
        self._costs.append((answer["seconds"], answer["megabytes"], name))
        outcome: str = answer["outcome"]
        return outcome

    def close(self) -> None:
        """End the process and its pipes."""
        self._process.communicate(timeout=30)

    def table(self, number: int = 12) -> str:
        """Write the `number` dearest mails: seconds of the processor, megabytes, the test."""
        dearest = sorted(self._costs, reverse=True)[:number]
        return "".join(f"{cost:7.2f} s {size:6.0f} MB  {name}\n" for cost, size, name in dearest)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Start one bench for all mails."""
    bench = Bench(tmp_path_factory.mktemp("hostile"))
    yield bench
    bench.close()
    # Seen with `pytest -s`.
    print("\n" + bench.table())


def nested(count: int) -> str:
    """Write `count` multiparts, each inside the one before."""
    parts = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(count))
    return "".join(parts) + "Content-Type: text/plain\n\nx\n"


REFUSED: dict[str, Callable[[], str | bytes]] = {
    "2,000 nested parts": lambda: HEAD + nested(2_000),
    "50,000 header fields": lambda: HEAD + "".join(f"X-{n}: y\n" for n in range(50_000)) + "\nx",
    "a header field of 5 MB": lambda: HEAD + "X-A: " + "y" * 5_000_000 + "\n\nx",
    "a subject of 5 MB": lambda: FROM + "Subject: " + "order 8" * 700_000 + "\n\nx",
    "5 MB of folded header": lambda: HEAD + "X-A: y\n" + " y\n" * 1_700_000 + "\nx",
    "1,000 mails in each other": lambda: (
        HEAD + "Content-Type: message/rfc822\n\n" * 1_000 + "Subject: x\n\nx"
    ),
    "10,000 parts": lambda: HEAD + MIXED + "--b\n\nx\n" * 10_000,
    "100,000 links": lambda: (
        HTML
        + "".join(f'<a href="https://x.example/?orderId={10**15 + n}">' for n in range(100_000))
    ),
    "100,000 nested divs": lambda: HTML + "<div>" * 100_000,
    "100,000 nested tables": lambda: HTML + "<table><tr><td>" * 35_000,
    "more than 6 MB": lambda: HEAD + "\n" + "x" * 6_100_000,
    "millions of carriage returns": lambda: HEAD.encode() + b"\n" + b"\r" * 3_000_000,
    "900 parts of divs": lambda: (
        HEAD + MIXED + ("--b\nContent-Type: text/html\n\n" + "<div>" * 1_000 + "\n") * 900 + "--b--"
    ),
    "10,000 senders on lines of their own": lambda: FROM * 10_000 + "\nx",
}
"""Beyond any mail that a person can read: set aside before it costs anything."""


@pytest.mark.parametrize("kind", REFUSED)
def test_mail_beyond_all_bounds_is_set_aside(kind: str, read: Bench) -> None:
    """Such a mail is refused soon, in little memory, and the reader lives on."""
    assert read(REFUSED[kind]()) == "unreadable"


READ: dict[str, Callable[[], str | bytes]] = {
    "megabytes of digits in the text": lambda: HEAD + "\n" + "1" * 5_500_000,
    "megabytes of digits in HTML": lambda: HTML + "1" * 5_500_000,
    "digits in groups": lambda: HEAD + "\n" + "8012345678901234 " * 300_000,
    "digits with points": lambda: HEAD + "\n" + "1.234.567,89" * 400_000,
    "order words": lambda: HEAD + "\n" + "order number " * 400_000,
    "amounts": lambda: HEAD + "\n" + "refund US $1,234.56 " * 250_000,
    "currencies without amounts": lambda: HEAD + "\n" + "US $ R$ € " * 500_000,
    "blanks": lambda: HEAD + "\n" + " " * 5_500_000 + "x",
    "no-break blanks": lambda: HEAD + "\n" + "\u00a0" * 2_000_000 + "x",
    "expanding characters": lambda: HEAD + "\n" + "\ufdfa" * 1_500_000,
    "combining marks": lambda: HEAD + "\n" + "a" + "\u0327\u0301" * 1_000_000,
    "invisible characters": lambda: HEAD + "\n" + "\u200b\u00ad" * 1_200_000,
    "links in plain text": lambda: HEAD + "\n" + "https://x.example/?orderId=1 " * 100_000,
    "one endless link": lambda: HEAD + "\nhttps://x.example/?orderId=" + "1," * 2_500_000,
    "percents in a link": lambda: (
        HTML + '<a href="https://x.example/?a=' + "%25" * 1_500_000 + '">x'
    ),
    "entities": lambda: HTML + "&amp;" * 1_000_000,
    "unknown entities": lambda: HTML + "&#x110000;&#0;&nosuch;" * 200_000,
    "nested divs": lambda: HTML + "<div>" * 19_000,
    "nested tables": lambda: HTML + "<table><tr><td>" * 6_000,
    "nested blockquotes": lambda: HTML + "<blockquote>" * 19_000,
    "misnested formatting": lambda: HTML + "<b><i><a href=x><p></b>" * 3_900,
    "unclosed tables in forms": lambda: HTML + "<form><table><select>" * 6_000,
    "hidden in hidden": lambda: HTML + '<div style="display:none">' * 9_000 + "x",
    "many hidden": lambda: HTML + '<b style="display:none">x</b>' * 9_000,
    "long styles": lambda: (
        HTML + f'<p style="display:{" " * 90_000}none{"/*" * 50_000}">x</p>' * 20
    ),
    "unclosed comments": lambda: HTML + "<!--" * 19_000,
    "one comment to the end": lambda: HTML + "<!-- " + "- -" * 1_500_000,
    "attributes": lambda: HTML + "<p " + "".join(f"a{n}=1 " for n in range(200_000)) + ">x",
    "a doubled attribute": lambda: HTML + "<p " + "style=x " * 500_000 + ">x",
    "less-than signs": lambda: HTML + "<" * 19_990,
    "endless base64 without padding": lambda: HEAD + BASE64 + "A" * 5_500_001,
    "base64 of digits": lambda: HEAD + BASE64 + b64encode(b"8" * 4_000_000).decode(),
    "base64 that is none": lambda: HEAD + BASE64 + "!=" * 2_500_000,
    "quoted-printable of nothing": lambda: HEAD + QUOTED + "=\n" * 200_000 + "x",
    "quoted-printable of equals": lambda: HEAD + QUOTED + "=" * 5_500_000,
    "quoted-printable of blanks": lambda: HEAD + QUOTED + "=20" * 1_800_000,
    "uuencoded": lambda: (
        HEAD + "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n" + "M" * 10**6
    ),
    "text within bounds, 60,000 lines": lambda: HEAD + "\n" + "order 8012345678901234\n" * 100_000,
    "50 nested parts": lambda: HEAD + nested(50),
    "50 mails in each other": lambda: (
        HEAD + "Content-Type: message/rfc822\n\n" * 50 + "Subject: x\n\nx"
    ),
    "900 parts": lambda: (
        HEAD + MIXED + "--b\nContent-Type: text/html\n\n<p>x</p>\n" * 900 + "--b--"
    ),
    "an empty boundary": lambda: (
        HEAD + 'Content-Type: multipart/mixed; boundary=""\n\n--\n\nx\n----'
    ),
    "no boundary": lambda: HEAD + "Content-Type: multipart/mixed\n\n--b\n\nx\n--b--",
    "a boundary of blanks": lambda: (
        HEAD + 'Content-Type: multipart/mixed; boundary="  "\n\n--  \n\nx'
    ),
    "a boundary of 9,000 characters": lambda: (
        HEAD + f'Content-Type: multipart/mixed; boundary="{"b" * 9_000}"\n\n' + "--b" * 100_000
    ),
    "10,000 numbered parameters": lambda: (
        HEAD
        + "Content-Type: text/html"
        + "".join(f"; charset*{n}*=u''a" for n in range(10_000))
        + "\n\nx"
    ),
    "one parameter continued out of order": lambda: (
        HEAD + "Content-Type: text/html; charset*999999999=8; charset*0=utf-; name*0*=x'y\n\nx"
    ),
    "20,000 parameters": lambda: HEAD + "Content-Type: text/html" + "; a=b" * 20_000 + "\n\nx",
    "quotes in a parameter": lambda: (
        HEAD + 'Content-Type: text/html; a="' + '\\"' * 90_000 + "\n\nx"
    ),
    "encoded words that never end": lambda: FROM + "Subject: " + "=?utf-8?q?=41" * 20_000 + "\n\nx",
    "encoded words of question marks": lambda: FROM + "Subject: " + "=?" * 100_000 + "\n\nx",
    "encoded words without number": lambda: (
        FROM + "Subject: " + "=?utf-8?b?QQ==?= " * 15_000 + "\n\nx"
    ),
    "an encoded word of zip": lambda: FROM + "Subject: =?zip?b?eJwDAAAAAAE=?=\n\nx",
    "a doubled subject": lambda: HEAD + CLOSED * 400 + "\nx",
    "a header named headers_json": lambda: HEAD + "headers_json: x\nheaders-json: y\n\nx",
    "headers named like methods": lambda: (
        HEAD + "parse: x\nmail: y\n__class__: z\ntext-html: w\n\nx"
    ),
    "a date in the year 99999": lambda: HEAD + "Date: Mon, 01 Jan 99999 00:00:00 +0000\n\nx",
    "a date ahead by +9999": lambda: HEAD + "Date: Mon, 01 Jan 2024 00:00:00 +9999\n\nx",
    "a date in the year 0001 ahead": lambda: HEAD + "Date: Mon, 01 Jan 0001 00:00:00 +1400\n\nx",
    "a date of digits": lambda: HEAD + "Date: " + "9" * 90_000 + "\n\nx",
    "a date of brackets": lambda: HEAD + "Date: " + "(" * 90_000 + "\n\nx",
    "NUL bytes": lambda: HEAD.encode() + b"\x00\n\n\x00" + b"\x00" * 1_000_000,
    "lone surrogates": lambda: FROM + "Subject: \ud800\n\n" + "\udfff" * 100_000,
    "every byte": lambda: HEAD.encode() + b"\n" + bytes(range(256)) * 20_000,
    "shifts that never end": lambda: (
        HEAD.encode() + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + b"\x1b$B" * 1_500_000
    ),
}
"""Within the bounds, and as costly as they allow."""


@pytest.mark.parametrize("kind", READ)
def test_mail_within_the_bounds_is_read_soon_and_small(kind: str, read: Bench) -> None:
    """A mail as costly as the bounds allow stalls nothing and swells nothing."""
    assert read(READ[kind]()) in {"recognised", "unrecognised", "foreign", "ignored", "unreadable"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\nYour order 8012345678901234 is closed",
        b"no header at all: not even this",
        b"\x00" * 1_000_000,
        FROM.encode().replace(b"transaction", b"(" * 900),
        b"From: " + b", ".join(b"a%d@notice.aliexpress.com" % n for n in range(10_000)) + b"\n\nx",
        b"From: " + b"<" * 100_000 + b"\n\nx",
        b'From: "' + b'\\"' * 90_000 + b"\n\nx",
    ],
    ids=[
        "empty",
        "no fields",
        "one line",
        "zeros",
        "brackets",
        "10,000 senders",
        "angles",
        "quotes",
    ],
)
def test_mail_without_one_sender_is_nobodys(content: bytes, read: Bench) -> None:
    """Without exactly one sender a mail is foreign, or set aside, whatever it says."""
    assert read(content) in {"foreign", "unreadable"}


@pytest.mark.parametrize(
    "charset",
    [
        "zip",
        "bz2",
        "hex",
        "rot13",
        "rot_13",
        "idna",
        "punycode",
        "unicode_escape",
        "undefined",
        "raw_unicode_escape",
        "mbcs",
        "oem",
        "uu",
        "quopri",
        "base64",
        "utf-7",
        "utf-16",
        "utf-32",
        "x-user-defined",
        "unknown-8bit",
        "nosuch",
        "a b",
        "'",
        "utf-8\x00",
        "é",
        "u" * 5_000,
    ],
)
def test_charset_that_is_none_does_not_hide_a_closing(charset: str, read: Bench) -> None:
    """A label that names no charset, or a codec of Python's, leaves the subject to be read."""
    typed = f'Content-Type: text/plain; charset="{charset}"\n'
    coded = (
        typed
        + "Content-Transfer-Encoding: base64\n\n"
        + b64encode(b"x\x9c\x03\xff\xd8" * 9).decode()
    )

    assert read(f"{HEAD}{typed}\nYour order has been closed.") == "recognised"
    assert read(HEAD + coded) == "recognised"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.code)
def test_bait_for_every_pattern_of_a_language_takes_no_time(
    language: Language, read: Bench
) -> None:
    """A megabyte of what a language's rules look for, each cut before its end, is read soon."""
    samples = [each for rule in language.rules for each in (*rule.samples, *rule.near_misses)]
    cut = " ".join(f"{each.subject[:-2]} {each.text[:-2]}" for each in samples)
    whole = " ".join(f"{each.subject} {each.text}" for each in samples)

    for bait in (cut.replace("8012345678901234", "80123456789"), whole):
        repeated = bait * (1 + 1_000_000 // len(bait))
        assert read(f"{HEAD}\n{repeated[:1_000_000]}") != "foreign"
        assert read(f"{FROM}Subject: {bait[:8_000]}\n\n{bait}") != "foreign"
