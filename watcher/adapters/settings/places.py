"""Where the settings and the state are."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from watcher.domain.errors import Problem, UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlaces:
    """The folders of the system service, as its unit declares them."""

    settings: Path = Path("/etc/aliwatch/aliwatch.toml")
    state: Path = Path("/var/lib/aliwatch")


SERVICE = ServicePlaces()


def find_settings(
    explicit: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    euid: int | None = None,
    service: ServicePlaces = SERVICE,
) -> Path:
    """Name the settings file, absolute: what was asked for, or the first that exists.

    `--config` and `$ALIWATCH_CONFIG` are taken at their word. Then come `$XDG_CONFIG_HOME`
    (`~/.config` where it is not set) and the service's own; for root, who looks after the
    service, the service's own goes before `~/.config`.

    Raises:
        UserError: nothing was asked for, and no place has one.

    """
    environ = os.environ if environ is None else environ
    if explicit is not None:
        return _absolute(explicit)
    if named := environ.get("ALIWATCH_CONFIG"):
        return _absolute(Path(named))
    candidates = list(_settings_candidates(environ, _euid(euid), service))
    for candidate in candidates:
        if _exists(candidate):
            return candidate
    hidden = not os.access(service.settings.parent, os.X_OK) and _exists(service.settings.parent)
    raise UserError(
        Problem(
            place="settings",
            what="no settings file found; looked for " + ", ".join(map(str, candidates)),
            fix=(
                f"the service's settings in {service.settings.parent} are closed to this user: "
                "use sudo, or write your own"
                if hidden
                else f"write {candidates[0]}, or name one with --config"
            ),
        )
    )


def find_state(
    explicit: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    euid: int | None = None,
    service: ServicePlaces = SERVICE,
) -> Path:
    """Name the state folder, absolute; it need not exist yet.

    `--state`, `$STATE_DIRECTORY`, `$XDG_STATE_HOME/aliwatch`; then, for root and for the user it
    belongs to, the service's own; then `~/.local/state/aliwatch`.
    """
    environ = os.environ if environ is None else environ
    if explicit is not None:
        return _absolute(explicit)
    if given := environ.get("STATE_DIRECTORY"):
        # systemd separates several folders by a colon; the first is the unit's own.
        return _absolute(Path(given.partition(":")[0]))
    if xdg := _absolute_variable(environ, "XDG_STATE_HOME"):
        return xdg / "aliwatch"
    if _owns(_euid(euid), service.state):
        return service.state
    return _home(environ) / ".local" / "state" / "aliwatch"


def _settings_candidates(
    environ: Mapping[str, str], euid: int, service: ServicePlaces
) -> Iterator[Path]:
    own = Path("aliwatch") / "aliwatch.toml"
    xdg = _absolute_variable(environ, "XDG_CONFIG_HOME")
    if xdg is not None:
        yield xdg / own
    if euid == 0:
        yield service.settings
    if xdg is None:
        yield _home(environ) / ".config" / own
    if euid != 0:
        yield service.settings


def _owns(euid: int, folder: Path) -> bool:
    try:
        owner = folder.lstat().st_uid
    except OSError:
        return False
    return euid in {0, owner}


def _absolute_variable(environ: Mapping[str, str], name: str) -> Path | None:
    """Read a folder from the environment; a relative one counts as unset (XDG base directories)."""
    value = environ.get(name, "")
    return Path(value) if value.startswith("/") else None


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or Path.home())


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 -- resolve() follows links


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def _euid(given: int | None) -> int:
    return os.geteuid() if given is None else given
