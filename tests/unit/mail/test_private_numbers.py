"""Cards and identity papers in a sample: gone in every language, and no amount with them."""

import re

import pytest

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.scrub import scrub
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import RawMail

RULES = load_ruleset()
HEAD = (
    "From: AliExpress <transaction@notice.aliexpress.com>\nTo: me@mail.example\nSubject: x\n"
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
)


def scrubbed(text: str) -> str:
    """Scrub a mail of plain text and return its text."""
    message = RawMail(content=scrub(f"{HEAD}{text}".encode()), received_at=None)
    return MailParser(senders=RULES.senders)(message).text


@pytest.mark.parametrize(
    "text",
    [
        "a refund of US $30.50 to your Visa card ending in 4421.",
        "your card ending with the digits 4421, US $30.50",
        "auf Ihre Karte, die auf 4421 endet",
        "Ihre Karte mit den Endziffern 4421",
        "tu tarjeta terminada en 4421",
        "cartão de crédito com final 4421",
        "votre carte se terminant par 4421",
        "la carta che termina con 4421",
        "de kaart die eindigt op 4421",
        "karty kończącej się na 4421",
        "4421 ile biten kartınıza",
        "карту, заканчивающуюся на 4421",
        "картку, що закінчується на 4421",
        "카드(끝자리 4421)",
        "4421로 끝나는 카드",
        "末尾4421のカード",
        "カード下4桁:4421",
        "尾号为4421的银行卡",
        "بطاقتك المنتهية بـ 4421",
        "הכרטיס שמסתיים ב-4421",
        "kartu yang berakhir dengan 4421",
        "thẻ có đuôi 4421",
        "บัตรที่ลงท้ายด้วย 4421",
        "karty končící na 4421",
        "Visa (4421)",
        "Mastercard 4421",
        "xxxx-4421",
        "Visa ....4421",
        "•••• 4421 US $30.50",
    ],
)
def test_last_digits_of_a_card_become_others(text: str) -> None:
    """The four digits go, and every other character stays, an amount beside them too."""
    made = scrubbed(text)
    assert "4421" not in made
    assert re.fullmatch("[0-9]{4}".join(re.escape(each) for each in text.split("4421")), made)


@pytest.mark.parametrize(
    "number",
    [
        "123.456.789-09",
        "***.456.789-**",
        "12.345.678/0001-95",
        "12.345.678-5",
        "20-12345678-9",
        "123-45-6789",
        "123-456-789 01",
        "01.234.567.8-901.000",
        "1-2345-67890-12-3",
        "850101/1234",
        "850101-1234",
        "85.07.30-033.28",
        "756.1234.5678.97",
        "1 85 05 78 006 084 36",
        "12 345 678 901",
        "12345678Z",
        "DE89 3704 0044 0532 0130 00",
        "RSSMRA85T10A562S",
        "GOME850101HDFRRN09",
        "QQ 12 34 56 C",
    ],
)
def test_number_of_a_paper_becomes_another_of_its_form(number: str) -> None:
    """Identity cards, tax numbers and accounts keep their form and lose what they say."""
    made = scrubbed(f"CPF: {number}\nUS $9.99").split("\n")[0].removeprefix("CPF: ")
    assert re.sub("[0-9]", "0", made) in {
        re.sub("[0-9]", "0", number),
        re.sub("[A-Z]", "X", re.sub("[0-9]", "0", number)),
    }
    digits, others = re.sub(r"[^0-9]", "", number), re.sub(r"[^0-9]", "", made)
    assert digits != others
    assert not re.search("RSSMRA|GOME|QQ", made)


@pytest.mark.parametrize(
    "text",
    [
        "Final price 1500 JPY",
        "• 1500 JPY",
        "Your protection ends in 120 days",
        "1.234.567 VND",
        "12.345.678 COP",
        "Visa US $1234.56",
        "Mastercard: 30,50 EUR",
        "2026-11-03 and 03.11.2026",
        "It ends in December 2026-12-02",
    ],
)
def test_amounts_days_and_dates_are_no_cards(text: str) -> None:
    """What the rules read stays as it is, beside the words that speak of a card as well."""
    assert scrubbed(text) == text
