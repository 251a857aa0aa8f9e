"""Secrets: every way to refer to one, and every way in which it is not there."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from watcher.adapters.credentials import Credentials, gather_credentials
from watcher.adapters.secrets import SecretCommand, SecretReference
from watcher.adapters.settings import ImapSettings, load_settings
from watcher.domain.errors import Problem, UserError

SECRET = "k7-this-never-shows"

Refer = Callable[..., SecretReference]


@pytest.fixture
def refer(tmp_path: Path) -> Refer:
    """Load settings whose password is the given TOML, and return the reference."""

    def load(reference: str, credentials: Credentials | None = None) -> SecretReference:
        path = tmp_path / "aliwatch.toml"
        account = '[account.home]\nhost = "localhost"\nuser = "me"\npassword = '
        path.write_text(account + reference, encoding="utf-8")
        home = load_settings(path, credentials=credentials or Credentials()).accounts["home"]
        assert isinstance(home, ImapSettings)
        return home.password

    return load


def fail(secret: SecretReference, tmp_path: Path) -> Problem:
    """Resolve a secret that is not there, and return the one problem."""
    with pytest.raises(UserError) as caught:
        secret.resolve({})
    (problem,) = caught.value.problems
    assert problem.place == f"{tmp_path / 'aliwatch.toml'}: account.home.password"
    assert problem.fix
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    return problem


@pytest.mark.parametrize("content", [SECRET, SECRET + "\n", SECRET + "\r\n"])
def test_a_file_gives_its_secret_without_the_newline(
    refer: Refer, tmp_path: Path, content: str
) -> None:
    """A file beside the settings is read, as an editor or as `printf` wrote it."""
    (tmp_path / "pw").write_bytes(content.encode())
    assert refer('{ file = "pw" }').resolve() == SECRET


def test_spaces_belong_to_the_secret(refer: Refer, tmp_path: Path) -> None:
    """Gmail shows app passwords with spaces; nothing but the newline is taken off."""
    (tmp_path / "pw").write_text(" a b \n")
    assert refer('{ file = "pw" }').resolve() == " a b "


def test_a_changed_file_is_read_anew(refer: Refer, tmp_path: Path) -> None:
    """Nothing is kept: a new password works at the next login."""
    secret = refer('{ file = "pw" }')
    for content in ("one", "two"):
        (tmp_path / "pw").write_text(content)
        assert secret.resolve() == content


def test_an_environment_variable_gives_its_secret(refer: Refer) -> None:
    """`{ env = … }` is read at the time of use."""
    assert refer('{ env = "IMAP_PW" }').resolve({"IMAP_PW": SECRET}) == SECRET


def test_a_command_gives_its_secret_without_a_shell(refer: Refer) -> None:
    """The words reach the program as they are, with no shell to expand them."""
    secret = refer(
        f'{{ command = ["{sys.executable}", "-c", "import sys; print(sys.argv[1])", "$A;*"] }}'
    )
    assert secret.resolve() == "$A;*"


def test_a_credential_is_found_under_its_own_name_and_under_the_folders(
    refer: Refer, tmp_path: Path
) -> None:
    """Systemd names a credential by itself or after the folder it was loaded from."""
    (tmp_path / "imap-password").write_text("one\n")
    (tmp_path / "aliwatch_other").write_text("two\n")
    store = gather_credentials({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert refer('{ credential = "imap-password" }', store).resolve() == "one"
    assert refer('{ credential = "other" }', store).resolve() == "two"


def test_root_reads_the_credentials_beforehand(refer: Refer, tmp_path: Path) -> None:
    """After root stepped down the folder may be closed: the contents are in memory, unseen."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "imap-password").write_text(SECRET)
    (folder / "link").symlink_to(folder / "imap-password")
    (folder / "folder").mkdir()
    store = gather_credentials({}, euid=0, folder=folder)
    (folder / "imap-password").unlink()
    secret = refer('{ credential = "imap-password" }', store)
    assert secret.resolve() == SECRET
    assert SECRET not in repr((store, secret))
    assert set(store.loaded) == {"imap-password"}


