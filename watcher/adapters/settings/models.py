"""The settings' shape: one frozen value, complete and checked, or none at all."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    PrivateAttr,
    Strict,
    StrictBool,
    Tag,
    ValidationInfo,
)

from watcher.adapters.secrets import SecretReference
from watcher.adapters.settings.references import ChannelUrl, Password
from watcher.adapters.settings.scalars import (
    Addresses,
    Country,
    Folders,
    Host,
    Language,
    Location,
    Servers,
    Text,
    Zone,
    duration,
    is_loopback,
    list_of,
    refuse,
)
from watcher.domain.alert import Severity
from watcher.domain.quiet import Hours, WeekTime, parse_clock

POLL = duration(least=timedelta(seconds=30), most=timedelta(days=1), words="30s to 1d")
HISTORY = duration(least=timedelta(days=1), most=timedelta(days=3_660), words="1d to 3660d")


class _Table(BaseModel):
    """A table of the file: frozen, and no key but the known ones."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )
    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The last word of the table's heading: `home` of `[account.home]`."""
        return self._name

    def named(self, name: str, place: str) -> Self:
        """Return a copy that knows its name, and whose secrets know their place in the file."""
        secrets = {
            key: replace(value, place=f"{place}{key}")
            for key, value in self
            if isinstance(value, SecretReference)
        }
        copy = self.model_copy(update=secrets)
        copy._name = name  # noqa: SLF001 -- a copy of its own class, not yet handed out
        return copy


class _Account(_Table):
    """What every account has, wherever its mail lies."""

    trusted_authserv: Servers = ()
    """Whose `Authentication-Results` count, by authserv-id."""
    dkim: StrictBool = True
    """Whether signatures are checked over DNS where no trusted header speaks."""
    poll: Annotated[timedelta, POLL] = timedelta(minutes=5)
    history: Annotated[timedelta, HISTORY] = timedelta(days=180)
    """How far back the first run reads."""
    forwarders: Addresses = ()
    """Who forwards AliExpress's mail by hand: their mails are opened, and never proven."""


def _check_tls(value: str, info: ValidationInfo) -> str:
    host = info.data.get("host")
    if value == "none" and host is not None and not is_loopback(host):
        raise refuse('"none" would send the password in the clear', 'write "tls" or "starttls"')
    return value


def _default_port(data: dict[str, Any]) -> int:
    return 993 if data.get("tls") == "tls" else 143


class ImapSettings(_Account):
    """An account on an IMAP server."""

    kind: ClassVar[str] = "imap"
    host: Host
    user: Text = Field(repr=False)
    password: Password
    tls: Annotated[Literal["tls", "starttls", "none"], AfterValidator(_check_tls)] = "tls"
    port: Annotated[int, Strict(), Field(ge=1, le=65_535)] = Field(default_factory=_default_port)
    """993 with TLS from the start, else 143."""
    folders: Folders = ()
    """Empty: INBOX and the server's junk folder."""
    ca_file: Location | None = None
    """The authority that signed the server's certificate, where it is no public one."""


class MaildirSettings(_Account):
    """An account whose mail lies in a Maildir of this machine."""

    kind: ClassVar[str] = "maildir"
    maildir: Location
    folders: Folders = ()


class MboxSettings(_Account):
    """An account whose mail lies in one mbox file of this machine."""

    kind: ClassVar[str] = "mbox"
    mbox: Location


def _tag(table: object) -> str:
    """Choose by the key that only one kind of account has; IMAP where none is there."""
    if isinstance(table, _Account):
        return str(getattr(table, "kind", "imap"))
    keys = table if isinstance(table, dict) else {}
    return next((kind for kind in ("maildir", "mbox") if kind in keys), "imap")


AccountSettings = ImapSettings | MaildirSettings | MboxSettings
_TaggedAccount = Annotated[
    Annotated[ImapSettings, Tag("imap")]
    | Annotated[MaildirSettings, Tag("maildir")]
    | Annotated[MboxSettings, Tag("mbox")],
    Discriminator(_tag),
]


