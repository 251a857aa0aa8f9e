"""Working days by the holidays library, against lists copied by hand from the announcements.

The lists stand in `working_days/`, one file a country, with their sources: China's State Council
notices, the nine days that all of Germany keeps, the United States' federal holidays as observed,
Brazil's national holidays. They were not made from the library.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from watcher.adapters.working_days import HolidayCalendar
from watcher.domain.calendar import count_working_days, local_date, local_time

LISTS = Path(__file__).parent / "working_days"
COUNTRIES = ("BR", "CN", "DE", "US")
YEARS = range(2023, 2028)
TUESDAY = date(2026, 11, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearList:
    """One country's days of one year, as they were announced."""

    rests: frozenset[date]
    works: frozenset[date]
    optional: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        """Whether the country works on `day`."""
        return day in self.works or (day.weekday() < 5 and day not in self.rests)


def span(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def read_days(year: int, texts: list[str]) -> frozenset[date]:
    """Days and stretches of days, as `10-01` and `10-01..10-08`."""
    found: set[date] = set()
    for text in texts:
        first, _, last = text.partition("..")
        found |= set(
            span(
                date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last or first}")
            )
        )
    return frozenset(found)


def read_list(country: str, year: int) -> YearList:
    """What was copied by hand for a country and a year."""
    table = tomllib.loads((LISTS / f"{country.lower()}.toml").read_text(encoding="utf-8"))
    kinds = ("rests", "works", "optional")
    found = {kind: read_days(year, table[str(year)].get(kind, [])) for kind in kinds}
    return YearList(**found)


def make(*countries: str) -> HolidayCalendar:
    """A calendar of these countries."""
    return HolidayCalendar(countries, UTC)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("country", COUNTRIES)
def test_every_day_of_five_years_is_as_announced(country: str, year: int) -> None:
    """Holidays, days made up for, and the weekends that China works."""
    calendar, announced = make(country), read_list(country, year)
    wrong = [
        day
        for day in span(date(year, 1, 1), date(year, 12, 31))
        if calendar.is_working_day(day) is not announced.is_working_day(day)
    ]
    assert wrong == []


@pytest.mark.parametrize("year", YEARS)
def test_worked_weekends_are_weekends_and_holidays_are_plausible(year: int) -> None:
    """The lists themselves: a slip of the pen in them would be a hole in the test above."""
    worked = read_list("CN", year).works
    assert all(day.weekday() >= 5 for day in worked)
    assert bool(worked) is (year < 2027)  # not announced for 2027
    for country, number in (("DE", 9), ("US", 11 + (year == 2027)), ("BR", 9 + (year >= 2024))):
        # 2028's New Year is observed in 2027, and 2027's on its day.
        assert len(read_list(country, year).rests) == number
    # Without its bridges a year has 11 days off in China until 2024, 13 from 2025 on.
    weekdays = [day for day in read_list("CN", year).rests if day.weekday() < 5]
    assert len(weekdays) - len(worked) in {11, 12, 13}


@pytest.mark.parametrize("year", YEARS)
def test_carnival_is_worked_in_brazil(year: int) -> None:
    """Optional days are no holidays by law: counted as worked, a last day is never too late."""
    calendar = make("BR")
    optional = read_list("BR", year).optional
    assert len(optional) == 3
    assert all(calendar.is_working_day(day) for day in optional)


def test_twenty_working_days_from_november_the_third() -> None:
    """The example of the documents: closed on 2026-11-03, the last day is 2026-12-01."""
    count = count_working_days(make("CN"), TUESDAY, 20)
    assert count.end == date(2026, 12, 1)
    assert count.peculiarities == ()


