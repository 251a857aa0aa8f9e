"""Quiet hours, digest and week: on the person's clock, whatever the clock does."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.alert import Severity
from watcher.domain.quiet import LONGEST_HOLD, Hours, Quiet, WeekTime, parse_clock

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(begin=time(22), end=time(8))
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC")
zones = st.sampled_from([*ZONES, "Australia/Lord_Howe", "Africa/Casablanca"]).map(ZoneInfo)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
hours = st.builds(lambda begin, end: Hours(begin=begin, end=end), clocks, clocks).filter(
    lambda stretch: stretch.begin != stretch.end
)
weeks = st.builds(lambda day, at: WeekTime(weekday=day, at=at), st.integers(0, 6), clocks)
quiets = st.builds(
    lambda zone, stretch, digest, weekly: Quiet(
        zone=zone, hours=stretch, digest=digest, weekly=weekly
    ),
    zones,
    st.none() | hours,
    st.none() | clocks,
    weeks,
)
moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 -- hypothesis takes naive bounds
    max_value=datetime(2028, 1, 1),  # noqa: DTZ001 -- hypothesis takes naive bounds
    timezones=st.just(UTC),
)


def berlin(day: int, clock: str, month: int = 11) -> datetime:
    """A moment of 2026 on Berlin's clock."""
    at = datetime.combine(datetime(2026, month, day, tzinfo=BERLIN), time.fromisoformat(clock))
    return at.replace(tzinfo=BERLIN).astimezone(UTC)


def test_without_anything_set_nothing_is_held() -> None:
    """Who sets nothing hears everything at once."""
    now = berlin(3, "03:00")
    for severity in Severity:
        assert Quiet().release(severity, now) == now
    assert Quiet().audible(now) == frozenset(Severity)
    assert Quiet().week(now) is None


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("21:59", None),
        ("22:00", (4, "08:00")),
        ("23:30", (4, "08:00")),
        ("00:00", (3, "08:00")),
        ("07:59", (3, "08:00")),
        ("08:00", None),
        ("12:00", None),
    ],
)
def test_quiet_hours_go_over_midnight(clock: str, until: tuple[int, str] | None) -> None:
    """From ten to eight an action waits for eight, and what is urgent for nothing."""
    quiet, now = Quiet(zone=BERLIN, hours=NIGHT), berlin(3, clock)
    expected = now if until is None else berlin(*until)
    assert quiet.release(Severity.ACTION, now) == expected
    assert quiet.release(Severity.NOTICE, now) == expected
    assert quiet.release(Severity.URGENT, now) == now
    loud = frozenset(Severity) if until is None else frozenset({Severity.URGENT})
    assert quiet.audible(now) == loud


def test_quiet_hours_within_a_day_end_the_same_day() -> None:
    """A nap is possible, too."""
    nap = Quiet(zone=BERLIN, hours=Hours(begin=time(13), end=time(15)))
    assert nap.release(Severity.ACTION, berlin(3, "14:00")) == berlin(3, "15:00")
    assert nap.release(Severity.ACTION, berlin(3, "23:00")) == berlin(3, "23:00")


def test_notice_waits_for_the_digest_and_an_action_does_not() -> None:
    """Issued a minute after six, a notice comes at six the next day; at six sharp, at once."""
    quiet = Quiet(zone=BERLIN, digest=time(18))
    assert quiet.release(Severity.NOTICE, berlin(3, "17:00")) == berlin(3, "18:00")
    assert quiet.release(Severity.NOTICE, berlin(3, "18:00")) == berlin(3, "18:00")
    assert quiet.release(Severity.NOTICE, berlin(3, "18:01")) == berlin(4, "18:00")
    assert quiet.release(Severity.ACTION, berlin(3, "17:00")) == berlin(3, "17:00")


def test_digest_in_the_night_comes_in_the_morning() -> None:
    """Quiet hours are stronger than the digest."""
    quiet = Quiet(zone=BERLIN, hours=NIGHT, digest=time(23))
    assert quiet.release(Severity.NOTICE, berlin(3, "12:00")) == berlin(4, "08:00")


