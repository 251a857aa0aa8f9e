"""What a mail's header says of its own origin: quoted, and believed by nobody here."""

import re
from dataclasses import dataclass
from typing import Final

from watcher.adapters.mail.headers import open_envelope
from watcher.domain.errors import UnreadableMail

MAX_SIGNATURES: Final = 5
MAX_SIGNATURE: Final = 4_000
MAX_QUOTE: Final = 1_000
"""Characters of the mail server's line that are quoted."""

_TAG: Final = r"(?:^|;)\s*%s\s*=\s*([A-Za-z0-9._-]{1,255})\s*(?:;|$)"
_DOMAIN: Final = re.compile(_TAG % "d")
_SELECTOR: Final = re.compile(_TAG % "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureClaim:
    """Who a DKIM signature says it is by; `None` for what it does not say."""

    domain: str | None
    selector: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginClaims:
    """The lines of a header that speak of the mail's origin."""

    signatures: tuple[SignatureClaim, ...] = ()
    results: str | None = None
    """The topmost Authentication-Results: the buyer's mail server's where it writes one."""


def read_claims(content: bytes) -> OriginClaims:
    """Read the claims off a mail; none where its header cannot be read.

    Source: RFC 6376, 3.5 (`d=` and `s=` of a signature), RFC 8601 (where the results stand).
    """
    try:
        envelope = open_envelope(content)
    except UnreadableMail:
        return OriginClaims()
    signatures = envelope.all("dkim-signature")[:MAX_SIGNATURES]
    results = envelope.all("authentication-results")
    return OriginClaims(
        signatures=tuple(_read_claim(each.text[:MAX_SIGNATURE]) for each in signatures),
        results=" ".join(results[0].text[:MAX_QUOTE].split()) if results else None,
    )


def _read_claim(signature: str) -> SignatureClaim:
    domain, selector = _DOMAIN.search(signature), _SELECTOR.search(signature)
    return SignatureClaim(
        domain=domain[1] if domain else None, selector=selector[1] if selector else None
    )
