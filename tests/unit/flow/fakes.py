"""A mailbox, a reader and a channel without a network, and the flow put together around them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from unit.domain.examples import ORDER, START, make_guidance
from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links
from watcher.adapters.sql.store import SqlStore
from watcher.adapters.templates import Renderer
from watcher.domain.alert import Alert, Delivery, DeliveryOutcome, Severity
from watcher.domain.arrival import Arrival
from watcher.domain.errors import UnreadableMail
from watcher.domain.event import EventKind
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.outbox import Identity
from watcher.domain.quiet import Quiet
from watcher.domain.reading import Finding, Outcome, Reading
from watcher.flow.acts import Acts
from watcher.flow.deciding import Deciding, Routes
from watcher.flow.delivery import Delivering
from watcher.flow.intake import Intake
from watcher.flow.vigilance import Vigilance
from watcher.flow.wording import Wording

ALL = frozenset(Severity)


def letter(
    what: str,
    *,
    order: str = ORDER,
    proof: str = "pass",
    at: datetime | None = START,
    text: str = "",
) -> RawMail:
    """A mail in the language of `FakeReader`: an event's kind, or an outcome, or `broken`."""
    return RawMail(content=f"{what}|{order}|{proof}|{text}".encode(), received_at=at)


class FakeReader:
    """Reads mails that say plainly what they are."""

    def __call__(self, mail: RawMail) -> tuple[Message, Reading]:
        """Parse `WHAT|ORDER|PROOF|TEXT`; the proof is no part of a mail's identity."""
        what, order, proof, text = mail.content.decode().split("|")
        if what == "broken":
            raise UnreadableMail("2000 nested parts")
        message = Message(
            digest=sha256(f"{what}|{order}|{text}".encode()).hexdigest(),
            sender="transaction@notice.aliexpress.com",
            subject=f"{what} {order} {text}".strip(),
            text=text,
            sent_at=None,
            authenticity=Authenticity(proof),
        )
        if what in set(Outcome):
            return message, Reading(outcome=Outcome(what))
        finding = Finding(kind=EventKind(what), order=order)
        return message, Reading(outcome=Outcome.RECOGNISED, language="en", findings=(finding,))


@dataclass
class FakeSource:
    """A mailbox whose cursor is the number of mails that were read of a folder."""

    folders: dict[str, list[RawMail | str]] = field(default_factory=dict)
    """What lies in each folder; a text stands for a candidate that is refused, and why."""
    breaks_after: int | None = None
    """How many mails it yields before `failure` is raised."""
    failure: Exception | None = None
    seen_cursors: list[dict[str, str]] = field(default_factory=list)

    def put(self, *mails: RawMail | str, folder: str = "INBOX") -> None:
        """Have mails arrive."""
        self.folders.setdefault(folder, []).extend(mails)

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield what is behind each folder's cursor, and then the folder's end."""
        del since
        self.seen_cursors.append(dict(cursors))
        yielded = 0
        for folder, mails in self.folders.items():
            start = int(cursors.get(folder, 0))
            for number, mail in enumerate(mails[start:], start + 1):
                if self.failure is not None and yielded == self.breaks_after:
                    raise self.failure
                yielded += 1
                yield Arrival(
                    folder=folder,
                    cursor=str(number),
                    mail=mail if isinstance(mail, RawMail) else None,
                    refusal=mail if isinstance(mail, str) else None,
                )
            yield Arrival(folder=folder, cursor=str(len(mails)))
        if self.failure is not None:
            raise self.failure


@dataclass
class FakeChannel:
    """Keeps what it is sent, and answers as it is told to."""

    name: str = "phone"
    sent: list[Alert] = field(default_factory=list)
    answer: DeliveryOutcome = DeliveryOutcome.DELIVERED
    refuses: Collection[str] = ()
    """What in a title or a text is refused whatever the answer to others is."""
    attempts: list[str] = field(default_factory=list)

    def send(self, alert: Alert) -> Delivery:
        """Take the alert, or say no."""
        self.attempts.append(alert.title)
        if any(refused in f"{alert.title}\n{alert.body}" for refused in self.refuses):
            return Delivery(outcome=DeliveryOutcome.REFUSED, reason="HTTP 400")
        if self.answer is DeliveryOutcome.DELIVERED:
            self.sent.append(alert)
            return Delivery(outcome=self.answer)
        return Delivery(outcome=self.answer, reason="HTTP 500")

    @property
    def titles(self) -> list[str]:
        """The titles of what was sent."""
        return [alert.title for alert in self.sent]


@dataclass
class Clock:
    """A clock that is moved by hand."""

    moment: datetime = START

    def __call__(self) -> datetime:
        """The time."""
        return self.moment

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**span)


class Household:
    """One person with a mailbox, their channels and the whole flow between, on a real store."""

    def __init__(self, store: SqlStore, *channels: FakeChannel, quiet: Quiet | None = None) -> None:
        self.store = store
        self.clock = Clock()
        self.source = FakeSource()
        self.channels = {each.name: each for each in channels or (FakeChannel(),)}
        self.guidance = make_guidance()
        self.wording = Wording(
            renderer=Renderer(zone=UTC, language="en"),
            guidance=self.guidance,
            links=load_links(),
            hints=load_hints(),
        )
        self.routes = Routes(carried=dict.fromkeys(self.channels, ALL), quiet=quiet or Quiet())
        self.deciding = Deciding(
            store=store, guidance=self.guidance, wording=self.wording, routes=self.routes
        )
        self.vigilance = Vigilance(store=store, wording=self.wording, routes=self.routes)
        self.acts = Acts(store=store, guidance=self.guidance)
        self.intake = self.intake_of("home", self.source)

    def intake_of(self, account: str, source: FakeSource) -> Intake:
        """The intake of an account."""
        return Intake(
            account=account, source=source, reader=FakeReader(), store=self.store, now=self.clock
        )

    def poll(self) -> None:
        """Read what is new, everything there is on the first time."""
        self.intake.poll(self.clock() - timedelta(days=180))

    def tick(self) -> int:
        """Decide."""
        return self.deciding.tick(self.clock())

    def deliver(self) -> int:
        """Empty the outbox as far as it goes."""
        return sum(self.delivering(channel).flush() for channel in self.channels.values())

    def delivering(self, channel: FakeChannel) -> Delivering:
        """What empties the outbox of `channel`."""
        return Delivering(
            store=self.store,
            channel=channel,
            now=self.clock,
            bulletins=self.deciding.bulletins,
            quiet=self.routes.quiet,
        )

    def live(self) -> int:
        """One turn of the daemon: read, decide, deliver; returns how many alerts were written."""
        self.poll()
        issued = self.tick()
        self.deliver()
        return issued

    def write(self, *titles: str) -> None:
        """Put alerts into the outbox, for every channel."""
        with self.store.writing() as books:
            for title in titles:
                books.issue(
                    Alert(title=title, body="b", severity=Severity.NOTICE),
                    [Identity(subject="", step=title, occurrence=self.clock().isoformat())],
                    tuple(self.channels),
                    self.clock(),
                )

    @property
    def phone(self) -> FakeChannel:
        """The only channel, or the first."""
        return next(iter(self.channels.values()))
