"""DKIM signatures, checked here where no trusted server has done it."""

import logging
import re
import time
from enum import StrEnum
from typing import Protocol

import dkim

from watcher.adapters.mail.headers import Envelope
from watcher.rules.senders import Senders

MAX_SECONDS = 4.0
"""For all DNS look-ups of one mail together."""
MAX_SIGNATURES = 3
MAX_SIGNATURE = 4_000
MIN_KEY_BITS = 1024

_DOMAIN = re.compile(rb"(?:^|;)\s*d\s*=\s*([A-Za-z0-9._-]+)\s*(?:;|$)")
_SIGNED = re.compile(rb"(?:^|;)\s*h\s*=\s*([^;]+)")
_LENGTH = re.compile(rb"(?:^|;)\s*l\s*=")
_BAIT = re.compile(rb"[ \t]{2000}")
_MUST_BE_SIGNED = frozenset({b"from", b"subject"})


class SilentDnsError(Exception):
    """Nobody answered in time: whether there is such a record is not known."""


class TxtLookup(Protocol):
    """Asks DNS for one TXT record."""

    def __call__(self, name: str, *, timeout: float) -> bytes | None:
        """Return the record of `name`, `None` where there is none. `timeout` is in seconds.

        Raises:
            SilentDnsError: nobody answered in time.

        """
        ...


class Verdict(StrEnum):
    """What a mail's signatures are worth."""

    HOLDS = "holds"
    """A good signature that vouches for the sender."""
    PROVES_NOTHING = "proves nothing"
    """None, none that holds, or none of the sender's: so it stays."""
    NO_ANSWER = "no answer"
    """The key could not be looked up: worth another try."""


class SignatureCheck:
    """Tells whether a mail carries a good signature that vouches for its sender."""

    def __init__(self, *, look_up: TxtLookup, senders: Senders) -> None:
        self._look_up = look_up
        self._senders = senders
        # The library logs text of the mail, and its errors to standard error where nobody listens.
        self._silence = logging.getLogger("aliwatch.dkim")
        self._silence.setLevel(logging.CRITICAL + 1)

    def __call__(self, content: bytes, envelope: Envelope, sender: str) -> Verdict:
        """Return whether a good signature of the sender's own domain is there.

        One that does not hold tells nothing against the mail: a list server or a forwarder
        breaks good signatures. Signatures that leave out the subject or the end of the body do not
        count, because what the rules read could have been added.

        Source: RFC 6376, 8.2 and 8.15 on what an unsigned part is worth.
        """
        signatures = envelope.all("dkim-signature")[: 2 * MAX_SIGNATURES]
        useful = [
            index
            for index, each in enumerate(signatures)
            if _is_whole(each.value) and self._senders.vouches(_domain(each.value), sender)
        ]
        if not useful or _BAIT.search(content):
            # The library's search for trailing blanks takes quadratic time on such a run.
            return Verdict.PROVES_NOTHING
        end = time.monotonic() + MAX_SECONDS
        verdict = Verdict.PROVES_NOTHING
        for index in useful[:MAX_SIGNATURES]:
            try:
                if self._holds(content, index, end):
                    return Verdict.HOLDS
            except SilentDnsError:
                verdict = Verdict.NO_ANSWER
        return verdict

    def _holds(self, content: bytes, index: int, end: float) -> bool:
        def answer(name: bytes, timeout: float = MAX_SECONDS) -> bytes:
            left = min(timeout, end - time.monotonic())
            if left <= 0:
                raise SilentDnsError
            record = self._look_up(name.decode("ascii", "replace"), timeout=left)
            if record is None:
                raise dkim.KeyFormatError("no such key")
            return record

        try:
            check = dkim.DKIM(content, logger=self._silence, minkey=MIN_KEY_BITS)
            return bool(check.verify(idx=index, dnsfunc=answer))
        except (
            dkim.DKIMException,
            ArithmeticError,
            AssertionError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ):
            # What the library lets through on a damaged signature, key or header: not proven.
            return False


def _domain(signature: bytes) -> str:
    found = _DOMAIN.search(signature)
    return found[1].decode("ascii") if found else ""


def _is_whole(signature: bytes) -> bool:
    if len(signature) > MAX_SIGNATURE or _LENGTH.search(signature):
        return False
    signed = _SIGNED.search(signature)
    names = frozenset(
        signed[1].lower().replace(b" ", b"").replace(b"\t", b"").split(b":") if signed else ()
    )
    return names >= _MUST_BE_SIGNED
