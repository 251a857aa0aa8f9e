"""The example settings: what a person starts from must be right, and complete."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

from watcher.adapters.settings import (
    ChannelSettings,
    ImapSettings,
    MaildirSettings,
    MboxSettings,
    QuietSettings,
    RefundSettings,
    Settings,
    load_settings,
)
from watcher.adapters.settings.problems import known_keys

EXAMPLE = files("watcher.config").joinpath("aliwatch.toml.example").read_text(encoding="utf-8")
EVERYTHING = re.sub(r"(?m)^#(?=[\[a-z])", "", EXAMPLE)


def test_the_example_is_right_as_it_stands(tmp_path: Path) -> None:
    """Somebody who fills in host, user and credentials has working settings."""
    path = tmp_path / "aliwatch.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    settings = load_settings(path)
    assert list(settings.accounts) == ["home"]
    assert list(settings.channels) == ["phone"]


def test_every_line_of_the_example_may_be_uncommented(tmp_path: Path) -> None:
    """No choice that the example shows is refused."""
    path = tmp_path / "aliwatch.toml"
    path.write_text(EVERYTHING, encoding="utf-8")
    assert set(load_settings(path).accounts) == {"home", "local", "takeout"}


def test_the_defaults_that_the_example_shows_are_the_real_ones(tmp_path: Path) -> None:
    """A commented line tells the truth about what happens without it."""
    shown, short = tmp_path / "shown.toml", tmp_path / "short.toml"
    shown.write_text(EVERYTHING, encoding="utf-8")
    short.write_text(EXAMPLE, encoding="utf-8")
    told, real = load_settings(shown), load_settings(short)
    assert (told.language, told.refund, told.rules) == (real.language, real.refund, real.rules)
    assert told.quiet.weekly == real.quiet.weekly
    assert (real.quiet.hours, real.quiet.digest) == (None, None)
    home, real_home = told.accounts["home"], real.accounts["home"]
    assert isinstance(home, ImapSettings)
    assert isinstance(real_home, ImapSettings)
    for key in ("tls", "port", "dkim", "poll", "history"):
        assert getattr(home, key) == getattr(real_home, key), key
    assert told.channels["phone"].severities == real.channels["phone"].severities


def test_the_example_shows_every_setting_there_is() -> None:
    """A setting that nobody can find does not exist."""
    shown = tomllib.loads(EVERYTHING)
    assert set(shown) == set(known_keys(Settings))
    accounts = {key for account in shown["account"].values() for key in account}
    tables = (ImapSettings, MaildirSettings, MboxSettings)
    assert accounts == {key for table in tables for key in known_keys(table)}
    assert set(shown["channel"]["phone"]) == set(known_keys(ChannelSettings))
    assert set(shown["refund"]) == set(known_keys(RefundSettings))
    assert set(shown["quiet"]) == set(known_keys(QuietSettings))
