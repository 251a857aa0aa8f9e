"""What was bought and where: gone from a sample, which is read as before."""

import time

import pytest

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.private_things import ThingNames, name_things
from watcher.adapters.mail.scrub import scrub
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import Message, RawMail

RULES = load_ruleset()
PARSER = MailParser(senders=RULES.senders)
ORDER = "8045000000000013"


def mail(body: str, subject: str = f"Your order {ORDER} is closed", kind: str = "html") -> bytes:
    """Write a mail of AliExpress's."""
    return (
        "From: AliExpress <transaction@notice.aliexpress.com>\nTo: me@mail.example\n"
        f"Subject: {subject}\nMIME-Version: 1.0\n"
        f"Content-Type: text/{kind}; charset=utf-8\n\n{body}"
    ).encode()


def parse(content: bytes) -> Message:
    """Read a mail."""
    return PARSER(RawMail(content=content, received_at=None))


def sampled(content: bytes) -> tuple[str, Message]:
    """Make a sample as `report` does; return its source and what is read of it."""
    message = parse(content)
    made = scrub(content, things=name_things(RULES.things(message), message.anchors))
    return made.decode(), parse(made)


PAGE = (
    '<p><a href="https://www.aliexpress.com/store/1102345678">Kinky Corner Official Store &gt;</a>'
    "</p>"
    '<p><a href="https://www.aliexpress.com/item/velvet-blindfold/1005001234567890.html">'
    '<img alt="Velvet blindfold, soft black satin, adjustable" src="k.jpg">'
    "Velvet <b>blindfold</b>, soft...</a></p><p>Black</p><p>x1</p>"
    f"<p>Your order {ORDER} with VELVET blindfold, soft black satin, adjustable is closed.</p>"
)


def test_item_and_store_go_and_the_sample_reads_the_same() -> None:
    """In links, pictures, cut and whole: each by its shape; the reading finds them as before."""
    source, sample = sampled(mail(f"{PAGE}<p>Yours, Kinky Corner Official Store</p>"))
    for gone in ("kinky", "corner", "velvet", "blindfold", "satin"):
        assert gone not in source.lower()
    things = RULES.things(sample)
    assert things.store == "Xxxxx Xxxxxx Official Store"
    assert things.items == ("Xxxxxx xxxxxxxxx, xxxx xxxxx xxxxx, xxxxxxxxxx",)
    assert "is closed." in sample.text
    assert RULES.read(sample).rule == "en.order-closed"


def test_every_store_of_a_mail_goes() -> None:
    """Where two are named, the reading says none, and the sample neither."""
    source, _ = sampled(
        mail(
            '<a href="https://www.aliexpress.com/store/1102345678">Kinky Corner Store</a><br>'
            '<a href="https://www.aliexpress.com/store/1102345679">Garden Wunderland</a><br>'
            '<a href="https://www.aliexpress.com/store/1102345679">Visit store</a>'
        )
    )
    assert "Kinky" not in source
    assert "Wunderland" not in source
    assert "Visit store" in source


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Item: Velvet blindfold\nStore: Kinky Corner", ("Velvet", "blindfold", "Kinky")),
        ("商品:天鹅绒眼罩套装\n店铺:红房子旗舰店", ("天鹅绒", "红房子")),
    ],
)
def test_labelled_names_go_from_plain_text(text: str, gone: tuple[str, ...]) -> None:
    """Behind their labels, and in scripts that write no blanks."""
    source, sample = sampled(mail(text, kind="plain"))
    for each in gone:
        assert each not in source
    assert sample.text.count("\n") == text.count("\n")


def test_name_longer_than_is_read_goes_whole() -> None:
    """What is cut off for the reading is not left in the sample."""
    name = " ".join(["Velvet blindfold with adjustable strap"] * 6) + " for Secretname"
    source, _ = sampled(mail(f"Item: {name}\nAmount: US $9.99", kind="plain"))
    assert "Secretname" not in source
    assert "US $9.99" in source


def test_word_of_the_rules_is_no_name_by_itself() -> None:
    """A store that is called as the wording is spoils no wording; nor does AliExpress."""
    names = ThingNames(["Order", "AliExpress Store", "of"], frozenset({"order"}))
    assert not list(names.find("Your order of AliExpress Store"))


def test_many_names_take_no_time() -> None:
    """Neither many names nor a long text makes a sample cost more than a few seconds."""
    started = time.monotonic()
    names = ThingNames([f"{'a ' * 30}{each}" for each in range(40)], frozenset())
    assert not list(names.find("a " * 50_000))
    assert time.monotonic() - started < 20.0
