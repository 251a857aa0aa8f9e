"""Runs commands of the program, each in a process of its own that need not load it anew.

One process imports the program once and forks for every command: a start costs hundredths of a
second instead of one. Nothing of one command is seen by the next. Run as `python FILE`.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from select import select
from threading import Lock
from typing import IO


class ForkServer:
    """A program that is loaded and waits for commands."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def run(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `aliwatch ARGUMENTS` with nothing on standard input; `timeout` is in seconds."""
        with self._lock, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            process = self._process or self._start()
            request = {
                "arguments": list(arguments),
                "folder": str(Path.cwd()),
                "environment": dict(environment),
                "out": f"/proc/{os.getpid()}/fd/{out.fileno()}",
                "errors": f"/proc/{os.getpid()}/fd/{errors.fileno()}",
            }
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            if not select([process.stdout], [], [], timeout)[0]:
                self.close()
                raise subprocess.TimeoutExpired(list(arguments), timeout)
            code = int(process.stdout.readline())
            return subprocess.CompletedProcess(
                list(arguments), code, stdout=_text(out), stderr=_text(errors)
            )

    def close(self) -> None:
        """End the program, and the command that it runs."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            (sys.executable, "-P", __file__), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self._process


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8")


def _serve() -> None:
    from watcher.cli.main import main  # noqa: PLC0415 -- only the server loads it

    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    for line in requests:
        child = os.fork()
        if child == 0:
            _run(json.loads(line), main)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answers.write(b"%d\n" % code)
        answers.flush()


def _run(request: dict[str, object], main: Callable[[], None]) -> None:
    """Be the command; never returns."""
    code = 1
    try:
        for number, name in ((0, os.devnull), (1, request["out"]), (2, request["errors"])):
            file = os.open(str(name), os.O_RDWR)
            os.dup2(file, number)
            os.close(file)
        os.chdir(str(request["folder"]))
        os.environ.clear()
        os.environ.update(request["environment"])  # type: ignore[call-overload]  # JSON
        sys.argv = ["aliwatch", *request["arguments"]]  # type: ignore[misc]  # JSON
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
