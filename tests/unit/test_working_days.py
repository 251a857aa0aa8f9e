"""Working days by the holidays library, against lists copied by hand from the announcements.

China: the State Council's notices on public holidays for 2025 and 2026, and the standing rules for
2027. Germany: the nine days that all states keep. United States: federal holidays with the day on
which they are observed. Brazil: the national holidays of law 14,759 and its forerunners.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher.adapters.working_days import HolidayCalendar
from watcher.domain.calendar import count_working_days

TUESDAY = date(2026, 11, 3)


def span(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def days(year: int, *texts: str) -> set[date]:
    """Days and stretches of days, as `10-01` and `10-01..10-08`."""
    found: set[date] = set()
    for text in texts:
        first, _, last = text.partition("..")
        found |= set(
            span(
                date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last or first}")
            )
        )
    return found


CHINA_RESTS = {
    2025: days(
        *(2025, "01-01", "01-28..02-04", "04-04..04-06", "05-01..05-05", "05-31..06-02"),
        "10-01..10-08",
    ),
    2026: days(
        *(2026, "01-01..01-03", "02-15..02-23", "04-04..04-06", "05-01..05-05", "06-19..06-21"),
        *("09-25..09-27", "10-01..10-07"),
    ),
}
CHINA_WORKS = {
    2025: days(2025, "01-26", "02-08", "04-27", "09-28", "10-11"),
    2026: days(2026, "01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
}
GERMANY_RESTS = {
    2025: days(
        *(2025, "01-01", "04-18", "04-21", "05-01", "05-29", "06-09", "10-03", "12-25", "12-26")
    ),
    2026: days(
        *(2026, "01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26")
    ),
    2027: days(
        *(2027, "01-01", "03-26", "03-29", "05-01", "05-06", "05-17", "10-03", "12-25", "12-26")
    ),
}
UNITED_STATES_REST = {
    2025: days(
        *(2025, "01-01", "01-20", "02-17", "05-26", "06-19", "07-04", "09-01", "10-13", "11-11"),
        *("11-27", "12-25"),
    ),
    2026: days(
        *(2026, "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11"),
        *("11-26", "12-25"),
    ),
    2027: days(
        *(2027, "01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11"),
        *("11-25", "12-24", "12-31"),  # 2028's New Year is a Saturday
    ),
}
BRAZIL_RESTS = {
    2025: days(
        *(2025, "01-01", "04-18", "04-21", "05-01", "09-07", "10-12", "11-02", "11-15", "11-20"),
        "12-25",
    ),
    2026: days(
        *(2026, "01-01", "04-03", "04-21", "05-01", "09-07", "10-12", "11-02", "11-15", "11-20"),
        "12-25",
    ),
    2027: days(
        *(2027, "01-01", "03-26", "04-21", "05-01", "09-07", "10-12", "11-02", "11-15", "11-20"),
        "12-25",
    ),
}


def make(*countries: str) -> HolidayCalendar:
    """A calendar of these countries."""
    return HolidayCalendar(countries, UTC)


def differences(
    calendar: HolidayCalendar,
    year: int,
    rests: AbstractSet[date],
    works: AbstractSet[date] = frozenset(),
) -> list[date]:
    """The days of a year on which the calendar and the list do not agree."""
    wrong = []
    for day in span(date(year, 1, 1), date(year, 12, 31)):
        expected = day in works or (day.weekday() < 5 and day not in rests)
        if calendar.is_working_day(day) is not expected:
            wrong.append(day)
    return wrong


@pytest.mark.parametrize("year", [2025, 2026])
def test_china_rests_and_works_as_announced(year: int) -> None:
    """Every day of the year, the weekends that are worked included."""
    assert differences(make("CN"), year, CHINA_RESTS[year], CHINA_WORKS[year]) == []


def test_china_keeps_its_standing_holidays_before_they_are_announced() -> None:
    """2027's bridges come late in 2026; National Day and New Year are known without them."""
    calendar = make("CN")
    rests = days(2027, "01-01", "02-05", "02-08", "04-05", "10-01")
    assert not any(calendar.is_working_day(day) for day in rests)


@pytest.mark.parametrize("year", [2025, 2026, 2027])
@pytest.mark.parametrize(
    ("country", "rests"),
    [("DE", GERMANY_RESTS), ("US", UNITED_STATES_REST), ("BR", BRAZIL_RESTS)],
)
def test_banks_rest_on_their_national_holidays(
    country: str, rests: dict[int, set[date]], year: int
) -> None:
    """Every day of three years."""
    assert differences(make(country), year, rests[year]) == []


def test_twenty_working_days_from_november_the_third() -> None:
    """The example of the documents: closed on 2026-11-03, the last day is 2026-12-01."""
    count = count_working_days(make("CN"), TUESDAY, 20)
    assert count.end == date(2026, 12, 1)
    assert count.peculiarities == ()


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
