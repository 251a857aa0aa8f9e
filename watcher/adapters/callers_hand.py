"""Puts a pack down where the person who typed `sudo` may write, and as nobody else.

The command becomes the state's owner before it opens anything, and that user can write into no
folder of the person's. So this process is started before: it waits as the person themself, and
is handed the finished pack. Run as `python -m watcher.adapters.callers_hand PATH KIND FORCE`: a zip
on standard input, one JSON object with what went wrong, if anything did, on standard output.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from watcher.adapters.pack_files import NotPut, Place, put_pack
from watcher.adapters.privileges import become_caller, find_caller, find_owner
from watcher.domain.errors import Problem, TransientError, UserError

_ZIP: Final = "zip"
_FOLDER: Final = "folder"
_FORCE: Final = "force"
_KEEP: Final = "keep"

Put = Callable[[bytes], None]


@contextmanager
def hand_of_caller(place: Place, state: Path) -> Iterator[Put]:
    """Answer what puts a pack (a zip) down at `place`; enter it before the step down from root.

    Without sudo it is this process itself. A root that nobody's sudo made writes as root.

    Raises:
        UserError: the state folder is one that root does not follow.
        NotPut: as `put_pack`, and TransientError likewise.

    """
    owner = find_owner(state) if os.geteuid() == 0 else None
    if find_caller(os.environ) is None and (owner is None or owner.uid == 0):
        yield partial(put_pack, place)
        return
    # Where the command fails before, the process reads that there is nothing, and ends.
    with _start(place) as process:
        yield partial(_hand_over, process)


def _start(place: Place) -> subprocess.Popen[bytes]:
    command = (
        *(sys.executable, "-P", "-m", "watcher.adapters.callers_hand"),
        *(str(place.path), _ZIP if place.zipped else _FOLDER, _FORCE if place.force else _KEEP),
    )
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _hand_over(process: subprocess.Popen[bytes], archive: bytes) -> None:
    answer = process.communicate(archive)[0]
    if process.returncode != 0:
        raise RuntimeError(f"the writing process ended with {process.returncode}")
    said = json.loads(answer)
    if problem := said.get("problem"):
        raise NotPut(Problem(**problem))
    if transient := said.get("transient"):
        raise TransientError(transient)


def main(arguments: list[str]) -> None:
    """Become the caller, put down what comes in, and say what went wrong."""
    path, kind, force = arguments
    place = Place(path=Path(path), zipped=kind == _ZIP, force=force == _FORCE)
    said: dict[str, object] = {}
    try:
        become_caller(os.environ)
        if archive := sys.stdin.buffer.read():
            put_pack(place, archive)
    except UserError as error:
        [problem] = error.problems
        said = {"problem": {"place": problem.place, "what": problem.what, "fix": problem.fix}}
    except TransientError as error:
        said = {"transient": str(error)}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1:])
