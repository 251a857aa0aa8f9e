"""Working days, clocks and their last days, over hand-made calendars."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from unit.domain.examples import START, PlainCalendar
from watcher.domain.calendar import (
    Peculiarity,
    count_calendar_days,
    count_working_days,
    local_date,
    local_time,
)

TUESDAY = date(2026, 11, 3)


def test_first_counted_day_is_the_next_working_day() -> None:
    """The day of the closing itself does not count."""
    assert count_working_days(PlainCalendar(), TUESDAY, 1).end == date(2026, 11, 4)
    assert count_working_days(PlainCalendar(), date(2026, 11, 6), 1).end == date(2026, 11, 9)


def test_twenty_working_days_are_four_weeks() -> None:
    """Four weekends lie between."""
    count = count_working_days(PlainCalendar(), TUESDAY, 20)
    assert (count.end, count.days, count.weekend_days) == (date(2026, 12, 1), 20, 8)
    assert count.start == TUESDAY
    assert count.peculiarities == ()


def test_days_that_their_weekday_does_not_explain_are_named() -> None:
    """The person can check the count: what was left out, and which weekend was worked."""
    holiday, worked = date(2026, 11, 5), date(2026, 11, 7)
    calendar = PlainCalendar(holidays=[holiday], worked=[worked])
    count = count_working_days(calendar, TUESDAY, 3)
    assert count.end == worked
    assert count.weekend_days == 0
    assert count.peculiarities == (
        Peculiarity(day=holiday, why="holiday", counted=False),
        Peculiarity(day=worked, why="worked weekend", counted=True),
    )


def test_counting_backwards_comes_before() -> None:
    """Three working days before a Monday is the Wednesday before."""
    assert count_working_days(PlainCalendar(), date(2026, 11, 9), -3).end == date(2026, 11, 4)


def test_no_days_end_where_they_start() -> None:
    """Zero is zero, even on a Sunday."""
    assert count_working_days(PlainCalendar(), date(2026, 11, 8), 0).end == date(2026, 11, 8)


@pytest.mark.parametrize(
    ("days", "end"), [(15, date(2026, 11, 18)), (0, TUESDAY), (-3, date(2026, 10, 31))]
)
def test_calendar_days_are_all_days(days: int, end: date) -> None:
    """Weekends and holidays count like any day, forwards and backwards."""
    count = count_calendar_days(TUESDAY, days)
    assert (count.start, count.end, count.days, count.working) == (TUESDAY, end, days, False)
    assert (count.weekend_days, count.peculiarities) == (0, ())


def test_calendars_that_never_work_are_an_error_and_no_endless_loop() -> None:
    """A mistake in a calendar must not stop the watch."""
    every_day = [TUESDAY + timedelta(days=day) for day in range(4000)]
    with pytest.raises(ValueError, match="no working days"):
        count_working_days(PlainCalendar(holidays=every_day), TUESDAY, 1)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Pacific/Pago_Pago", date(2026, 11, 2)),  # UTC-11
        ("UTC", date(2026, 11, 3)),
        ("Pacific/Kiritimati", date(2026, 11, 3)),  # UTC+14
    ],
)
def test_date_is_the_persons_date(zone: str, day: date) -> None:
    """Half past eight in UTC is still yesterday in Samoa."""
    assert local_date(PlainCalendar(ZoneInfo(zone)), START) == day


def test_date_turns_early_where_the_sun_is_first() -> None:
    """Eleven in the morning in UTC is tomorrow on Kiritimati."""
    calendar = PlainCalendar(ZoneInfo("Pacific/Kiritimati"))
    assert local_date(calendar, START + timedelta(hours=2)) == date(2026, 11, 4)


@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        ("Pacific/Pago_Pago", TUESDAY, datetime(2026, 11, 3, 20, tzinfo=UTC)),
        ("Pacific/Kiritimati", TUESDAY, datetime(2026, 11, 2, 19, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 28), datetime(2026, 3, 28, 8, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 29, 7, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 14, tzinfo=UTC)),
    ],
)
def test_nine_oclock_is_the_persons_nine_oclock(zone: str, day: date, hour: datetime) -> None:
    """In every zone, and on the day that the clocks change."""
    assert local_time(PlainCalendar(ZoneInfo(zone)), day, time(9)) == hour


def test_hour_that_the_clocks_skip_is_still_a_moment() -> None:
    """Half past two does not exist on that night; it is taken as the clock would have run on."""
    berlin = PlainCalendar(ZoneInfo("Europe/Berlin"))
    moment = local_time(berlin, date(2026, 3, 29), time(2, 30))
    assert moment == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