def test_hour_that_does_not_exist_ends_the_night_all_the_same() -> None:
    """On March 29 Berlin has no 02:30: the night that ends then ends at 03:30."""
    quiet = Quiet(zone=BERLIN, hours=Hours(begin=time(22), end=time(2, 30)))
    assert quiet.release(Severity.ACTION, berlin(29, "01:59", 3)) == berlin(29, "03:30", 3)
    assert quiet.release(Severity.ACTION, berlin(29, "03:45", 3)) == berlin(29, "03:45", 3)


def test_hour_that_comes_twice_is_quiet_once() -> None:
    """On October 25 Berlin has 02:30 twice: the night ends at the first, for good."""
    quiet = Quiet(zone=BERLIN, hours=Hours(begin=time(22), end=time(2, 30)), digest=time(2, 30))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet.release(Severity.ACTION, first - timedelta(minutes=1)) == first
    second_pass = first + timedelta(minutes=50)
    assert second_pass.astimezone(BERLIN).time() == time(2, 20)
    assert quiet.release(Severity.ACTION, second_pass) == second_pass
    assert quiet.release(Severity.NOTICE, second_pass) > second_pass + timedelta(hours=12)


@given(quiet=quiets, now=moments, severity=st.sampled_from(Severity))
def test_every_hold_ends_and_ends_once(quiet: Quiet, now: datetime, severity: Severity) -> None:
    """In any zone: never in the past, never for days, and nothing holds an alert at its release."""
    release = quiet.release(severity, now)
    assert now <= release < now + LONGEST_HOLD
    assert severity in quiet.audible(release)
    assert severity is not Severity.URGENT or release == now
    if severity is Severity.ACTION:
        assert quiet.release(severity, release) == release


@given(quiet=quiets, now=moments, days=st.integers(0, 400))
def test_every_week_has_one_summary_of_its_own_name(quiet: Quiet, now: datetime, days: int) -> None:
    """Asked at any two moments: the same name for the same week, and a new one seven days on."""
    week, later = quiet.week(now), quiet.week(now + timedelta(days=days))
    assert week is not None
    assert later is not None
    assert week.begin < week.end <= now < week.end + timedelta(days=7, hours=3)
    assert (week.name == later.name) == (week.end == later.end)
    assert timedelta(days=6, hours=20) < week.end - week.begin < timedelta(days=7, hours=4)
    following = quiet.week(week.end + timedelta(days=7, hours=3))
    assert following is not None
    assert following.begin == week.end
    assert following.name != week.name


def test_week_is_named_after_its_iso_week() -> None:
    """A summary on January 1, 2027 belongs to the last week of 2026."""
    quiet = Quiet(zone=BERLIN, weekly=WeekTime.parse("fri 09:00"))
    week = quiet.week(datetime(2027, 1, 2, tzinfo=UTC))
    assert week is not None
    assert week.name == "2026-W53"
    assert week.end == datetime(2027, 1, 1, 8, tzinfo=UTC)


def test_summary_keeps_its_hour_when_the_clocks_change() -> None:
    """Nine o'clock on the person's clock, before the change and after it."""
    quiet = Quiet(zone=BERLIN, weekly=WeekTime.parse("mon 09:00"))
    week = quiet.week(berlin(26, "09:00", 10))
    assert week is not None
    assert (week.begin, week.end) == (berlin(19, "09:00", 10), berlin(26, "09:00", 10))
    assert week.end - week.begin == timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    "text", ["", "22", "22:00", "22:00-", "24:00-08:00", "22:60-08:00", "22:00-22:00", "a-b"]
)
def test_stretch_that_makes_no_sense_is_refused(text: str) -> None:
    """A typing mistake is no night."""
    with pytest.raises(ValueError, match=r"expected|begins when it ends"):
        Hours.parse(text)


@pytest.mark.parametrize("text", ["", "mon", "09:00", "monday 09:00", "mon 9", "mon 25:00"])
def test_week_time_that_makes_no_sense_is_refused(text: str) -> None:
    """A typing mistake is no weekday."""
    with pytest.raises(ValueError, match="expected"):
        WeekTime.parse(text)


def test_what_is_right_is_read() -> None:
    """As a person types it, with and without the leading zero."""
    assert Hours.parse("22:00 - 8:00") == NIGHT
    assert WeekTime.parse("Sun 9:05") == WeekTime(weekday=6, at=time(9, 5))
    assert parse_clock("0:00") == time(0)
    with pytest.raises(ValueError, match="weekday"):
        WeekTime(weekday=7, at=time(9))
