"""Letters say what they must in five languages, in the words and figures of each."""

from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from watcher.adapters.playbook_file import load_playbook
from watcher.adapters.template_language import SUFFIX, shipped_names
from watcher.adapters.templates import Renderer
from watcher.domain.event import Reason
from watcher.domain.letter import Letter
from watcher.domain.money import Money

ORDER = "8012345678901234"
LANGUAGES = ("en", "de", "es", "fr", "pt")
LETTERS = shipped_names("letters")
DATES = {
    "en": "November 3, 2026",
    "de": "3. November 2026",
    "es": "3 de noviembre de 2026",
    "fr": "3 novembre 2026",
    "pt": "3 de novembro de 2026",
}
AMOUNTS = {
    "en": "€1,234.50",
    "de": "1.234,50\xa0€",
    "es": "1.234,50\xa0€",
    "fr": "1\u202f234,50\xa0€",
    "pt": "€\xa01.234,50",
}


def write(name: str, language: str = "en", own: Path | None = None, **changes: object) -> Letter:
    """The letter called `name` for someone who reads `language`, in a case with every fact."""
    paid = Money(amount=Decimal("1234.50"), currency="EUR")
    facts: dict[str, object] = {
        "order": ORDER,
        "amount": paid,
        "remaining": paid,
        "announced": paid,
        "announced_on": date(2026, 11, 3),
        "closed": date(2026, 11, 3),
        "paid_on": date(2026, 11, 3),
        "contacted": True,
        "contacted_on": date(2026, 11, 3),
        "disputed_on": date(2026, 11, 3),
        "helped_on": date(2026, 11, 3),
        "deadline": date(2026, 11, 3),
        "clock_name": "processing",
        "reason": None,
        "shipped": True,
        "store": "Nuts Store",
        "items": ["Bolts", "Nuts"],
        "method": "card",
    }
    renderer = Renderer(zone=ZoneInfo("Europe/Berlin"), language=language, overrides=own)
    return renderer.letters(name, facts | changes)


def in_language(name: str, language: str, **changes: object) -> str:
    """The text of a letter in `language`, whether it is pasted or stands beside."""
    letter = write(name, language, None, **changes)
    texts = {letter.language: letter.text, letter.translation_language: letter.translation}
    text = texts[language]
    assert text is not None
    return text


