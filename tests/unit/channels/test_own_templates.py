"""Templates of the person's own come first, and their mistakes lose no alert."""

from datetime import UTC, date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import DictLoader, TemplateNotFound
from jinja2.meta import find_undeclared_variables

from watcher.adapters.template_language import NAMES, find_locale, make_environment
from watcher.adapters.templates import Renderer
from watcher.domain.errors import UserError
from watcher.domain.money import Money

ORDER = "8012345678901234"
ORDER_LINK = f"https://www.aliexpress.com/p/order/detail.html?orderId={ORDER}"
PAID = Money(amount=Decimal("12.34"), currency="EUR")
CONTEXT = {
    "channel": "phone",
    "order": ORDER,
    "order_link": ORDER_LINK,
    "amount": PAID,
    "remaining": PAID,
    "reason": None,
    "closed": date(2026, 11, 3),
    "deadline": date(2026, 12, 1),
    "days_left": 28,
    "working_days": 20,
    "clock_name": "refund",
}
SHIPPED = "This is how alerts reach you"


def renderer(overrides: Path | None = None, *, language: str = "en") -> Renderer:
    """A renderer in Berlin."""
    return Renderer(zone=ZoneInfo("Europe/Berlin"), language=language, overrides=overrides)


def test_own_template_takes_precedence(tmp_path: Path) -> None:
    """A file of the person's own is used instead of the shipped one, its language's first."""
    name = "test_alert.txt.j2"
    (tmp_path / name).write_text("Any {{ order }}\n\nflat {{ order_link }}", encoding="utf-8")
    assert renderer(tmp_path).render("test_alert", CONTEXT).body == f"flat {ORDER_LINK}"
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / name).write_text('T\n\nEn {% include "_last_day.txt.j2" %}', "utf-8")
    alert = renderer(tmp_path).render("test_alert", CONTEXT)
    assert alert.body.startswith("En Last day for the refund")
    assert alert.problem is None


def test_own_letter_takes_precedence(tmp_path: Path) -> None:
    """Letters of the person's own lie in the folder `letters`."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "open_dispute.txt.j2").write_text("Mine: {{ order }}", "utf-8")
    own = renderer(tmp_path)
    assert own.letter("open_dispute", CONTEXT) == f"Mine: {ORDER}"
    assert ORDER in own.letter("contact_seller", CONTEXT)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("Title\n\n{{ ordr }}", 3),
        ("Title\n{% if %}", 2),
        ("Title\n\n\n{{ 1 / 0 }}", 4),
        ("Title\n\n{{ amount|nosuch }}", 3),
        ("T\n{{ ''.__class__.__mro__ }}", 2),
        ("T\n{{ closed|money }}", 2),
        ("T\n{{ note_that_is_none|default(none) }}", 2),
    ],
)
def test_broken_own_template_does_not_lose_the_alert(
    tmp_path: Path, source: str, line: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The shipped text is sent instead, and file and line of the mistake are told and logged."""
    path = tmp_path / "test_alert.txt.j2"
    path.write_text(source, encoding="utf-8")
    alert = renderer(tmp_path).render("test_alert", CONTEXT)
    assert alert.body.startswith(SHIPPED)
    assert alert.problem is not None
    assert alert.problem.place == f"{path}:{line}"
    assert str(path) in caplog.text
    assert SHIPPED not in caplog.text


@pytest.mark.parametrize("content", [b"", b"  \n", b"{# only a remark #}", b"\xff\xfe\xff"])
def test_empty_or_unreadable_own_template_does_not_lose_the_alert(
    tmp_path: Path, content: bytes
) -> None:
    """A file without any text, or that is no text, is replaced by the shipped one."""
    (tmp_path / "test_alert.txt.j2").write_bytes(content)
    alert = renderer(tmp_path).render("test_alert", CONTEXT)
    assert alert.body.startswith(SHIPPED)
    assert alert.problem is not None


def test_check_names_every_mistake_at_once(tmp_path: Path) -> None:
    """All of the person's templates are checked: file, line, what is wrong, the nearest name."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "contact_seller.txt.j2").write_text("T\n{{ ordr }}", encoding="utf-8")
    (tmp_path / "open_disput.txt.j2").write_text("T", encoding="utf-8")
    (tmp_path / "summary.txt.j2").write_text("T\n\n{% for %}", encoding="utf-8")
    (tmp_path / "_part.txt.j2").write_text("{{ order|nosuch }}", encoding="utf-8")
    (tmp_path / "test_alert.txt.j2").write_bytes(b"\xff")
    (tmp_path / "letters" / "open_dispute.txt.j2").write_text("{{ qqqqqqq }}", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        renderer(tmp_path).check()
    found = {
        problem.place.removeprefix(f"{tmp_path}/"): problem for problem in caught.value.problems
    }
    assert set(found) == {
        "contact_seller.txt.j2:2",
        "open_disput.txt.j2",
        "summary.txt.j2:3",
        "_part.txt.j2:1",
        "test_alert.txt.j2",
        "letters/open_dispute.txt.j2:1",
    }
    assert "'order'" in found["contact_seller.txt.j2:2"].fix
    assert "'open_dispute'" in found["open_disput.txt.j2"].fix
    assert found["letters/open_dispute.txt.j2:1"].fix.startswith("known: ")


def test_sound_own_templates_pass_the_check(tmp_path: Path) -> None:
    """Nothing is found where nothing is wrong, nor where nothing is there."""
    (tmp_path / "contact_seller.txt.j2").write_text(
        "{{ order }}\n{{ closed|day }} {{ shop_link }}", "utf-8"
    )
    renderer(tmp_path).check()
    renderer(tmp_path / "missing").check()
    renderer().check()


def test_presence_of_templates_can_be_asked(tmp_path: Path) -> None:
    """A playbook that names an alert or letter that is not there can be refused in time."""
    (tmp_path / "my_step.txt.j2").write_text("T\n\n{{ order }}", encoding="utf-8")
    (tmp_path / "summary.txt.j2").write_text("{% broken", encoding="utf-8")
    own = renderer(tmp_path)
    assert own.has_alert("my_step")
    assert own.has_alert("summary")
    assert own.has_letter("open_dispute")
    assert not own.has_alert("nosuch")
    assert not renderer().has_alert("my_step")
    assert not own.has_letter("my_step")
    with pytest.raises(TemplateNotFound):
        own.render("nosuch", {})


def test_shipped_templates_use_only_known_names() -> None:
    """What a template may use is one list, and `check` knows all of it."""
    environment = make_environment(DictLoader({}), zone=UTC, locale=find_locale("en"))
    for folder in (
        files("watcher.config").joinpath("templates", "en"),
        *files("watcher.config").joinpath("letters").iterdir(),
    ):
        for entry in folder.iterdir():
            tree = environment.parse(entry.read_text(encoding="utf-8"))
            assert find_undeclared_variables(tree) - {"loop"} <= NAMES, entry.name
