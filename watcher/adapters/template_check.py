"""Says what is wrong with a person's own templates, and where."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from traceback import walk_tb

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Environment
from jinja2.meta import find_undeclared_variables

from watcher.adapters.template_language import LINK_SUFFIX, NAMES, SUFFIX
from watcher.domain.errors import Problem


def find_problems(
    environment: Environment, folder: Path, *, known: Sequence[str], skipped: str | None = None
) -> Iterator[Problem]:
    """Every problem of the templates in `folder`, but for its sub-folder `skipped`.

    `known` are the names that alerts are looked up by; a template under another name would never
    be used, unless it begins with an underscore and is included by others.
    """
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        if path.relative_to(folder).parts[0] == skipped:
            continue
        name = path.name.removesuffix(SUFFIX)
        if name not in known and not name.startswith("_"):
            yield Problem(
                place=str(path), what=f"nothing is called {name!r}", fix=_nearest(name, known)
            )
        yield from _mistakes(environment, path)


def explain(error: BaseException, name: str) -> Problem:
    """Where filling in the template called `name` failed, and why."""
    place = name + SUFFIX
    if isinstance(error, TemplateSyntaxError):
        place = f"{error.filename or place}:{error.lineno}"
    else:
        for frame, line in walk_tb(error.__traceback__):
            if frame.f_code.co_filename.endswith(SUFFIX):
                place = f"{frame.f_code.co_filename}:{line}"
    return Problem(place=place, what=str(error), fix="correct the template, or remove it")


def _mistakes(environment: Environment, path: Path) -> Iterator[Problem]:
    try:
        tree = environment.parse(path.read_text(encoding="utf-8"), filename=str(path))
        # Compiled as well: unknown filters are found only then.
        environment.compile(tree, filename=str(path))
    except TemplateSyntaxError as error:
        yield Problem(place=f"{path}:{error.lineno}", what=error.message or "not a template")
        return
    except (UnicodeDecodeError, OSError) as error:
        yield Problem(place=str(path), what=str(error), fix="templates are UTF-8 text")
        return
    undeclared = find_undeclared_variables(tree) - NAMES
    unknown = {name for name in undeclared if not name.endswith(LINK_SUFFIX)}
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            unknown.discard(node.name)
            yield Problem(
                place=f"{path}:{node.lineno}",
                what=f"unknown name {node.name!r}",
                fix=_nearest(node.name, sorted(NAMES)),
            )


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