def test_every_letter_is_there_in_every_language() -> None:
    """The same names in all five folders."""
    for language in LANGUAGES:
        folder = files("watcher.config").joinpath("letters", language)
        assert {each.name.removesuffix(SUFFIX) for each in folder.iterdir()} == set(LETTERS)
    assert {rung.letter for rung in load_playbook().rungs if rung.letter} <= set(LETTERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_letter_names_the_order_and_writes_dates_and_money_as_its_readers_do(
    name: str, language: str
) -> None:
    """Each language has its own order of day and month, and its own commas."""
    text = in_language(name, language)
    assert ORDER in text
    assert len(text) <= 900
    others = set(LANGUAGES) - {language}
    if name not in {"answer_dispute", "protect_order"}:
        assert DATES[language] in text
    for other in others:
        assert DATES[other] not in text
        assert AMOUNTS[other] not in text or AMOUNTS[other] == AMOUNTS[language]
    if name not in {"ask_shipping", "protect_order"}:
        assert AMOUNTS[language] in text


@pytest.mark.parametrize("name", [name for name in LETTERS if not name.startswith("claim_")])
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_seller_and_aliexpress_get_english_and_the_person_their_own_beside_it(
    name: str, language: str
) -> None:
    """What is pasted is English whatever the person reads."""
    letter = write(name, language)
    assert (letter.language, letter.translation_language) == ("en", language)
    assert letter.text == write(name).text
    assert letter.translation not in {None, letter.text}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_bank_gets_the_persons_language_and_english_stands_beside_it(language: str) -> None:
    """A bank at home reads the language of home."""
    letter = write("claim_back", language)
    assert (letter.language, letter.translation_language) == (language, "en")
    assert letter.translation == write("claim_back").text


@pytest.mark.parametrize("language", ["en", "en-GB", "it", "xx", "", "../.."])
def test_language_without_letters_has_english_alone(language: str) -> None:
    """Nothing stands beside it where there is nothing else to read."""
    for name in LETTERS:
        letter = write(name, language)
        assert (letter.language, letter.translation) == ("en", None)
        assert letter == write(name)


def test_letter_of_a_country_is_that_of_its_language() -> None:
    """Austria reads the German words with its own figures."""
    letter = write("contact_seller", "de-AT")
    assert letter.translation_language == "de"
    assert letter.translation is not None
    assert "meine Bestellung" in letter.translation
    assert "€\xa01.234,50" in letter.translation


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_is_answered_in_its_own_words(language: str) -> None:
    """No two of the seven get the same letter, and none is the letter for an unknown reason."""
    letters = {
        reason: in_language("contact_seller", language, reason=reason) for reason in (None, *Reason)
    }
    assert len(set(letters.values())) == len(letters)


def test_wrong_tracking_number_or_address_is_to_be_corrected() -> None:
    """As the guide advises: ask for the right number, and correct the address."""
    text = write("contact_seller", reason="tracking_number").text
    assert "send me the right one" in text
    assert "If my address is the problem, tell me what to correct" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_claim_is_worded_for_paypal_or_for_a_bank(language: str) -> None:
    """PayPal is asked for its protection, a card's bank for a chargeback."""
    paypal = in_language("claim_back", language, method="paypal")
    card = in_language("claim_back", language, method="card")
    unknown = in_language("claim_back", language, method=None)
    assert "PayPal" in paypal
    assert "hargeback" in card or "contracargo" in card
    assert "PayPal" not in card + unknown
    assert len({paypal, card, unknown}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_rest_is_asked_for_where_a_part_came(language: str) -> None:
    """After a partial refund no letter asks for the whole again."""
    rest = Money(amount=Decimal("7.77"), currency="EUR")
    for name in ("open_dispute", "answer_dispute", "ask_help_centre", "claim_back"):
        whole, part = in_language(name, language), in_language(name, language, remaining=rest)
        assert "7" in part
        assert whole != part.replace("7,77", "1.234,50").replace("7.77", "1,234.50")


GOODS = {"en": "goods", "de": "Ware", "es": "producto", "fr": "marchandise", "pt": "produto"}
CLOSED = {
    "en": "was closed",
    "de": "geschlossen",
    "es": "se cerró",
    "fr": "a été fermée",
    "pt": "foi encerrado",
}
DISPUTE = {"en": "dispute", "de": "Streitigkeit", "es": "disputa", "fr": "litige", "pt": "disputa"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["open_dispute", "answer_dispute", "claim_back"])
def test_goods_that_came_are_not_said_to_be_missing(name: str, language: str) -> None:
    """Of a delivered order only the money is missing."""
    assert GOODS[language] in in_language(name, language)
    assert GOODS[language] not in in_language(name, language, delivered=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_order_that_no_mail_closed_is_not_said_to_be_closed(name: str, language: str) -> None:
    """A refund or a dispute can be at stake without a closing."""
    text = in_language(name, language, closed=None)
    assert ORDER in text
    assert CLOSED[language] not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["ask_help_centre", "file_complaint", "claim_back"])
def test_only_a_dispute_that_was_opened_is_told(name: str, language: str) -> None:
    """Who asked the help centre instead says that, with its day."""
    told = in_language(name, language)
    quiet = in_language(name, language, disputed_on=None, helped_on=None)
    assert told.count(DATES[language]) > quiet.count(DATES[language])
    if name == "file_complaint":
        assert DISPUTE[language] in told
        assert DISPUTE[language] not in quiet
    if name != "ask_help_centre":
        helped = in_language(name, language, disputed_on=None)
        assert helped.count(DATES[language]) == quiet.count(DATES[language]) + 1


def test_help_centre_is_told_that_a_dispute_is_impossible_only_when_it_is() -> None:
    """While its window runs nobody says that it is over."""
    running = ({"name": "dispute"},)
    assert "any more" in write("ask_help_centre", disputed_on=None).text
    assert "cannot" not in write("ask_help_centre", disputed_on=None, clocks=running).text
    never = write("ask_help_centre", disputed_on=None, shipped=False).text
    assert "I was never told that it was shipped. I cannot open a dispute for it." in never


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("changes", [{"refund_form": "coupon"}, {"refund_form": "balance"}])
def test_no_bank_number_is_asked_for_what_no_bank_books(
    language: str, changes: dict[str, object]
) -> None:
    """A coupon and AliExpress's own balance have no ARN."""
    assert "ARN" in in_language("trace_refund", language)
    assert "ARN" not in in_language("trace_refund", language, **changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rest_of_a_short_refund_is_disputed_with_what_was_announced(language: str) -> None:
    """The sum that was announced, a coupon, or a part of unknown size: each in its own words."""
    part = Money(amount=Decimal("7.77"), currency="EUR")
    summed = in_language("dispute_rest", language, announced=part)
    coupon = in_language("dispute_rest", language, announced=None, refund_form="coupon")
    some = in_language("dispute_rest", language, announced=None, refund_form="partial")
    assert "7,77" in summed.replace(".", ",")
    assert len({summed, coupon, some}) == 3
    assert all(AMOUNTS[language] in text for text in (summed, coupon, some))


def test_own_letter_has_nothing_beside_it(tmp_path: Path) -> None:
    """Who wrote their own words for all languages needs no other ones to understand them."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / f"contact_seller{SUFFIX}").write_text("Mine: {{ order }}", "utf-8")
    letter = write("contact_seller", "de", tmp_path)
    assert (letter.text, letter.translation) == (f"Mine: {ORDER}", None)


def test_own_letter_in_the_persons_language_stands_beside_the_shipped_one(tmp_path: Path) -> None:
    """A folder of a language overrides that language alone, be it shipped or not."""
    for language in ("de", "it"):
        folder = tmp_path / "letters" / language
        folder.mkdir(parents=True)
        (folder / f"contact_seller{SUFFIX}").write_text("{{ closed|day }}", "utf-8")
    german, italian = (write("contact_seller", each, tmp_path) for each in ("de", "it"))
    assert german.text == italian.text == write("contact_seller").text
    assert german.translation == DATES["de"]
    assert italian.translation == "3 novembre 2026"


def test_what_a_mail_named_is_inert_in_a_letter() -> None:
    """A store's name cannot smuggle a link into what the person sends."""
    text = write("claim_back", store="http://evil.example/", items=["x\n\ny @all"]).text
    assert "http://" not in text
    assert "@" not in text
    assert "x y" in text
