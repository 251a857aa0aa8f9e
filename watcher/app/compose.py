"""Puts the parts together: the settings become accounts, channels and the flow between them."""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from watcher.adapters.channels.sender import Channel
from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.source import ImapSource
from watcher.adapters.mail.dns_text import DnsText
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.signature import SignatureCheck
from watcher.adapters.maildir import MaildirSource
from watcher.adapters.mbox import MboxSource
from watcher.adapters.rule_files import load_ruleset
from watcher.adapters.settings import (
    AccountSettings,
    ImapSettings,
    MaildirSettings,
    MboxSettings,
    Settings,
)
from watcher.app.fault import describe_fault
from watcher.app.guidance import Outlook, make_wording
from watcher.domain.clock import Terms
from watcher.domain.message import Message, RawMail
from watcher.domain.quiet import Quiet
from watcher.domain.reading import Reading
from watcher.flow.acts import Acts
from watcher.flow.deciding import Deciding, Routes
from watcher.flow.delivery import Delivering
from watcher.flow.intake import Intake
from watcher.flow.ports import MailReader, MailSource, Now, Store
from watcher.flow.proving import Proving
from watcher.flow.quarantine import Quarantine
from watcher.flow.replay import Replay
from watcher.flow.vigilance import Vigilance
from watcher.flow.wording import Wording
from watcher.rules.ruleset import Ruleset

LOG = logging.getLogger(__name__)

STATE_FILE = "aliwatch.sqlite3"
SENDER = "aliexpress"
"""What the From line of every mail of AliExpress's has in it, an Apple relay's too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Parses a mail, then reads it by the rules."""

    parser: MailParser
    ruleset: Ruleset

    def __call__(self, mail: RawMail) -> tuple[Message, Reading]:
        """What the mail is, and what the rules make of it.

        Raises:
            UnreadableMail: the mail breaks the parser, or its limits.

        """
        message = self.parser(mail)
        return message, self.ruleset.read(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedAccount:
    """One account with all it takes to poll it."""

    name: str
    intake: Intake
    poll: timedelta
    history: timedelta
    imap: ImapAccount | None = None
    """Where the mailbox is on a server: what the doorbell and `doctor` connect to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Everything that runs, put together."""

    store: Store
    now: Now
    accounts: Mapping[str, WatchedAccount]
    channels: Mapping[str, Channel]
    wording: Wording
    deciding: Deciding
    vigilance: Vigilance
    proving: Proving
    acts: Acts
    readers: Mapping[str, "Reader"]

    def tick(self, now: datetime) -> int:
        """Decide what is due, whatever single orders do to the program; the alerts written.

        Raises:
            TransientError: the disk is full or the database locked.

        """
        guard = Quarantine(deciding=self.deciding, vigilance=self.vigilance, on_fault=_log_fault)
        return guard.tick(now)

    def rest(self) -> None:
        """Let go of what only the reading of mails needs, until the next one comes."""
        for reader in self.readers.values():
            reader.ruleset.forget()

    def delivering(self, channel: str) -> Delivering:
        """What empties the outbox of one channel."""
        return Delivering(
            store=self.store,
            channel=self.channels[channel],
            now=self.now,
            bulletins=self.deciding.bulletins,
            quiet=self.deciding.routes.quiet,
        )


def _log_fault(order: str, error: Exception) -> None:
    LOG.critical("order_stands_aside order=%s by a bug\n%s", order, describe_fault(error))


def outlook_of(settings: Settings, folder: Path | None) -> Outlook:
    """What the settings say of days and words; `folder` is where the settings file lies."""
    return Outlook(
        zone=settings.zone,
        language=settings.language,
        terms=Terms(
            refund_days=settings.refund.working_days,
            dispute_days=settings.refund.dispute_days,
            processing_days=settings.refund.processing_days,
        ),
        holidays=settings.refund.holidays,
        overrides=folder,
    )


def compose(settings: Settings, store: Store, now: Now, folder: Path | None) -> Watch:
    """Put everything together. Connects to nothing.

    Raises:
        UserError: a file of the person's own (rules, playbook, templates) is wrong.

    """
    wording = make_wording(outlook_of(settings, folder))
    channels = {
        name: Channel(name=name, url=channel.url.resolve, severities=frozenset(channel.severities))
        for name, channel in settings.channels.items()
    }
    routes = Routes(
        carried={name: channel.severities for name, channel in channels.items()},
        quiet=Quiet(
            zone=settings.zone,
            hours=settings.quiet.hours,
            digest=settings.quiet.digest,
            weekly=settings.quiet.weekly,
        ),
    )
    readers = make_readers(settings)
    return Watch(
        store=store,
        now=now,
        accounts={
            name: _watch(name, account, readers[name], store, now)
            for name, account in settings.accounts.items()
        },
        channels=channels,
        wording=wording,
        deciding=Deciding(store=store, guidance=wording.guidance, wording=wording, routes=routes),
        vigilance=Vigilance(store=store, wording=wording, routes=routes),
        proving=Proving(store=store, replay=Replay(store=store, readers=readers)),
        acts=Acts(store=store, guidance=wording.guidance),
        readers=readers,
    )


def make_readers(settings: Settings) -> dict[str, Reader]:
    """A reader for each account: one set of rules, and each account's own trust.

    Raises:
        UserError: a rule file is wrong; with every problem.

    """
    ruleset = load_ruleset([settings.rules])
    dns = DnsText()
    return {
        name: Reader(
            parser=MailParser(
                senders=ruleset.senders,
                trusted_authserv=account.trusted_authserv,
                signature_check=(
                    SignatureCheck(senders=ruleset.senders, look_up=dns) if account.dkim else None
                ),
                forwarders=account.forwarders,
            ),
            ruleset=ruleset,
        )
        for name, account in settings.accounts.items()
    }


def make_imap_account(settings: ImapSettings) -> ImapAccount:
    """The account as the IMAP adapter wants it."""
    context = None
    if settings.ca_file is not None:
        context = ssl.create_default_context(cafile=str(settings.ca_file))
    return ImapAccount(
        host=settings.host,
        port=settings.port,
        user=settings.user,
        password=settings.password.resolve,
        tls=settings.tls,
        folders=settings.folders,
        context=context,
        senders=_sought(settings),
    )


def _watch(
    name: str, settings: AccountSettings, reader: MailReader, store: Store, now: Now
) -> WatchedAccount:
    imap = make_imap_account(settings) if isinstance(settings, ImapSettings) else None
    source = ImapSource(imap) if imap else _local_source(settings)
    return WatchedAccount(
        name=name,
        intake=Intake(account=name, source=source, reader=reader, store=store, now=now),
        poll=settings.poll,
        history=settings.history,
        imap=imap,
    )


def _local_source(settings: AccountSettings) -> MailSource:
    match settings:
        case MaildirSettings():
            return MaildirSource(
                settings.maildir, folders=settings.folders, senders=_sought(settings)
            )
        case MboxSettings():
            return MboxSource(settings.mbox, senders=_sought(settings))
        case ImapSettings():
            return ImapSource(make_imap_account(settings))


def _sought(settings: AccountSettings) -> tuple[str, ...]:
    """Whose mails are fetched at all, as parts of the From line."""
    return (SENDER, *settings.forwarders)
