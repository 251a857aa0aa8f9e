"""Learns from a mailbox's own mails by which name its server signs its findings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watcher.adapters.mail.authenticity import organisation_of, topmost_server
from watcher.adapters.mail.headers import open_envelope
from watcher.adapters.mail.parser import MailParser
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import Authenticity, RawMail
from watcher.rules.senders import Senders

LEAST_OTHERS: Final = 5
LEAST_DOMAINS: Final = 3
LEAST_SPAN: Final = timedelta(days=2)
LEAST_SHARE: Final = 0.9
LEAST_PROVEN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a mailbox's mails tell about its server."""

    servers: tuple[str, ...] = ()
    """The names worth believing; none where the mails do not show one beyond doubt."""
    doubt: str = ""
    """Why there is none."""
    heard: frozenset[str] = frozenset()
    """Every name that tops any mail, believable or not."""
    proven: int = 0
    """How many of AliExpress's mails the names prove."""
    claiming: int = 0
    """How many mails name AliExpress as their sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trace:
    """What one mail's way to the mailbox left behind."""

    mail: RawMail
    server: str | None
    domain: str
    received_at: datetime | None
    claims: bool


def learn_servers(mails: Sequence[RawMail], senders: Senders) -> Lesson:
    """Learn whose `Authentication-Results` this mailbox's server writes, if that is beyond doubt.

    A sender can put such a line into their own mail, with any name in it. They cannot put it
    into what other people send. So a name is believed only where

    - it stands topmost, in the place of the receiving server, in nine of ten mails that do *not*
      come from AliExpress, out of at least five from three domains that came in over two days or
      more; a name that only mails "from AliExpress" carry is never proposed, and a server that
      writes no such lines leaves its mailbox without a common name, whatever some mails claim;
    - and at least two of AliExpress's mails would be proven by it.

    Servers of one organisation (`mx1.example.org`, `mx2.example.org`) count together, each of
    them for two mails of others at least. Drafts and copies that never travelled do not count.

    Source: RFC 8601, 5 and 7.1 (lines that came with a mail are not to be believed).
    """
    traces = list({one.mail.content: one for one in _traces(mails, senders)}.values())
    ours = [one for one in traces if one.claims]
    others = [one for one in traces if not one.claims]
    heard = frozenset(one.server for one in traces if one.server is not None)
    servers, doubt = _common_servers(others)
    proven = 0
    if servers:
        parser = MailParser(senders=senders, trusted_authserv=servers)
        proven = sum(parser(one.mail).authenticity is Authenticity.PASS for one in ours)
        if proven < LEAST_PROVEN:
            doubt = f"{', '.join(servers)} proves {proven} of {len(ours)} AliExpress mails"
            servers = ()
    return Lesson(servers=servers, doubt=doubt, heard=heard, proven=proven, claiming=len(ours))


def _traces(mails: Iterable[RawMail], senders: Senders) -> Iterator[_Trace]:
    parser = MailParser(senders=senders)
    for mail in mails:
        try:
            envelope = open_envelope(mail.content)
            sender = parser(mail).sender
        except UnreadableMail:
            continue
        if envelope.all("received"):
            yield _Trace(
                mail=mail,
                server=topmost_server(envelope),
                domain=sender.rpartition("@")[2],
                received_at=mail.received_at,
                claims=senders.role(sender) is not None,
            )


def _common_servers(others: Sequence[_Trace]) -> tuple[tuple[str, ...], str]:
    """Find the names that top nearly all of other people's mails; or say why there are none."""
    if len(others) < LEAST_OTHERS:
        return (), f"only {len(others)} mails of other senders to compare with"
    organisations = Counter(organisation_of(one.server) for one in others if one.server)
    if not organisations:
        return (), "the server writes no Authentication-Results"
    [(organisation, _)] = organisations.most_common(1)
    topped = [one for one in others if one.server and organisation_of(one.server) == organisation]
    if len(topped) < LEAST_SHARE * len(others):
        return (), f"no server's results top the mails: {len(topped)} of {len(others)} at the most"
    if len({one.domain for one in topped}) < LEAST_DOMAINS:
        return (), "the other mails come from too few senders to compare with"
    times = [one.received_at for one in topped if one.received_at is not None]
    if not times or max(times) - min(times) < LEAST_SPAN:
        return (), "the other mails came in within too short a time to compare with"
    names = Counter(one.server for one in topped if one.server)
    servers = tuple(sorted(name for name, number in names.items() if number > 1))
    return servers, "" if servers else "the results are signed with ever changing names"