@pytest.mark.parametrize(
    ("countries", "start", "off", "worked", "end"),
    [
        # Four weeks, longer by a working day for each weekday off, shorter for each worked weekend.
        ("CN", "2023-01-13", 5, 2, "2023-02-15"),  # Spring Festival
        ("CN", "2023-04-20", 3, 2, "2023-05-19"),  # Labour Day
        ("CN", "2023-09-15", 6, 2, "2023-10-19"),  # Mid-Autumn and National Day
        ("CN", "2024-02-02", 5, 2, "2024-03-06"),
        ("CN", "2024-04-26", 3, 2, "2024-05-27"),
        ("CN", "2024-09-13", 7, 3, "2024-10-17"),  # Saturday the 12th is the third worked one
        ("CN", "2025-01-17", 6, 2, "2025-02-20"),
        ("CN", "2025-09-26", 6, 2, "2025-10-30"),
        ("CN", "2026-02-06", 6, 2, "2026-03-12"),
        ("CN", "2026-09-18", 6, 2, "2026-10-22"),
        ("CN", "2026-12-18", 1, 0, "2027-01-18"),  # into a year that is not announced yet
        ("CN", "2027-01-29", 4, 0, "2027-03-04"),
        ("CN", "2027-09-24", 3, 0, "2027-10-27"),
        ("DE", "2023-12-18", 3, 0, "2024-01-18"),
        ("DE", "2024-04-30", 3, 0, "2024-05-31"),  # May 1, Ascension, Whit Monday
        ("DE", "2026-12-04", 2, 0, "2027-01-05"),
        ("US", "2023-11-06", 2, 0, "2023-12-06"),  # Veterans Day on its Friday, Thanksgiving
        ("US", "2024-12-20", 3, 0, "2025-01-22"),
        ("US", "2027-06-14", 2, 0, "2027-07-14"),  # both observed beside a weekend
        ("BR", "2023-11-10", 1, 0, "2023-12-11"),  # November 20 was no holiday yet
        ("BR", "2024-11-10", 2, 0, "2024-12-10"),  # and from 2024 on it is; a Sunday's closing
        ("BR", "2027-03-24", 2, 0, "2027-04-23"),  # Good Friday, and Tiradentes on the last day
        ("CN DE", "2026-09-18", 6, 0, "2026-10-26"),  # no weekend is worked in both
        ("CN US", "2025-09-26", 7, 0, "2025-11-04"),
        ("CN DE US BR", "2025-12-15", 4, 0, "2026-01-16"),
        ("", "2026-12-18", 0, 0, "2027-01-15"),
    ],
)
def test_twenty_working_days_as_counted_by_hand(
    countries: str, start: str, off: int, worked: int, end: str
) -> None:
    """The last day, and in the count the weekdays off and the weekends worked on the way to it."""
    count = count_working_days(make(*countries.split()), date.fromisoformat(start), 20)
    named = [one.counted for one in count.peculiarities]
    assert count.end == date.fromisoformat(end)
    assert (named.count(False), named.count(True)) == (off, worked)


@pytest.mark.parametrize(
    ("countries", "start", "number", "end"),
    [
        (("CN",), date(2026, 9, 18), 5, date(2026, 9, 24)),  # Sunday the 20th is worked
        (("CN",), date(2026, 9, 30), 3, date(2026, 10, 10)),  # 8, 9, and Saturday the 10th
        (("CN",), date(2026, 2, 13), 3, date(2026, 2, 25)),  # Saturday the 14th, 24, 25
        (("CN",), date(2025, 9, 30), 2, date(2025, 10, 10)),  # eight days of holiday
        (("DE",), date(2026, 12, 23), 3, date(2026, 12, 29)),  # 24, 28, 29
        (("US",), date(2026, 11, 25), 1, date(2026, 11, 27)),  # Thanksgiving
        (("BR",), date(2025, 11, 19), 1, date(2025, 11, 21)),  # Consciência Negra
        (("CN", "DE"), date(2026, 9, 18), 5, date(2026, 9, 28)),  # the 25th rests
        (("CN", "DE"), date(2026, 12, 23), 3, date(2026, 12, 29)),
        ((), date(2026, 9, 30), 3, date(2026, 10, 5)),
    ],
)
def test_spans_that_were_counted_by_hand(
    countries: tuple[str, ...], start: date, number: int, end: date
) -> None:
    """Holidays left out, worked weekends counted where all the countries work."""
    assert count_working_days(make(*countries), start, number).end == end


def test_national_day_is_named_in_the_count() -> None:
    """The person sees what was left out, and in which country."""
    count = count_working_days(make("CN"), date(2026, 9, 30), 3)
    named = {each.day: each for each in count.peculiarities}
    assert "(CN)" in named[date(2026, 10, 1)].why
    assert not named[date(2026, 10, 1)].counted
    assert named[date(2026, 10, 10)].why == "weekend worked in CN"
    assert named[date(2026, 10, 10)].counted


def test_worked_weekend_of_one_country_is_none_where_the_other_rests() -> None:
    """The seller's bank works on that Sunday; the person's does not."""
    sunday = date(2026, 9, 20)
    assert make("CN").is_working_day(sunday)
    assert not make("CN", "DE").is_working_day(sunday)
    assert make("CN", "DE").peculiarity(sunday) is None


def test_holiday_of_either_country_is_no_working_day() -> None:
    """China's National Day and Germany's are two days, and both count."""
    both = make("CN", "DE")
    assert not both.is_working_day(date(2026, 10, 1))
    assert not both.is_working_day(date(2026, 12, 25))
    why = both.peculiarity(date(2026, 1, 1)) or ""
    assert "(CN)" in why
    assert "(DE)" in why


def test_no_countries_mean_monday_to_friday() -> None:
    """Whoever wants no holidays gets none."""
    calendar = make()
    assert calendar.is_working_day(date(2026, 12, 25))
    assert not calendar.is_working_day(date(2026, 12, 26))
    assert calendar.peculiarity(date(2026, 12, 25)) is None


def test_country_with_another_weekend_keeps_its_own() -> None:
    """In Israel Friday is free and Sunday is worked."""
    calendar = make("IL")
    assert not calendar.is_working_day(date(2026, 11, 6))
    assert calendar.is_working_day(date(2026, 11, 8))


def test_zone_is_the_persons() -> None:
    """The calendar hands on where the person's days begin."""
    zone = ZoneInfo("Pacific/Kiritimati")
    assert HolidayCalendar((), zone).zone is zone


