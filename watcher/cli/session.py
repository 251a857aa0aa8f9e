"""What every command needs: where the settings and the state are, and what time it is."""

import functools
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from watcher.adapters.credentials import Credentials, gather_credentials
from watcher.adapters.privileges import become_owner
from watcher.adapters.settings import Settings, find_settings, find_state, load_settings
from watcher.adapters.settings.scalars import find_zone
from watcher.adapters.sql.store import SqlStore
from watcher.app.clock import choose_clock
from watcher.app.compose import STATE_FILE, Watch, compose, outlook_of
from watcher.app.guidance import Outlook, make_wording
from watcher.domain.clock import Terms
from watcher.domain.errors import Problem, UserError
from watcher.flow.ports import Now
from watcher.flow.wording import Wording

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The settings file. Default: $ALIWATCH_CONFIG, then ~/.config/aliwatch/aliwatch.toml, "
        "then /etc/aliwatch/aliwatch.toml (for root the other way round).",
    ),
]
StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="FOLDER",
        help="The state folder. Default: $STATE_DIRECTORY, then $XDG_STATE_HOME/aliwatch; "
        "for root /var/lib/aliwatch.",
    ),
]
NowOption = Annotated[str | None, typer.Option("--now", metavar="TIME", hidden=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@dataclass(kw_only=True)
class Session:
    """One call of the command line. Opens nothing before it is asked to."""

    config: Path | None = None
    state: Path | None = None
    now: Now = field(default_factory=lambda: choose_clock(None))
    _store: SqlStore | None = None
    _credentials: Credentials | None = None
    _state_folder: Path | None = None
    _settings_file: Path | UserError | None = None

    @property
    def state_folder(self) -> Path:
        """The state folder; it need not exist. The same for the whole call."""
        if self._state_folder is None:
            self._state_folder = find_state(self.state)
        return self._state_folder

    def step_down(self) -> None:
        """As root, become the owner of the state before anything is opened.

        What only root may read for the service is read first, and kept in memory.

        Raises:
            UserError: stepping down failed.

        """
        if self._credentials is None:
            self._credentials = gather_credentials()
            # Whoever it becomes has places of their own: what root meant is found before.
            self._find_settings()
            become_owner(self.state_folder)

    @property
    def settings_file(self) -> Path:
        """The settings file. The same for the whole call.

        Raises:
            UserError: there is none.

        """
        found = self._find_settings()
        if isinstance(found, UserError):
            raise found
        return found

    def _find_settings(self) -> Path | UserError:
        if self._settings_file is None:
            try:
                self._settings_file = find_settings(self.config)
            except UserError as error:
                self._settings_file = error
        return self._settings_file

    def settings(self) -> Settings:
        """The settings.

        Raises:
            UserError: with every problem of the file.

        """
        path = self.settings_file
        self.step_down()
        return load_settings(path, credentials=self._credentials)

    def settings_if_any(self) -> Settings | None:
        """The settings, or nothing where no file is found and none was asked for."""
        if isinstance(self._find_settings(), UserError) and self.config is None:
            return None
        return self.settings()

    def store(self) -> SqlStore:
        """The database; the state folder is made where it is missing.

        Raises:
            UserError: the folder or the file cannot be used.

        """
        if self._store is None:
            self.step_down()
            folder = self.state_folder
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise UserError(
                    Problem(
                        place=str(folder),
                        what=f"cannot be made: {error.strerror}",
                        fix="name a folder of your own with --state",
                    )
                ) from error
            self._store = SqlStore.open(folder / STATE_FILE)
        return self._store

    def look(self) -> SqlStore:
        """The database for a command that only looks: where there is none yet, none is made.

        Raises:
            UserError: the file cannot be used.

        """
        if self._store is None:
            self.step_down()
            if not (self.state_folder / STATE_FILE).exists():
                return SqlStore.open(None)
        return self.store()

    def watch(self, store: SqlStore | None = None) -> Watch:
        """Everything put together.

        Raises:
            UserError: the settings, or a file beside them, are wrong.

        """
        settings = self.settings()
        return compose(settings, store or self.store(), self.now, self.settings_file.parent)

    def wording(self) -> Wording:
        """What decisions and words are made from; sensible without a settings file, too."""
        settings = self.settings_if_any()
        if settings is not None:
            return make_wording(outlook_of(settings, self.settings_file.parent))
        return make_wording(
            Outlook(
                zone=find_zone(os.environ),
                language="en",
                terms=Terms(),
                holidays=("CN",),
                overrides=None,
            )
        )

    def close(self) -> None:
        """Let go of what was opened."""
        if self._store is not None:
            self._store.close()


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command whose function takes a `Session` first.

    The options that every command has are added here, so that they stand before or after its name.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function).parameters.values())[1:]

        @functools.wraps(function)
        def call(ctx: typer.Context, **arguments: object) -> None:
            session = _open_session(ctx, arguments)
            try:
                function(session, **arguments)
            finally:
                session.close()

        shared = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for key, kind in (("config", ConfigOption), ("state", StateOption), ("now", NowOption))
        ]
        context = inspect.Parameter(
            "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        keywords = [own_one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for own_one in own]
        parameters = [context, *keywords, *shared]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
        call.__annotations__ = {one.name: one.annotation for one in parameters}
        app.command(name)(call)
        return function

    return register


def _open_session(ctx: typer.Context, arguments: dict[str, object]) -> Session:
    general = ctx.obj if isinstance(ctx.obj, dict) else {}
    places = {key: arguments.pop(key, None) or general.get(key) for key in ("config", "state")}
    now = arguments.pop("now", None) or general.get("now")
    try:
        clock = choose_clock(None if now is None else str(now))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--now") from None
    return Session(
        config=_path(places["config"]),
        state=_path(places["state"]),
        now=clock,
    )


def _path(value: object) -> Path | None:
    return None if value is None else Path(str(value))


def on_terminal() -> bool:
    """Whether a person reads standard output at a terminal."""
    return sys.stdout.isatty()
