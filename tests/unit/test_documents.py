"""The documents: everything that can be typed or set is in them, and what is in them exists."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import GeneratorType
from typing import Any, get_args

import pytest
import typer.main
from pydantic import BaseModel

import watcher
from watcher.adapters import rule_tables
from watcher.adapters.playbook_file import RUNG_KEYS
from watcher.adapters.rule_tables import CurrenciesTable, LanguageTable, SendersTable
from watcher.adapters.settings import (
    ChannelSettings,
    ImapSettings,
    MaildirSettings,
    MboxSettings,
    QuietSettings,
    RefundSettings,
    Settings,
    load_settings,
)
from watcher.adapters.settings.references import KINDS
from watcher.app.demo import AlertCame, Demo
from watcher.cli.exit_codes import ExitCode
from watcher.cli.main import app
from watcher.domain.event import PERSONAL_KINDS, EventKind, Evidence, Reason
from watcher.domain.playbook import Anchor

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config" / "aliwatch.toml.example").read_text(encoding="utf-8")
PLAYBOOK = (ROOT / "config" / "playbook.toml").read_text(encoding="utf-8")
DOCUMENTS = {
    "README.md": README,
    "ARCHITECTURE.md": ARCHITECTURE,
    "CONTRIBUTING.md": CONTRIBUTING,
    "CHANGELOG.md": CHANGELOG,
}
GROUP: Any = typer.main.get_command(app)
COMMANDS: Mapping[str, Any] = GROUP.commands
HELP = ("-h", "--help")


def code(text: str) -> Iterator[str]:
    """Yield what stands in a document as code: the lines of its blocks, and its spans."""
    blocks = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
    for language, block in blocks.findall(text):
        if language in {"sh", "text"}:
            yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", blocks.sub("", text))


def keys_of(model: type[BaseModel]) -> Iterator[str]:
    """Every key that a table may have, and those of the tables in it."""
    for name, field in model.model_fields.items():
        yield field.alias or name
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, rule_tables.Table):
                yield from keys_of(part)


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield every call of the program in a document: its command, and the words after it."""
    for line in code(text):
        for call in re.findall(r"\baliwatch ([a-z][a-z-]*(?: [^|;#)]*)?)", line):
            name, *words = call.split()
            yield name, words


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme(name: str) -> None:
    """Nobody has to guess what there is to type."""
    named = {call for call, _ in calls(README)} | ({"demo"} if "make demo" in README else set())
    assert name in named
    assert f"`{name}`" in CHANGELOG


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_every_call_in_a_document_is_one(document: str) -> None:
    """What the documents tell to type is a command, with options that it has."""
    for name, words in calls(DOCUMENTS[document]):
        assert name in COMMANDS, f"{document}: aliwatch {name}"
        known = {flag for option in COMMANDS[name].params for flag in option.opts}
        for word in words:
            if word.startswith("-"):
                assert word in {*known, *HELP}, f"{document}: aliwatch {name} {word}"


