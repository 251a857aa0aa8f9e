"""The doorbells' threads: what time cures is waited for, and a bug is not swallowed."""

from contextlib import AbstractContextManager

from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.doorbell import Doorbell, Ring
from watcher.adapters.sql.store import SqlBooks
from watcher.app.bells import Bells
from watcher.domain.errors import Problem, TransientError, UserError


class LockedStore:
    """A database that another writer does not let go of."""

    asked = 0

    def writing(self) -> AbstractContextManager[SqlBooks]:
        """Never begins."""
        raise TransientError("database is locked")

    def reading(self) -> AbstractContextManager[SqlBooks]:
        """Never begins."""
        self.asked += 1
        raise TransientError("database is locked")


class ScriptedBell(Doorbell):
    """A bell without a server: each wait ends as written down."""

    def __init__(self, *script: Ring | Exception) -> None:
        super().__init__(
            ImapAccount(host="127.0.0.1", port=1, user="me", password=lambda: "", tls="none")
        )
        self.script = list(script)

    def wait(self, seconds: float) -> Ring:
        """The next line of the script."""
        del seconds
        line = self.script.pop(0)
        if isinstance(line, Exception):
            raise line
        return line


class Listener:
    """Bells that nobody started, with what they told."""

    def __init__(self) -> None:
        self.store = LockedStore()
        self.rings: list[str] = []
        self.errors: list[BaseException] = []
        self.bells = Bells(
            [], self.store, on_ring=self.rings.append, on_error=self.errors.append, pause=0.001
        )

    def listen(self, *script: Ring | Exception) -> None:
        """Go through the script in this thread."""
        self.bells._listen("home", ScriptedBell(*script))


def test_bell_goes_on_after_what_time_cures() -> None:
    """A broken line and a secret that is late cost a pause, and the next ring is heard."""
    listener = Listener()
    late = TransientError("the password store is locked")
    listener.listen(Ring.BROKEN, late, Ring.QUIET, Ring.NEW_MAIL, Ring.UNSUPPORTED)
    assert listener.rings == ["home"]
    assert listener.errors == []


def test_refused_bell_outlives_a_locked_database() -> None:
    """Asking whether the account is well again may fail as often as it likes."""
    listener = Listener()
    assert not listener.bells._is_well("home")
    assert listener.store.asked == 1


def test_bug_in_a_bell_is_handed_on() -> None:
    """A thread that dies in silence would cost hours of latency for months."""
    listener = Listener()
    bug = KeyError("a bug")
    listener.listen(bug)
    assert listener.errors == [bug]


def test_refused_login_ends_no_bell() -> None:
    """The operator's to mend: the bell waits for the poll to get in, until it is stopped."""
    listener = Listener()
    listener.bells.stop()
    refused = UserError(Problem(place="home", what="refused"))
    bell = ScriptedBell(refused)
    assert listener.bells._hear("home", bell)
    bell.close()
    assert listener.errors == []
