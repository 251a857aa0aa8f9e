"""`evidence`: everything about an order in one pack."""

import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from watcher.adapters.callers_hand import hand_of_caller
from watcher.adapters.evidence_pack import PAGE, Pack, make_pack
from watcher.adapters.pack_files import NotPut, Place
from watcher.cli.console import complain, say, say_json
from watcher.cli.orders import OrderArgument, read_order, unknown_order
from watcher.cli.session import JsonOption, Session, command
from watcher.domain.dossier import Dossier
from watcher.domain.errors import Problem
from watcher.flow.acts import MistakenCall
from watcher.flow.evidence import gather

PIPE = "-"
ZIP = ".zip"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    command(app, "evidence")(evidence)


def evidence(
    session: Session,
    order: OrderArgument,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="PATH",
            help="The folder to write, or a zip where it ends in .zip; - writes a zip to the pipe. "
            "Default: evidence-ORDER, here.",
        ),
    ] = None,
    zipped: Annotated[bool, typer.Option("--zip", help="Write one zip.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Put your own notes in as well.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier pack.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write all that is known of an order into one folder.

    For a bank, or to attach to a dispute: the original mails, a timeline to read and to print
    (with every time limit and how it was counted), the letters, and the check sums of all of it.
    Your notes stay out of it, unless you say --notes.
    """
    number = read_order(order)
    if to == PIPE:
        _refuse_terminal(as_json=as_json)
        dossier, pack = _collect(session, number, with_notes=notes)
        sys.stdout.buffer.write(pack.as_zip())
        sys.stdout.flush()
        _warn(dossier)
        return
    place = _place(number, to, zipped=zipped, force=force)
    try:
        with hand_of_caller(place, session.state_folder) as put:
            dossier, pack = _collect(session, number, with_notes=notes)
            put(pack.as_zip())
    except NotPut as error:
        raise MistakenCall(*error.problems) from None
    if as_json:
        say_json(_as_json(place, dossier, pack))
        return
    counts = (
        _count(len(dossier.papers), "mail"),
        _count(len(dossier.letters), "letter"),
        _count(len(dossier.alerts), "reminder"),
    )
    say(f"{place.path}: {', '.join(counts)}")
    say(f"    Begin with {PAGE}: open it in a browser, or print it there as a PDF.")
    _warn(dossier)


def _collect(session: Session, order: str, *, with_notes: bool) -> tuple[Dossier, Pack]:
    wording = session.wording()
    with session.look().reading() as books:
        dossier = gather(books, order, wording, session.now(), with_notes=with_notes)
    if dossier is None:
        raise unknown_order(order)
    steps = {rung.name: rung.title for rung in wording.guidance.playbook.rungs}
    return dossier, make_pack(dossier, steps=steps, program=f"aliwatch {version('aliwatch')}")


def _place(order: str, to: str | None, *, zipped: bool, force: bool) -> Place:
    path = Path(to or f"evidence-{order}{ZIP if zipped else ''}")
    return Place(path=path, zipped=zipped or path.suffix.lower() == ZIP, force=force)


def _refuse_terminal(*, as_json: bool) -> None:
    if as_json or sys.stdout.isatty():
        raise MistakenCall(
            Problem(
                place="--to -",
                what="the zip goes to standard output, and nothing else does",
                fix="leave --json out, and write it to a file: --to - > evidence.zip",
            )
        )


def _warn(dossier: Dossier) -> None:
    """Say what the person should know before the pack leaves their hands."""
    complain("    The mails hold your name and address: look through them before you hand them on.")
    others = [number for number, paper in enumerate(dossier.papers, 1) if paper.other_orders]
    if others:
        named = ", ".join(f"{number:02}" for number in others)
        complain(f"    Of other orders of yours, too, speaks mail {named}.")
    if dossier.notes_left_out:
        notes = _count(dossier.notes_left_out, "note")
        complain(f"    Left out: {notes} of yours; --notes puts them in.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _as_json(place: Place, dossier: Dossier, pack: Pack) -> dict[str, object]:
    return {
        "order": dossier.case.order,
        "path": str(place.path),
        "zip": place.zipped,
        "mails": len(dossier.papers),
        "letters": len(dossier.letters),
        "alerts": len(dossier.alerts),
        "notes": dossier.notes,
        "notes_left_out": dossier.notes_left_out,
        "files": [
            {"path": path, "bytes": len(content), "sha256": sha256(content).hexdigest()}
            for path, content in sorted(pack.files.items())
        ],
    }
