"""Mails that a fuzzer once found, and the fuzzer itself for a moment."""

import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.read_mail import Reader

FUZZER = Path(__file__).parent / "read_mail.py"
FOUND = sorted(path for path in (FUZZER.parent / "found").glob("*") if path.suffix != ".md")


@pytest.fixture(scope="module")
def read() -> Reader:
    """Make one reader for all mails."""
    return Reader()


def test_mails_that_once_broke_a_promise_keep_them_all(read: Reader) -> None:
    """Whatever was found once is read, or set aside, ever after."""
    assert FOUND
    for path in FOUND:
        assert read(path.read_bytes()), path.name


def test_fuzzer_reads_damaged_mails_and_breaks_nothing() -> None:
    """A short run reads mails of every outcome, and no promise breaks."""
    run = subprocess.run(
        [sys.executable, str(FUZZER), "--seconds", "3", "--seed", "2", "--engine", "plain"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for outcome in ("recognised", "foreign", "unrecognised", "unreadable"):
        assert f"'{outcome}'" in run.stdout
    assert ", 0 broke a promise" in run.stdout
