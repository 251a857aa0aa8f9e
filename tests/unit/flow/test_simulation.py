"""The ladder as a calendar, before anything happened."""

from datetime import date
from itertools import pairwise

import pytest

from unit.domain.examples import START, make_guidance
from watcher.domain.calendar import local_date
from watcher.domain.clock import Clock
from watcher.domain.event import Method, Reason
from watcher.flow.simulation import REPEATS, Course, Imagined, Planned, simulate

GUIDANCE = make_guidance()


def play(
    course: Course = Course.SILENCE,
    *,
    reason: Reason = Reason.SELLER,
    shipped: bool = False,
    method: Method | None = None,
) -> list[Planned]:
    """Play one case that is closed on Tuesday the 3rd of November 2026."""
    imagined = Imagined(reason=reason, closed_at=START, shipped=shipped, method=method)
    return list(simulate(imagined, course, GUIDANCE))


def calendar(planned: list[Planned]) -> list[tuple[date, str]]:
    """On which day which step is asked."""
    return [(local_date(GUIDANCE.calendar, one.at), one.step.name) for one in planned]


def test_order_that_was_never_shipped_waits_for_the_refund_and_then_acts() -> None:
    """20 working days, the reminder before them, the dispute at their end, the complaint after."""
    assert calendar(play())[:5] == [
        (date(2026, 11, 3), "contact_seller"),
        (date(2026, 11, 10), "check_refund"),
        (date(2026, 11, 26), "remind_seller"),
        (date(2026, 12, 1), "open_dispute"),
        (date(2026, 12, 8), "file_complaint"),
    ]


def test_order_that_was_shipped_has_its_dispute_before_the_window_closes() -> None:
    """15 days after the closing the dispute is lost, long before the refund is due."""
    planned = play(shipped=True)
    assert (date(2026, 11, 13), "open_dispute") in calendar(planned)
    [dispute] = [one for one in planned if one.step.name == "open_dispute"]
    assert dispute.deadline is not None
    assert (dispute.deadline.clock, dispute.deadline.day) == (Clock.DISPUTE, date(2026, 11, 18))


def test_dispute_that_is_answered_asks_for_an_answer_and_then_for_a_complaint() -> None:
    """The seller's 5 days, the platform's 7, and then AliExpress's support."""
    assert calendar(play(Course.DISPUTE, shipped=True))[2:5] == [
        (date(2026, 11, 13), "open_dispute"),
        (date(2026, 11, 16), "answer_dispute"),
        (date(2026, 11, 25), "file_complaint"),
    ]


@pytest.mark.parametrize(
    ("method", "claimed"),
    [
        (Method.CARD, date(2027, 2, 7)),
        (None, date(2027, 2, 7)),
        (Method.PAYPAL, date(2027, 4, 8)),
        (Method.BALANCE, None),
        (Method.WALLET, None),
    ],
)
def test_last_resort_comes_before_its_time_is_over(
    method: Method | None, claimed: date | None
) -> None:
    """Two weeks before 120 days of a card's payment, or 180 of PayPal's; wallets take no claim."""
    days = [day for day, step in calendar(play(method=method)) if step == "claim_back"]
    assert days == ([] if claimed is None else [claimed])


def test_announced_refund_that_does_not_come_is_traced() -> None:
    """Watch first, then the ARN, each week anew."""
    steps = [step for _, step in calendar(play(Course.REFUND))]
    assert steps[:2] == ["contact_seller", "watch_refund"]
    assert steps.count("trace_refund") == REPEATS


@pytest.mark.parametrize("course", list(Course))
def test_unpaid_order_is_owed_nothing_and_says_nothing(course: Course) -> None:
    """An order that ran out unpaid is no case."""
    assert play(course, reason=Reason.UNPAID) == []


@pytest.mark.parametrize("course", list(Course))
@pytest.mark.parametrize("reason", [each for each in Reason if each is not Reason.UNPAID])
@pytest.mark.parametrize("shipped", [False, True])
def test_every_reason_begins_at_once_and_goes_on_in_order(
    course: Course, reason: Reason, *, shipped: bool
) -> None:
    """The first alert is of the day itself, and time only goes forward."""
    planned = play(course, reason=reason, shipped=shipped)
    assert planned[0].at == START
    assert all(one.at <= other.at for one, other in pairwise(planned))
    assert all(one.step.due_at <= one.at for one in planned)
