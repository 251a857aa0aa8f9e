"""The exit codes, by name. Source: sysexits.h, where it has one."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's end means."""

    FINE = 0
    BUG = 1
    USAGE = 2
    """The call does not fit: an unknown order or step, a wrong option."""
    TEMPORARY = 75
    """Time may cure it: try again."""
    CONFIGURATION = 78
    """The settings, or something they name, must be changed."""