def _parse_severity(value: object) -> Severity:
    if not isinstance(value, str) or value not in set(Severity):
        raise refuse(f"expected one of {', '.join(Severity)}, got {value!r}")
    return Severity(value)


_Severity = Annotated[Severity, PlainValidator(_parse_severity)]


class ChannelSettings(_Table):
    """One way to the person."""

    url: ChannelUrl
    """Where it is kept; `resolve()` gives the Apprise URL."""
    severities: Annotated[tuple[_Severity, ...], list_of("severities", least=1)] = Field(
        default=tuple(Severity), alias="for"
    )


class RefundSettings(_Table):
    """How the refund's days are counted."""

    working_days: Annotated[int, Strict(), Field(ge=1, le=365)] = 20
    dispute_days: Annotated[int, Strict(), Field(ge=1, le=365)] = 15
    """Calendar days from receipt or closing in which a dispute can be opened."""
    processing_days: Annotated[int, Strict(), Field(ge=1, le=365)] = 7
    """Calendar days in which a seller ships, for orders whose mails do not say."""
    holidays: Annotated[tuple[Country, ...], list_of("country codes")] = ("CN",)
    """Countries (ISO 3166) whose public holidays are no working days."""


_Parsed = TypeVar("_Parsed")


def _or_off(parse: Callable[[str], _Parsed]) -> PlainValidator:
    """Accept `"off"`, and what `parse` reads."""

    def validate(value: object) -> _Parsed | None:
        if value == "off":
            return None
        try:
            return parse(value if isinstance(value, str) else repr(value))
        except ValueError as error:
            raise refuse(f'{error}, or "off"') from None

    return PlainValidator(validate)


class QuietSettings(_Table):
    """When the person wants to be left alone; every time of day is in their zone."""

    hours: Annotated[Hours | None, _or_off(Hours.parse)] = None
    """Nothing but what is urgent is sent then."""
    digest: Annotated[time | None, _or_off(parse_clock)] = None
    """When the day's notices come, all in one; without it each comes at once."""
    weekly: Annotated[WeekTime | None, _or_off(WeekTime.parse)] = WeekTime(weekday=0, at=time(9))
    """When the week is summed up, while money is open."""


def _parse_name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[\w-]{1,40}", value):
        raise refuse("no good name", "up to 40 letters, digits, - and _")
    return value


def _check_any(tables: object) -> object:
    if tables == {}:
        raise refuse("no account to watch", "add a section [account.home]")
    return tables


_Name = Annotated[str, PlainValidator(_parse_name)]


class Settings(_Table):
    """Everything the settings file says, with the defaults filled in."""

    zone: Zone = Field(default=ZoneInfo("UTC"))
    language: Language = "en"
    """Of the alerts."""
    accounts: Annotated[
        Mapping[_Name, _TaggedAccount],
        BeforeValidator(_check_any),
        AfterValidator(MappingProxyType),
    ] = Field(alias="account")
    channels: Annotated[Mapping[_Name, ChannelSettings], AfterValidator(MappingProxyType)] = Field(
        alias="channel", default_factory=lambda: MappingProxyType({})
    )
    refund: RefundSettings = RefundSettings()
    quiet: QuietSettings = QuietSettings()
    rules: Location = Path("rules")
    """The folder of the person's own rule files."""

    def named(self, name: str, place: str) -> Self:
        """Return a copy whose accounts, channels and secrets know their names and places."""
        copy = super().named(name, place)
        parts = {"accounts": ("account", self.accounts), "channels": ("channel", self.channels)}
        return copy.model_copy(
            update={
                field: MappingProxyType(
                    {
                        key: table.named(key, f"{place}{word}.{key}.")
                        for key, table in tables.items()
                    }
                )
                for field, (word, tables) in parts.items()
            }
        )