# --- Zones and clocks that change

NINE = time(9)
BEHIND, AHEAD = "Pacific/Pago_Pago", "Pacific/Kiritimati"
ZONES = (
    BEHIND,  # UTC-11
    "Pacific/Midway",
    "Pacific/Honolulu",
    "America/St_Johns",  # half an hour beside the others
    "America/New_York",
    "America/Sao_Paulo",
    "America/Santiago",  # the clocks change at midnight
    "UTC",
    "Europe/Berlin",
    "Africa/Cairo",  # at midnight, too
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Chatham",  # UTC+12:45 and +13:45
    "Pacific/Apia",
    AHEAD,  # UTC+14
)


def in_zone(zone: str, *countries: str) -> HolidayCalendar:
    """A calendar of these countries, for a person in `zone`."""
    return HolidayCalendar(countries, ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
def test_clock_on_every_day_of_a_year_shows_the_hour_on_that_day(zone: str) -> None:
    """Nine o'clock is nine o'clock on the day that is meant, through both changes of the clocks."""
    calendar = in_zone(zone)
    for day in span(date(2026, 1, 1), date(2026, 12, 31)):
        moment = local_time(calendar, day, NINE)
        shown = moment.astimezone(calendar.zone)
        assert moment.tzinfo is UTC
        assert (shown.date(), shown.time()) == (day, NINE)
        assert local_date(calendar, moment) == day


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_of_an_hour_of_a_year_is_on_one_day_and_days_do_not_go_back(
    zone: str,
) -> None:
    """A moment's date never runs backwards, whatever the clocks do, and no day is left out."""
    calendar = in_zone(zone)
    moment, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    before = local_date(calendar, moment)
    while moment < last:
        moment += timedelta(minutes=15)
        day = local_date(calendar, moment)
        assert timedelta(0) <= day - before <= timedelta(days=1)
        before = day


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment", "shown"),
    [
        # Hours that the clocks skip: as late after the change as they would have been.
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30", "03:30"),
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30", "03:30"),
        ("Africa/Cairo", "2026-04-24", "00:30", "2026-04-23T22:30", "01:30"),
        ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00", "01:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45", "02:45"),
        # Hours that come twice: the first of the two.
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30", "02:30"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30", "01:30"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45", "01:45"),
    ],
)
def test_hours_that_are_skipped_or_doubled_are_a_moment_of_their_day(
    zone: str, day: str, clock: str, moment: str, shown: str
) -> None:
    """A step that falls on such an hour is due once, on its day."""
    calendar = in_zone(zone)
    at = local_time(calendar, date.fromisoformat(day), time.fromisoformat(clock))
    assert at == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert at.astimezone(calendar.zone).time() == time.fromisoformat(shown)
    assert local_date(calendar, at) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("zone", "closed", "start", "end"),
    [
        # The same moment is Monday in Samoa and Tuesday on Kiritimati.
        (BEHIND, "2026-11-03T10:30", "2026-11-02", "2026-11-30"),
        ("UTC", "2026-11-03T10:30", "2026-11-03", "2026-12-01"),
        (AHEAD, "2026-11-03T10:30", "2026-11-04", "2026-12-02"),
        # A minute on either side of midnight.
        ("Europe/Berlin", "2026-11-03T22:59", "2026-11-03", "2026-12-01"),
        ("Europe/Berlin", "2026-11-03T23:01", "2026-11-04", "2026-12-02"),
        # A Friday evening is Saturday in the east: both count from Monday.
        ("America/New_York", "2026-11-06T23:30", "2026-11-06", "2026-12-04"),
        ("Asia/Shanghai", "2026-11-06T23:30", "2026-11-07", "2026-12-04"),
        # Within the hour that comes twice on October 25; the clocks change between start and end.
        ("Europe/Berlin", "2026-10-25T00:30", "2026-10-25", "2026-11-20"),
        ("Europe/Berlin", "2026-10-25T01:30", "2026-10-25", "2026-11-20"),
    ],
)
def test_last_day_is_counted_from_the_persons_day(
    zone: str, closed: str, start: str, end: str
) -> None:
    """20 working days on from the date that the person's calendar showed at the closing."""
    calendar = in_zone(zone, "CN")
    day = local_date(calendar, datetime.fromisoformat(closed).replace(tzinfo=UTC))
    assert day == date.fromisoformat(start)
    count = count_working_days(calendar, day, 20)
    assert count.end == date.fromisoformat(end)
    asked = local_time(calendar, count.end, NINE).astimezone(calendar.zone)
    assert (asked.date(), asked.hour) == (count.end, 9)


def test_day_that_a_country_left_out_is_no_trap() -> None:
    """Samoa went from December 29 to 31, 2011: its 30th is a moment, and days go on."""
    calendar = in_zone("Pacific/Apia")
    noon = local_time(calendar, date(2011, 12, 30), time(12))
    assert local_date(calendar, noon) in {date(2011, 12, 29), date(2011, 12, 31)}
    assert count_working_days(calendar, date(2011, 12, 29), 2).end == date(2012, 1, 2)
