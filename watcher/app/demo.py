"""`aliwatch demo`: eight weeks in under a minute, with the real parts on an embedded server."""

import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from html import escape
from pathlib import Path
from typing import Any, Final

from watcher.adapters.embedded_imap import PASSWORD, USER, EmbeddedMailbox, serve_mailbox
from watcher.adapters.loopback_receiver import LoopbackReceiver, receive_alerts
from watcher.adapters.settings import load_settings
from watcher.adapters.shipped_files import shipped_text
from watcher.adapters.sql.store import SqlStore
from watcher.app.casebook import CaseView, sort_views, view_case
from watcher.app.compose import STATE_FILE, Watch, compose, make_readers
from watcher.app.polling import deliver_all, poll_account
from watcher.domain.event import Method
from watcher.domain.message import Authenticity, RawMail
from watcher.domain.reading import Outcome

MAIL_SERVER: Final = "mx.demo.example"
GENUINE: Final = "AliExpress <transaction@notice.aliexpress.com>"
EVENING: Final = time(20)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCame:
    """A mail was delivered and read."""

    at: datetime
    subject: str
    outcome: Outcome
    authenticity: Authenticity
    news: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCame:
    """An alert arrived at the web hook."""

    at: datetime
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonActed:
    """The person typed a command."""

    at: datetime
    command: str


Happening = MailCame | AlertCame | PersonActed


@dataclass(slots=True)
class DemoClock:
    """A clock that jumps to where the story goes on."""

    moment: datetime

    def __call__(self) -> datetime:
        """The story's time."""
        return self.moment


class Demo:
    """One performance. `play` yields what happens; afterwards `cases` tells how it stands."""

    def __init__(self) -> None:
        self._story = tomllib.loads(shipped_text("demo.toml"))
        self._start: date = self._story["start"]
        self._clock = DemoClock(_moment(self._start, 0, "00:00"))
        self._cases: list[CaseView] = []

    @property
    def cases(self) -> list[CaseView]:
        """The cases at the end."""
        return self._cases

    def play(self) -> Iterator[Happening]:
        """Play the whole story.

        Raises:
            ImportError: the extra `demo` is not installed.

        """
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aliwatch-demo-")))
            mailbox = stack.enter_context(serve_mailbox())
            receiver = stack.enter_context(receive_alerts())
            settings = load_settings(_write_settings(folder, mailbox, receiver))
            store = SqlStore.open(folder / STATE_FILE)
            stack.callback(store.close)
            watch = compose(settings, store, self._clock, folder)
            reader = make_readers(settings)["demo"]
            for moment, entry in self._timeline():
                self._clock.moment = moment
                if entry is not None and "command" in entry:
                    yield self._act(watch, [str(word) for word in entry["command"]])
                elif entry is not None:
                    content = _write_mail(entry, moment)
                    mailbox.deliver(content, moment)
                    poll_account(watch, "demo")
                    message, reading = reader(RawMail(content=content, received_at=moment))
                    yield MailCame(
                        at=moment,
                        subject=message.subject,
                        outcome=reading.outcome,
                        authenticity=message.authenticity,
                        news=tuple(finding.kind.value for finding in reading.findings),
                    )
                watch.deciding.tick(moment)
                deliver_all(watch)
                for alert in receiver.take():
                    yield AlertCame(at=moment, title=alert.title, body=alert.body)
            self._note_cases(watch)

    def _timeline(self) -> Iterator[tuple[datetime, dict[str, Any] | None]]:
        """Everything that is to happen, in order, and a look at the clock every evening."""
        entries: list[tuple[datetime, dict[str, Any] | None]] = [
            (_moment(self._start, entry["day"], entry["time"]), entry)
            for entry in (*self._story["mail"], *self._story["act"])
        ]
        last = max(moment for moment, _ in entries).date()
        evenings = (last - self._start).days + 3
        entries += [
            (datetime.combine(self._start + timedelta(days=day), EVENING, tzinfo=UTC), None)
            for day in range(evenings)
        ]
        return iter(sorted(entries, key=lambda pair: pair[0]))

    def _act(self, watch: Watch, words: list[str]) -> PersonActed:
        match words:
            case ["did", order, step]:
                watch.acts.do_step(order, step, self._clock())
            case ["received", order, *amount]:
                part = Decimal(amount[0]) if amount else None
                watch.acts.receive(order, part, self._clock())
            case ["paid-by", order, method]:
                watch.acts.pay(order, Method(method), None, self._clock())
            case ["undo", order]:
                watch.acts.undo(order, self._clock())
            case _:
                raise ValueError(f"the story has an act that nobody can play: {words}")
        return PersonActed(at=self._clock(), command=f"aliwatch {' '.join(words)}")

    def _note_cases(self, watch: Watch) -> None:
        guidance, now = watch.wording.guidance, self._clock()
        with watch.store.reading() as books:
            views = [
                view_case(order, books.events(order), guidance, now) for order in books.orders()
            ]
        self._cases = sort_views(views)


def _moment(start: date, day: int, clock: str) -> datetime:
    return datetime.combine(start + timedelta(days=day), time.fromisoformat(clock), tzinfo=UTC)


def _write_settings(folder: Path, mailbox: EmbeddedMailbox, receiver: LoopbackReceiver) -> Path:
    path = folder / "aliwatch.toml"
    (folder / "imap-password").write_text(PASSWORD, encoding="ascii")
    (folder / "imap-password").chmod(0o600)
    path.write_text(
        f"""
zone = "Europe/Berlin"

[account.demo]
host = "{mailbox.host}"
port = {mailbox.port}
user = "{USER}"
password = {{ file = "imap-password" }}
tls = "none"
folders = ["INBOX"]
trusted_authserv = ["{MAIL_SERVER}"]
dkim = false

[channel.phone]
url = "{receiver.url}"
""",
        encoding="utf-8",
    )
    return path


def _write_mail(entry: dict[str, Any], moment: datetime) -> bytes:
    order = str(entry.get("order", ""))
    lines = [str(line).replace("%", order) for line in entry["text"]]
    mail = EmailMessage()
    if entry.get("proven", True):
        mail["Authentication-Results"] = (
            f"{MAIL_SERVER}; dmarc=pass header.from=notice.aliexpress.com"
        )
    mail["Received"] = f"from mail.example by {MAIL_SERVER} with ESMTPS; {format_datetime(moment)}"
    mail["From"] = str(entry.get("from", GENUINE))
    mail["To"] = "you@demo.example"
    mail["Subject"] = str(entry["subject"]).replace("%", order)
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = make_msgid(domain="notice.aliexpress.com")
    mail.set_content(
        "<html><body>" + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</body></html>",
        subtype="html",
    )
    return mail.as_bytes()
