"""What passes between the daemon and the process that sends: one JSON object each way."""

import json
from dataclasses import asdict, dataclass, field
from typing import Self

from watcher.domain.alert import Alert, DeliveryOutcome, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the sending process is asked to do. Goes over its standard input, never argv."""

    url: str = field(repr=False)
    timeout: float
    """Seconds after which an unfinished send is answered as uncertain."""
    alert: Alert | None = None
    """`None`: only tell what the address is, send nothing."""

    def to_json(self) -> str:
        """The request as one line of ASCII JSON."""
        alert = None if self.alert is None else asdict(self.alert)
        return json.dumps({"url": self.url, "timeout": self.timeout, "alert": alert})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        data = json.loads(text)
        alert = data["alert"]
        return cls(
            url=data["url"],
            timeout=data["timeout"],
            alert=None
            if alert is None
            else Alert(
                title=alert["title"], body=alert["body"], severity=Severity(alert["severity"])
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of the request, in words that hold no secret."""

    outcome: DeliveryOutcome
    reason: str = ""
    service: str = ""
    """The service's own name (`Slack`); empty where the address makes no sense."""
    recipients: int = 0
    """How many rooms, topics or people the address names."""

    def to_json(self) -> str:
        """The answer as one line of ASCII JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is no such answer.

        """
        data = json.loads(text)
        if not isinstance(data, dict) or set(data) != set(cls.__slots__):
            raise ValueError("not an answer")
        return cls(
            outcome=DeliveryOutcome(data["outcome"]),
            reason=str(data["reason"]),
            service=str(data["service"]),
            recipients=int(data["recipients"]),
        )
