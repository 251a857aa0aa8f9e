"""The section `[quiet]`: what it may say, and what is said to somebody who wrote it wrong."""

from datetime import time
from pathlib import Path

import pytest

from watcher.adapters.settings import QuietSettings, Settings, load_settings
from watcher.domain.errors import UserError
from watcher.domain.quiet import Hours, WeekTime

ACCOUNT = '[account.takeout]\nmbox = "takeout.mbox"\n'


def load(tmp_path: Path, text: str) -> Settings:
    """Load settings with these lines in their section `[quiet]`."""
    path = tmp_path / "aliwatch.toml"
    path.write_text(f"{ACCOUNT}[quiet]\n{text}", encoding="utf-8")
    return load_settings(path)


def test_quiet_section_arrives(tmp_path: Path) -> None:
    """The three times are read as times."""
    text = 'hours = "22:00-08:00"\ndigest = "18:00"\nweekly = "sun 20:30"\n'
    quiet = load(tmp_path, text).quiet
    assert quiet.hours == Hours(begin=time(22), end=time(8))
    assert quiet.digest == time(18)
    assert quiet.weekly == WeekTime(weekday=6, at=time(20, 30))


def test_nothing_is_held_by_default_and_the_week_is_summed_up_on_monday(tmp_path: Path) -> None:
    """Who sets nothing gets every alert at once."""
    quiet = load(tmp_path, "").quiet
    assert (quiet.hours, quiet.digest) == (None, None)
    assert quiet.weekly == WeekTime(weekday=0, at=time(9))


@pytest.mark.parametrize("key", sorted(QuietSettings.model_fields))
def test_each_can_be_switched_off(tmp_path: Path, key: str) -> None:
    """`off` is understood everywhere in the section."""
    assert getattr(load(tmp_path, f'{key} = "off"\n').quiet, key) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('hours = "22-8"', "22:00-08:00"),
        ('hours = "08:00-08:00"', "begins when it ends"),
        ("hours = 22", "22:00-08:00"),
        ('digest = "evening"', "18:00"),
        ("digest = 18:00:00", "18:00"),
        ('weekly = "monday"', "mon 09:00"),
        ("weekly = false", "mon 09:00"),
        ('night = "22:00-08:00"', "night"),
    ],
)
def test_mistake_is_told_with_its_place_and_an_example(
    tmp_path: Path, line: str, words: str
) -> None:
    """Whoever typed it wrong is shown what is right."""
    with pytest.raises(UserError) as caught:
        load(tmp_path, line + "\n")
    (problem,) = caught.value.problems
    assert f"quiet.{line.partition(' ')[0]}" in problem.place
    assert words in str(problem)
