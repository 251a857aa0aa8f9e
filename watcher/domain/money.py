"""Amounts of money."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A positive amount in one currency."""

    amount: Decimal
    currency: str
    """ISO 4217 code, upper case: `EUR`."""

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount < 0:
            raise ValueError(f"not an amount of money: {self.amount}")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def is_less(self, other: "Money") -> bool:
        """Whether this is less; never where the currencies differ, as nobody knows the rate."""
        return self.currency == other.currency and self.amount < other.amount

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
