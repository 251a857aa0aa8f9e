"""A mail read while DNS was away: it is proven by itself once the key can be looked up."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from unit.domain.examples import START
from unit.flow.fakes import Household
from unit.mail.signing import Zone, make_key, record, sign
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.signature import SignatureCheck
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.case import Case
from watcher.domain.life import fold
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.reading import Reading
from watcher.flow.proving import LONGEST_PAUSE, PATIENCE, Proving, next_try
from watcher.flow.replay import Replay

RULES = load_ruleset()
ORDER = "8012345678901234"
KEY_NAME = "s1._domainkey.notice.aliexpress.com."


class SigningReader:
    """Reads real mails and looks their signatures up in a scripted DNS."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        check = SignatureCheck(look_up=zone, senders=RULES.senders)
        self._parser = MailParser(senders=RULES.senders, signature_check=check)

    def __call__(self, mail: RawMail) -> tuple[Message, Reading]:
        """Parse, prove and read."""
        message = self._parser(mail)
        return message, RULES.read(message)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """Make one key for all tests."""
    return make_key()


@pytest.fixture
def zone(key: rsa.RSAPrivateKey) -> Zone:
    """A DNS that has the key and is away."""
    return Zone({KEY_NAME: record(key)}, silent=True)


@pytest.fixture
def proving(home: Household, zone: Zone, key: rsa.RSAPrivateKey) -> Proving:
    """A household that has read a signed closing mail while DNS was away."""
    reader = SigningReader(zone)
    home.intake = replace(home.intake, reader=reader)
    home.source.put(RawMail(content=sign(key), received_at=START))
    home.live()
    return Proving(store=home.store, replay=Replay(store=home.store, readers={"home": reader}))


def case_of(home: Household) -> Case:
    """The order's case, from the ledger."""
    with home.store.reading() as books:
        return fold(ORDER, books.events(ORDER)).case


def test_mail_is_proven_once_dns_answers(home: Household, zone: Zone, proving: Proving) -> None:
    """The case is no longer marked as unproven; nothing is said twice."""
    assert case_of(home).authenticity is Authenticity.UNKNOWN
    told = len(home.phone.sent)
    zone.silent = False
    home.clock.forward(minutes=5)
    assert proving.retry(home.clock()) == 1
    home.live()
    assert case_of(home).authenticity is Authenticity.PASS
    assert len(home.phone.sent) == told
    home.clock.forward(days=1)
    asked = len(zone.asked)
    assert proving.retry(home.clock()) == 0
    assert len(zone.asked) == asked


def test_lasting_silence_is_asked_seldom_and_not_for_ever(
    home: Household, zone: Zone, proving: Proving
) -> None:
    """Pauses grow to an hour, and after three days nobody asks any more."""
    asked_at = []
    begun = home.clock()
    while home.clock() - begun < timedelta(days=5):
        before = len(zone.asked)
        assert proving.retry(home.clock()) == 0
        if len(zone.asked) > before:
            asked_at.append(home.clock())
        home.clock.forward(minutes=1)
    pauses = [later - sooner for sooner, later in pairwise(asked_at)]
    assert pauses == sorted(pauses)
    assert timedelta(minutes=3) <= pauses[0] <= timedelta(minutes=4)
    assert pauses[-1] == LONGEST_PAUSE
    assert timedelta(days=2, hours=22) < asked_at[-1] - begun <= PATIENCE + LONGEST_PAUSE
    assert case_of(home).authenticity is Authenticity.UNKNOWN


def test_key_that_is_not_there_ends_the_search(
    home: Household, zone: Zone, proving: Proving
) -> None:
    """DNS has answered, and the mail stays what it was."""
    zone.silent = False
    zone.records.clear()
    assert proving.retry(home.clock()) == 0
    asked = len(zone.asked)
    home.clock.forward(days=1)
    assert proving.retry(home.clock()) == 0
    assert len(zone.asked) == asked
    assert case_of(home).authenticity is Authenticity.UNKNOWN


def test_only_marked_mails_are_looked_up(home: Household, zone: Zone, proving: Proving) -> None:
    """A mail that was proven when it came is never read again for this."""
    zone.silent = False
    proving.retry(home.clock())
    with home.store.reading() as books:
        assert books.pending_proofs(home.clock() + timedelta(days=9), 10) == []


def test_clock_that_was_set_back_keeps_the_search_going() -> None:
    """A mail that seems to be read in the future is tried again soon."""
    assert next_try(START + timedelta(days=9), START) == START + timedelta(minutes=3)
