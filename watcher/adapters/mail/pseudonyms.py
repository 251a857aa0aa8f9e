"""Invented stand-ins for what a mail tells of a person: the same for the same, each time."""

import hashlib
import re
from collections.abc import Iterable

ALLOWED_HOSTS = re.compile(
    r"(?:^|\.)(?:(?:aliexpress|alibaba|alicdn|alipay|aliyun|cainiao)\.[a-z]{2,3}(?:\.[a-z]{2})?"
    r"|apple\.com|appleid\.com)$"
)
"""Hosts that say nothing of the person: the shop's own, its carriers', and Apple's relay."""
RECEIVER = "mx.example.org"
"""What the server that received the mail is called in every sample."""

ORDER_DIGITS = 16
"""Digits of an order number: what stands before them is a list's running number, or a carrier."""
MOST_DIGITS = 20
"""Digits of the longest order or parcel number."""

_SHOP = re.compile(r"(?:^|\.)aliexpress\.[a-z]{2,3}$")
_ROLE = re.compile(r"[a-z]{2,}(?:[._-][a-z]{2,})*")
_RELAYED = re.compile(r"(.+_at_.+_)([a-z0-9]+_[a-z0-9]+)")
_PLAIN_LABEL = re.compile(r"[a-z]{1,5}[0-9]{0,3}")
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "ac", "gov", "edu", "or", "ne", "go"})


class Pseudonyms:
    """The stand-ins of one mail. They are counted, not computed: nothing leads back."""

    def __init__(self, receiver: str | None = None) -> None:
        """Take the name of the server that received the mail, where that is known."""
        self._receiver = (receiver or "").lower()
        self._numbers: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._bases: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._ips: dict[str, str] = {}
        if self._receiver:
            self._bases[_split_host(self._receiver)[1]] = RECEIVER.partition(".")[2]

    @property
    def numbers(self) -> Iterable[str]:
        """The digits that were replaced so far."""
        return self._numbers.keys()

    def number(self, digits: str) -> str:
        """Return as many other digits. Of a long number the last sixteen are replaced."""
        cut = max(0, len(digits) - ORDER_DIGITS) if len(digits) <= MOST_DIGITS else 0
        head, key = digits[:cut], digits[cut:]
        if key not in self._numbers:
            self._numbers[key] = self._invent(key)
        return head + self._numbers[key]

    def _invent(self, key: str) -> str:
        taken = {*self._numbers.values(), *self._numbers, key}
        count = len(self._numbers)
        while True:
            seed = hashlib.sha256(b"%d %d" % (len(key), count)).hexdigest()
            made = str(int(seed, 16))[-len(key) :].rjust(len(key), "7")
            first = "0" if key[0] == "0" else made[0].replace("0", "8")
            if first + made[1:] not in taken:
                return first + made[1:]
            count += 1

    def host(self, name: str) -> str:
        """Return another host, in the same domain as the others of its domain."""
        lowered = name.lower().rstrip(".")
        if ALLOWED_HOSTS.search(lowered):
            return name
        if lowered == self._receiver:
            return RECEIVER
        labels, base = _split_host(lowered)
        made = self._bases.setdefault(base, f"host{len(self._bases) + 1}.example")
        return ".".join([*(self._label(each) for each in labels), made])

    def _label(self, label: str) -> str:
        if _PLAIN_LABEL.fullmatch(label):
            return label
        return self._labels.setdefault(label, f"label{len(self._labels) + 1}")

    def single_label(self, name: str) -> str:
        """Return another name for a machine without a domain."""
        return name if name.lower() == "localhost" else self._label(name.lower())

    def address(self, address: str) -> str:
        """Return another address; the shop's own stay, as does the form of a relayed one."""
        local, _, host = address.rpartition("@")
        lowered = local.lower()
        if _SHOP.search(host.lower()) and _ROLE.fullmatch(lowered):
            return address
        relayed = _RELAYED.fullmatch(lowered)
        if relayed and ALLOWED_HOSTS.search(host.lower()):
            return f"{relayed[1]}{shape(relayed[2])}@{host}"
        person = self._people.setdefault(address.lower(), f"person{len(self._people) + 1}")
        return f"{person}@{self.host(host)}"

    def ip(self, written: str) -> str:
        """Return an address of a block that is kept for documents (RFC 5737, RFC 3849)."""
        count = len(self._ips) + 1
        made = f"2001:db8::{count:x}" if ":" in written else f"192.0.2.{count % 254 + 1}"
        return self._ips.setdefault(written.lower(), made)


def shape(text: str) -> str:
    """Return `text` with every letter an x and every digit a 0."""
    return "".join(map(_shape_one, text))


def _shape_one(character: str) -> str:
    if character.isdigit():
        return "0"
    if character.isalpha() or not (character.isascii() or character.isspace()):
        return "X" if character.isupper() else "x"
    return character


def _split_host(name: str) -> tuple[list[str], str]:
    labels = name.split(".")
    size = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else 2
    return labels[:-size], ".".join(labels[-size:])
