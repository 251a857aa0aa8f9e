"""The settings: one TOML file, read once into one frozen value."""

from watcher.adapters.settings.loading import load_settings
from watcher.adapters.settings.models import (
    AccountSettings,
    ChannelSettings,
    ImapSettings,
    MaildirSettings,
    MboxSettings,
    QuietSettings,
    RefundSettings,
    Settings,
)
from watcher.adapters.settings.places import find_settings, find_state

__all__ = [
    "AccountSettings",
    "ChannelSettings",
    "ImapSettings",
    "MaildirSettings",
    "MboxSettings",
    "QuietSettings",
    "RefundSettings",
    "Settings",
    "find_settings",
    "find_state",
    "load_settings",
]
