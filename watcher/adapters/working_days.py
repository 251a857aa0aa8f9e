"""Working days after the holidays library."""

from datetime import date, tzinfo
from functools import lru_cache

from holidays import HolidayBase, country_holidays


class HolidayCalendar:
    """The working days that all the given countries share.

    With China in the list a weekend that is worked there counts as China counts it, unless another
    country rests. With no country a working day is Monday to Friday.
    """

    def __init__(self, countries: tuple[str, ...], zone: tzinfo) -> None:
        self._zone = zone
        self._countries: dict[str, HolidayBase] = {
            # English names where the library has them; alerts are written in English.
            code: country_holidays(code, language="en_US")
            for code in countries
        }
        self._look_up = lru_cache(maxsize=4096)(self._classify)

    @property
    def zone(self) -> tzinfo:
        """The person's time zone."""
        return self._zone

    def is_working_day(self, day: date) -> bool:
        """Whether every country works on `day`."""
        return self._look_up(day)[0]

    def peculiarity(self, day: date) -> str | None:
        """Why `day` is not what its weekday says, with the country in brackets."""
        return self._look_up(day)[1]

    def _classify(self, day: date) -> tuple[bool, str | None]:
        weekend = day.weekday() >= 5
        if not self._countries:
            return not weekend, None
        rests: list[str] = []
        working = True
        for code, calendar in self._countries.items():
            # Looking the name up loads the year; only then are its worked weekends known.
            name = calendar.get(day)
            if not calendar.is_working_day(day):
                working = False
                if name and not weekend:
                    rests.append(f"{name} ({code})")
        if working and weekend:
            return True, f"weekend worked in {', '.join(self._countries)}"
        return working, "; ".join(rests) or None
