"""What the person is told, and what became of telling them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much an alert asks of the person; a channel chooses which of these it carries.

    Ordered: `NOTICE < ACTION < URGENT`.
    """

    NOTICE = "notice"
    """Good to know; nothing is lost by reading it tomorrow."""
    ACTION = "action"
    """Something is to be done by a date."""
    URGENT = "urgent"
    """A date is about to pass, or has passed, and something is lost by it."""

    @property
    def rank(self) -> int:
        """The place in the order, 0 for the mildest."""
        return list(Severity).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Severity(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Severity(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Severity(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Severity(other).rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A plain text on its way to a channel: no markup, whatever the channel understands."""

    title: str
    """One line, never empty."""
    body: str = field(repr=False)
    severity: Severity

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title.splitlines()) != 1:
            raise ValueError("an alert's title is exactly one line")


class DeliveryOutcome(StrEnum):
    """What became of one attempt to send one alert down one channel."""

    DELIVERED = "delivered"
    """The channel's service took it. Settled."""
    FAILED = "failed"
    """The service is away or said no; try again later."""
    REFUSED = "refused"
    """The channel's address makes no sense, or addresses nobody: a mistake in the settings."""
    UNCERTAIN = "uncertain"
    """No answer in time: it may have arrived. Tried again, since a doubled alert costs less."""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be sent."""
        return self is DeliveryOutcome.DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The outcome of one attempt, and why, in words that hold no secret."""

    outcome: DeliveryOutcome
    reason: str = ""
    """Short, for the log and `status`: `HTTP 500 from ntfy`. Empty where it was delivered."""