def test_calls_are_found_at_all() -> None:
    """The search for calls sees blocks, spans and sudo."""
    text = "x `sudo aliwatch cases --all`\n```sh\n.venv/bin/aliwatch doctor  # why\n```\n"
    assert sorted(calls(text)) == [("cases", ["--all"]), ("doctor", [])]
    assert len(list(calls(README))) > 20


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_every_make_target_in_a_document_is_there(document: str) -> None:
    """What the documents tell to make, the Makefile can."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {
        target
        for line in code(DOCUMENTS[document])
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", line)
    }
    assert named <= targets
    assert named or document == "CHANGELOG.md"


def test_installation_takes_six_commands_at_the_most() -> None:
    """The service is there after six lines that can be typed as they stand."""
    section = README.split("## Run it as a service")[1].split("\n## ")[0]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block is not None
    lines = block[1].splitlines()
    assert len(lines) <= 6
    assert lines[0] == "sudo make install"
    assert lines[-1] == "sudo systemctl enable --now aliwatch"


@pytest.mark.parametrize(
    "key",
    sorted(
        {
            *(
                key
                for model in (Settings, ChannelSettings, RefundSettings, QuietSettings)
                for key in keys_of(model)
            ),
            *keys_of(ImapSettings),
            *keys_of(MaildirSettings),
            *keys_of(MboxSettings),
        }
    ),
)
def test_every_setting_is_in_the_example(key: str) -> None:
    """Each setting stands in the example with its default or a choice, as a key or a heading."""
    assert re.search(rf"^#?\[?{key}(?: = |\.|\])", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_to_refer_to_a_secret_is_in_the_example(kind: str) -> None:
    """A file, a variable, a command, a credential: all four are shown."""
    assert f"{{ {kind} = " in EXAMPLE


def test_settings_in_the_readme_are_accepted(tmp_path: Path) -> None:
    """The settings that the set-up shows are complete, and right to the last key."""
    block = re.search(r"```toml\n(\[account\.home\].*?)```", README, re.DOTALL)
    assert block is not None
    path = tmp_path / "aliwatch.toml"
    path.write_text(block[1], encoding="utf-8")
    settings = load_settings(path)
    assert settings.accounts["home"].trusted_authserv == ("mx.google.com",)
    assert list(settings.channels) == ["phone"]


@pytest.mark.parametrize(
    "key", sorted({*keys_of(LanguageTable), *keys_of(SendersTable), *keys_of(CurrenciesTable)})
)
def test_every_key_of_a_rule_file_is_explained(key: str) -> None:
    """Who adds a language, a sender or a currency finds every key explained."""
    assert (
        f"`{key}`" in CONTRIBUTING or f"`[{key}]`" in CONTRIBUTING or f"`[[{key}]]`" in CONTRIBUTING
    )


@pytest.mark.parametrize(
    "word", sorted({*set(EventKind) - PERSONAL_KINDS, *Evidence, *Reason, "ignored"})
)
def test_every_word_that_a_rule_may_use_is_listed(word: str) -> None:
    """Kinds, reasons and evidence are listed where rules are explained."""
    assert f"`{word}`" in CONTRIBUTING


def test_example_of_a_language_is_a_whole_rule_file() -> None:
    """The language that CONTRIBUTING.md adds has the shape that the program wants."""
    table = LanguageTable.model_validate(tomllib.loads(_block(CONTRIBUTING, "toml", "language =")))
    assert [rule.id for rule in table.rule] == ["sv.order-cancelled"]


@pytest.mark.parametrize("key", [*RUNG_KEYS, "hour"])
def test_every_key_of_the_playbook_is_explained(key: str) -> None:
    """Who adds a step finds every key explained."""
    assert f"`{key}`" in CONTRIBUTING


@pytest.mark.parametrize("anchor", list(Anchor))
def test_every_anchor_is_named_in_the_playbook(anchor: Anchor) -> None:
    """What a step's time can be counted from stands at the head of the file."""
    head = PLAYBOOK.partition("[step.")[0]
    assert re.search(rf"\b{anchor}\b", head)


def test_example_of_a_step_has_only_known_keys() -> None:
    """The step that CONTRIBUTING.md adds is one that the playbook takes."""
    (step,) = tomllib.loads(_block(CONTRIBUTING, "toml", "[step."))["step"].values()
    assert set(step) <= set(RUNG_KEYS)


@pytest.mark.parametrize("exit_code", list(ExitCode))
def test_every_exit_code_is_in_the_readme(exit_code: ExitCode) -> None:
    """A script's author finds what each code means."""
    assert f"\n| {exit_code.value} | " in README


def test_alert_in_the_readme_is_a_real_one() -> None:
    """The picture is what the demo's first alert looks like today."""
    performance = Demo().play()
    assert isinstance(performance, GeneratorType)
    with closing(performance):
        alert = next(each for each in performance if isinstance(each, AlertCame))
    assert f"```text\n{alert.title}\n\n{alert.body.strip()}\n```" in README


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_every_link_within_the_project_leads_somewhere(document: str) -> None:
    """Links to files and headings of the project are not broken."""
    for target in re.findall(r"\]\(([^)]+)\)", DOCUMENTS[document]):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        path = ROOT / (name or document)
        assert path.exists(), target
        if heading:
            assert heading in _headings(path.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_named_in_a_document_is_there(document: str) -> None:
    """Paths of the project's own code and data exist, so a reader finds what is spoken of."""
    named = {
        word
        for line in code(DOCUMENTS[document])
        for word in re.findall(r"(?:watcher|config|tests)/[\w./-]*\w", line)
        if not re.search(r"/sv[.-]|send_photos", word)
    }
    # The built wheel brings its own `watcher/`, beside nothing of the repository.
    homes = {"watcher": Path(watcher.__file__).parents[1]}
    missing = [
        name for name in sorted(named) if not (homes.get(name.split("/")[0], ROOT) / name).exists()
    ]
    assert named
    assert not missing


def _headings(text: str) -> Sequence[str]:
    """The anchors of a document's headings."""
    lines = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in lines]


def _block(text: str, language: str, start: str) -> str:
    """The code block of a document that begins with `start`, without the indent of its list."""
    for block in re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        plain = "\n".join(line.removeprefix("   ") for line in block.splitlines())
        if plain.startswith(start):
            return plain
    raise AssertionError(f"no block that begins with {start!r}")