def test_nobody_but_root_reads_the_credentials_folder(tmp_path: Path) -> None:
    """A person's own command does not try the service's secrets."""
    (tmp_path / "a").write_text(SECRET)
    assert gather_credentials({}, euid=1000, folder=tmp_path).loaded == {}


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ('{ file = "none" }', "does not exist"),
        ('{ file = "." }', "cannot be read"),
        ('{ file = "empty" }', "empty"),
        ('{ file = "two-lines" }', "more than one line"),
        ('{ file = "latin-1" }', "not UTF-8"),
        ('{ file = "big" }', "too big"),
        ('{ env = "NOT_SET" }', "NOT_SET is not set"),
        ('{ credential = "none" }', "no credential 'none'"),
        ('{ command = ["no-such-program-here"] }', "cannot be started"),
        (
            f'{{ command = ["sh", "-c", "echo {SECRET}; echo {SECRET} >&2; exit 3"] }}',
            "exit code 3",
        ),
        ('{ command = ["true"] }', "empty"),
    ],
)
def test_a_secret_that_is_not_there_is_named_with_place_and_fix(
    refer: Refer, tmp_path: Path, reference: str, words: str
) -> None:
    """The setting, what is wrong and what to do: and never a word of the secret or its output."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "two-lines").write_text(f"{SECRET}\nurl: x\n")
    (tmp_path / "latin-1").write_bytes(SECRET.encode() + b"\xe4")
    (tmp_path / "big").write_text("x" * 70_000)
    assert words in fail(refer(reference), tmp_path).what


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """A password tool that waits for an answer holds the daemon up for its time-out at most."""
    mark = tmp_path / "mark"
    script = f"(sleep 3; touch {mark}) & sleep 60"
    command = SecretCommand(words=("sh", "-c", script), seconds=0.5)
    start = time.monotonic()
    with pytest.raises(UserError, match="gave no answer"):
        SecretReference(source=command).resolve()
    assert time.monotonic() - start < 20
    time.sleep(3.5)
    assert not mark.exists()


@pytest.mark.parametrize(
    "reference",
    [
        f'"{SECRET}"',
        f'{{ fil = "{SECRET}" }}',
        f'{{ file = "a", env = "{SECRET}" }}',
        "{}",
        "3",
        f'{{ env = "{SECRET}=" }}',
        "{ env = 3 }",
        '{ file = "" }',
        "{ command = [] }",
        f'{{ command = "{SECRET}" }}',
        f'{{ command = ["{SECRET}", 3] }}',
        f'{{ credential = "../{SECRET}" }}',
        '{ credential = "" }',
    ],
)
def test_a_reference_that_is_none_is_refused_without_showing_it(
    refer: Refer, tmp_path: Path, reference: str
) -> None:
    """What stands where a reference should be may be the password: it is not quoted."""
    with pytest.raises(UserError) as caught:
        refer(reference)
    (problem,) = caught.value.problems
    assert problem.place == f"{tmp_path / 'aliwatch.toml'}: account.home.password"
    assert SECRET not in str(caught.value)


def test_a_reference_shows_where_and_never_what(refer: Refer, tmp_path: Path) -> None:
    """A reference may be logged: command words and contents stay out of it."""
    (tmp_path / "pw").write_text(SECRET)
    from_file, command = refer('{ file = "pw" }'), refer(f'{{ command = ["pass", "{SECRET}"] }}')
    from_file.resolve()
    assert str(tmp_path / "pw") in repr(from_file)
    assert SECRET not in repr((from_file, command))


@pytest.mark.parametrize(("mode", "weak"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_secret_open_to_others_is_reported(
    refer: Refer, tmp_path: Path, mode: int, weak: bool
) -> None:
    """`doctor` can say which file to close, and how."""
    (tmp_path / "pw").write_text(SECRET)
    (tmp_path / "pw").chmod(mode)
    weaknesses = refer('{ file = "pw" }').weaknesses()
    assert [f"chmod 600 {tmp_path / 'pw'}" in found.fix for found in weaknesses] == [True] * weak


def test_a_secret_elsewhere_has_no_such_weakness(refer: Refer) -> None:
    """Only files have modes; a missing file is not called open."""
    assert refer('{ env = "A" }').weaknesses() == ()
    assert refer('{ file = "none" }').weaknesses() == ()
