"""Puts text into the clipboard of the person's desktop, where there is one."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pyperclip

from watcher.domain.errors import Problem

_PLACE: Final = "clipboard"


def copy_to_clipboard(text: str) -> Problem | None:
    """Put `text` into the clipboard; says what was in the way, or nothing where it is there now.

    The clipboard is read back: its programs fail without telling when no desktop answers them.
    """
    copy, paste = _find_clipboard()
    try:
        with _silenced():
            copy(text)
            arrived = paste()
    except (pyperclip.PyperclipException, OSError, UnicodeError):
        arrived = None
    if arrived is not None and arrived.splitlines() == text.splitlines():
        return None
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        what = "the text did not get there"
        fix = "install xclip or xsel, on Wayland wl-clipboard; or mark the text above and copy it"
    else:
        what = "there is no desktop here, as over SSH"
        fix = "mark the text above and copy it"
    return Problem(place=_PLACE, what=what, fix=fix)


def _find_clipboard() -> tuple[Callable[[str], None], Callable[[], str]]:
    # Asked anew at each call: the library's own `copy` remembers the first answer for ever.
    found: tuple[Callable[[str], None], Callable[[], str]] = pyperclip.determine_clipboard()
    return found


@contextmanager
def _silenced() -> Iterator[None]:
    """Give what is started in here no output of ours.

    xclip stays behind to serve the clipboard: with our output in its hands, whoever reads that
    through a pipe would wait for as long as it lives.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(number) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in (1, 2):
            os.dup2(nowhere, number)
        yield
    finally:
        os.close(nowhere)
        for number, copy in enumerate(kept, 1):
            os.dup2(copy, number)
            os.close(copy)
