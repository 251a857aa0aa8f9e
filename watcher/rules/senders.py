"""Who sends AliExpress's mail: exact addresses, exact domains, and what each is for."""

import re
from dataclasses import dataclass
from enum import StrEnum

_RELAYED = re.compile(
    r"(?P<local>[a-z0-9.+-]+)_at_(?P<domain>[a-z0-9-]+(?:_[a-z0-9-]+)+)"
    r"_[a-z0-9]{4,32}_[a-z0-9]{4,32}"
)
"""Apple's Hide My Email: `transaction_at_notice_aliexpress_com_<id>_<id>`.

Source: the From lines of real relayed mails.
"""


class Role(StrEnum):
    """What an address of AliExpress's is used for."""

    TRANSACTIONAL = "transactional"
    """Every order and parcel mail: what no rule knows is reported."""
    SELLER = "seller"
    """The seller wrote."""
    MARKETING = "marketing"
    """Never read further, whatever the subject looks like."""
    OTHER = "other"
    """AliExpress's, and not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """The addresses and domains that count as AliExpress's own. Everything is lower case."""

    domains: tuple[str, ...]
    """AliExpress's; a subdomain counts too, compared label by label."""
    refused: frozenset[str] = frozenset()
    """Domains, with their subdomains, and whole addresses that count as strangers all the same."""
    relays: tuple[str, ...]
    """Domains of Apple's relay, compared exactly."""
    transactional: frozenset[str]
    seller: frozenset[str]
    marketing: frozenset[str]
    """Whole addresses, or `@domain` for every address of exactly that domain."""
    order_parameters: tuple[str, ...]
    """Parameters of links that hold order numbers."""
    parent_parameters: tuple[str, ...]
    """Parameters that hold an order number worth using only where no other is found."""

    def role(self, address: str) -> Role | None:
        """Return what `address` is used for, `None` where it is not AliExpress's."""
        origin = self.origin(address)
        if origin is None:
            return None
        at_domain = origin[origin.index("@") :]
        if origin in self.transactional:
            return Role.TRANSACTIONAL
        if origin in self.seller:
            return Role.SELLER
        if origin in self.marketing or at_domain in self.marketing:
            return Role.MARKETING
        return Role.OTHER

    def origin(self, address: str) -> str | None:
        """Return the address of AliExpress's that wrote, seen through a relay; else `None`.

        >>> senders.origin("a_at_notice_aliexpress_com_0a1b_2c3d@privaterelay.appleid.com")
        'a@notice.aliexpress.com'
        """
        local, _, domain = address.partition("@")
        if not local:
            return None
        if self._counts(address):
            return address
        if domain not in self.relays or local.count("_at_") != 1:
            return None
        relayed = _RELAYED.fullmatch(local)
        if relayed is None:
            return None
        written = f"{relayed['local']}@{relayed['domain'].replace('_', '.')}"
        return written if self._counts(written) else None

    def _counts(self, address: str) -> bool:
        domain = address.rpartition("@")[2]
        if address in self.refused or belongs(domain, tuple(self.refused)):
            return False
        return belongs(domain, self.domains)

    def vouches(self, signer: str, address: str) -> bool:
        """Tell whether a good signature of `signer`'s proves a mail from `address`.

        Of AliExpress's domains each vouches for itself and its subdomains alone: they are not all
        run by the same company. So does a relay's, because it is the relay's address that stands
        in the From line.
        """
        signer = signer.lower().rstrip(".")
        domain = address.rpartition("@")[2]
        if domain in self.relays:
            return signer == domain
        return any(belongs(domain, (one,)) and belongs(signer, (one,)) for one in self.domains)


def belongs(domain: str, parents: tuple[str, ...]) -> bool:
    """Tell whether `domain` is one of `parents` or a subdomain of one, by whole labels."""
    return any(domain == parent or domain.endswith(f".{parent}") for parent in parents)
