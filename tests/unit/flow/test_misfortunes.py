"""What a forger, a wrong clock, a renamed channel or a second reader must not be able to do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from unit.domain.examples import ORDER, START
from unit.flow.fakes import ALL, FakeChannel, FakeSource, Household, letter
from watcher.domain.alert import DeliveryOutcome
from watcher.domain.case import State
from watcher.domain.event import PERSONAL_KINDS, EventKind
from watcher.domain.life import fold
from watcher.flow.deciding import Deciding, Routes

DAY = timedelta(days=1)

MAIL_KINDS = [kind for kind in EventKind if kind not in PERSONAL_KINDS]


def state_of(home: Household) -> State:
    """The order's state, from the ledger."""
    with home.store.reading() as books:
        return fold(ORDER, books.events(ORDER)).case.state


@pytest.mark.parametrize("kind", MAIL_KINDS)
@pytest.mark.parametrize("closing", ["order_closed", "order_cancelled"])
def test_no_forged_mail_silences_a_proven_closing(
    home: Household, kind: EventKind, closing: str
) -> None:
    """Whatever claims to have happened before, the closing is told on the day with its letter."""
    home.source.put(letter("order_confirmed", at=START - 5 * DAY))
    home.source.put(letter(kind.value, proof="unknown", at=START - 2 * DAY))
    home.source.put(letter(closing, at=START))
    home.live()
    assert state_of(home) is State.OWED
    assert any(f"did {ORDER} contact_seller" in alert.body for alert in home.phone.sent)


def test_forged_disputes_do_not_put_the_complaint_off(home: Household) -> None:
    """A second "dispute opened", or a "dispute closed", of unproven origin moves no clock."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.source.put(letter("dispute_opened", at=START + DAY))
    for number in range(1, 12):
        for kind in ("dispute_opened", "dispute_closed"):
            forged = letter(kind, proof="unknown", at=START + number * DAY, text=str(number))
            home.source.put(forged)
    home.clock.moment = START + 14 * DAY
    home.live()
    assert state_of(home) is State.DISPUTED
    assert f"did {ORDER} file_complaint" in home.phone.sent[-1].body


def test_dispute_that_was_lost_is_asked_about_anew(home: Household) -> None:
    """Back to being owed, the ladder speaks again, though it spoke before the dispute."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.live()
    home.source.put(letter("dispute_opened", at=START + DAY))
    home.clock.forward(days=1, hours=1)
    home.live()
    home.source.put(letter("dispute_closed", at=START + 5 * DAY))
    home.clock.moment = START + timedelta(days=5, hours=1)
    assert home.live() == 1
    assert state_of(home) is State.OWED


def test_looking_at_the_past_does_not_hide_what_lies_before_it(home: Household) -> None:
    """A scan of the last week first, then the first run: the confirmation is still found."""
    home.source.put(letter("order_confirmed", at=START - 50 * DAY), letter("order_closed"))
    home.intake.poll(START - 7 * DAY, afresh=True)
    home.live()
    assert state_of(home) is State.OWED


def test_second_reader_does_not_release_what_the_first_is_reading(home: Household) -> None:
    """The daemon's poll ends while a scan is half-way: the scan's orders still wait for it."""
    history = FakeSource()
    history.put(letter("order_closed", at=START - 90 * DAY))
    history.put(letter("order_confirmed", at=START - 95 * DAY))
    scan = home.intake_of("home", history)
    told_meanwhile = []

    def interrupt(_: object) -> None:
        home.poll()
        told_meanwhile.append(home.tick())

    scan.poll(START - 180 * DAY, afresh=True, watch=interrupt)
    assert set(told_meanwhile) == {0}
    assert home.tick() == 1


def test_mail_from_the_future_is_news_of_today(home: Household) -> None:
    """A date ahead, even in the last year there is, neither hides a closing nor stops the rest."""
    home.source.put(letter("order_closed", at=START.replace(year=9999)))
    assert home.live() == 1
    assert ORDER in home.phone.sent[-1].title


def test_act_on_a_machine_whose_clock_is_behind_takes_effect(home: Household) -> None:
    """The person speaks of the case as they see it, not of minutes before the mail."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.live()
    case = home.acts.receive(ORDER, None, START - timedelta(minutes=3))
    assert case.state is State.SETTLED
    assert state_of(home) is State.SETTLED


def test_without_a_channel_nothing_counts_as_told(home: Household) -> None:
    """What was due before the first channel was set up is told when it is."""
    deaf = Deciding(
        store=home.store,
        guidance=home.guidance,
        wording=home.wording,
        routes=Routes(carried={}),
    )
    home.source.put(letter("order_closed"))
    home.poll()
    assert deaf.tick(home.clock()) == 0
    home.clock.forward(hours=1)
    assert home.live() == 1


def test_renamed_channel_takes_its_alerts_along(home: Household) -> None:
    """What the old name still owed arrives under the new one, once."""
    home.phone.answer = DeliveryOutcome.FAILED
    home.source.put(letter("order_closed"))
    home.live()
    renamed = FakeChannel(name="mobile")
    home.channels = {"mobile": renamed}
    home.deciding = replace(home.deciding, routes=Routes(carried={"mobile": ALL}))
    for _ in range(3):
        home.clock.forward(hours=1)
        home.tick()
        home.deliver()
    assert len(renamed.sent) == 1


def test_alert_postponed_by_a_clock_that_ran_ahead_is_not_lost_for_months(home: Household) -> None:
    """A time to try that lies further ahead than any pause is no reason to wait."""
    home.phone.answer = DeliveryOutcome.FAILED
    home.clock.moment = START + 300 * DAY
    home.source.put(letter("order_closed", at=START))
    home.live()
    home.clock.moment = START
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.deliver()
    assert len(home.phone.sent) == 1


def test_remark_reaches_a_person_who_put_the_step_off(home: Household) -> None:
    """A claimed refund is told although the case is snoozed."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.live()
    home.acts.snooze(ORDER, START + 5 * DAY, home.clock())
    home.source.put(letter("refund_announced", proof="unknown", at=START + DAY))
    home.clock.forward(days=1, hours=1)
    home.live()
    assert "unproven" in home.phone.sent[-1].title


def test_answer_after_days_brings_the_letter_not_a_list(home: Household) -> None:
    """Asked on day 0, answered on day 4: the seller is to be contacted, with link and letter."""
    home.source.put(letter("order_closed"))
    home.live()
    home.clock.forward(days=4)
    home.acts.do_step(ORDER, "check_payment", home.clock())
    home.clock.forward(minutes=1)
    home.live()
    assert f"did {ORDER} contact_seller" in home.phone.sent[-1].body
