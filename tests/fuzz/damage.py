"""Ways to damage a mail, drawn by chance: what a fuzzer starts from."""

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
MOST_DAMAGE = 6
LARGEST = 400_000
"""Bytes of a damaged mail: the larger, the fewer are read."""

_CHARSET = re.compile(rb"(?i)(?<=charset=)\"?[^\s;\"]*\"?")
_ENCODING = re.compile(rb"(?i)(?<=content-transfer-encoding: )[^\r\n]*")


def _listed(name: str) -> list[bytes]:
    """Read a list of byte strings, one a line, in Python's escapes."""
    lines = (HERE / name).read_bytes().removesuffix(b"\n").split(b"\n")
    return [line.decode("unicode_escape").encode("latin-1") for line in lines]


BAIT = _listed("bait.txt")
CHARSETS = _listed("charsets.txt")


def damage(mails: Sequence[bytes], chance: random.Random, mail: bytes | None = None) -> bytes:
    """Return one of `mails`, or `mail`, damaged a few times over as `chance` has it."""
    mail = chance.choice(mails) if mail is None else mail
    for _ in range(chance.randint(1, MOST_DAMAGE)):
        mail = chance.choice(_DAMAGES)(mail, mails, chance)[:LARGEST]
    return mail


Damage = Callable[[bytes, Sequence[bytes], random.Random], bytes]


def _spike(mail: bytes, _mails: Sequence[bytes], chance: random.Random) -> bytes:
    place = chance.randint(0, len(mail))
    times = chance.choice((1, 1, 1, 1, 2, 5, 50, 1_000))
    return mail[:place] + chance.choice(BAIT) * times + mail[place:]


def _cut(mail: bytes, _mails: Sequence[bytes], chance: random.Random) -> bytes:
    place = chance.randint(0, len(mail))
    return mail[:place] + mail[place + chance.choice((1, 2, 8, 60, 500)) :]


def _overwrite(mail: bytes, _mails: Sequence[bytes], chance: random.Random) -> bytes:
    place, length = chance.randint(0, len(mail)), chance.randint(1, 8)
    return mail[:place] + chance.randbytes(length) + mail[place + length :]


def _repeat(mail: bytes, _mails: Sequence[bytes], chance: random.Random) -> bytes:
    place, length = chance.randint(0, len(mail)), chance.choice((1, 4, 30, 200, 2_000))
    times = chance.choice((2, 2, 5, 50))
    return mail[:place] + mail[place : place + length] * times + mail[place + length :]


def _splice(mail: bytes, mails: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(mails)
    return mail[: chance.randint(0, len(mail))] + other[chance.randint(0, len(other)) :]


def _shuffle_lines(mail: bytes, _mails: Sequence[bytes], chance: random.Random) -> bytes:
    lines = mail.split(b"\n")
    lines.insert(chance.randint(0, min(20, len(lines))), chance.choice(lines))
    return b"\n".join(lines)


def _mislabel(mail: bytes, _mails: Sequence[bytes], chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        encoding = chance.choice((b"base64", b"quoted-printable", b"8bit", b"uuencode", b"\xff"))
        return _ENCODING.sub(encoding, mail)
    charset = chance.choice(CHARSETS)
    return _CHARSET.sub(lambda _: charset, mail)


def _wrap(mail: bytes, _mails: Sequence[bytes], chance: random.Random) -> bytes:
    head, _, body = mail.partition(b"\n\n")
    times = chance.choice((1, 2, 20))
    if chance.random() < 0.5:
        return head + b"\nContent-Type: message/rfc822\n\n" * times + mail
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="n%d"\n\n--n%d\n' % (n, n) for n in range(times)
    )
    return head + b"\n" + opening + b"Content-Type: text/html\n\n" + body


_DAMAGES: tuple[Damage, ...] = (
    _spike,
    _spike,
    _cut,
    _overwrite,
    _repeat,
    _splice,
    _shuffle_lines,
    _mislabel,
    _wrap,
)
