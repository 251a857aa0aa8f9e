"""Order numbers and amounts, in the ways mails write them."""

from dataclasses import replace

import pytest

from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import Authenticity, Message
from watcher.rules.amounts import AmountFinder
from watcher.rules.currencies import Currencies
from watcher.rules.orders import OrderFinder
from watcher.rules.text import normalise, normalise_line

RULESET = load_ruleset()
FINDER = OrderFinder(RULESET.languages, RULESET.senders)
A, B, C = "8012345678901234", "8012345678901235", "8012345678901236"
CURRENCIES = {"USD": "USD", "US $": "USD", "$": "USD", "R$": "BRL", "€": "EUR", "₩": "KRW"} | {
    "£": "GBP",
    "zł": "PLN",
    "₽": "RUB",
    "руб.": "RUB",
    "EUR": "EUR",
}
AMOUNTS = AmountFinder(RULESET.languages, Currencies(symbols=CURRENCIES))
CONFIRMED = f"Order {A}: order confirmed"
REFUNDED = f"Your refund for order {A} has been processed"


def money(subject: str, text: str) -> str:
    """Read the money of a mail by the shipped rules."""
    (finding,) = RULESET.read(
        Message(
            digest="d",
            sender="transaction@notice.aliexpress.com",
            subject=subject,
            text=normalise(text),
            sent_at=None,
            authenticity=Authenticity.PASS,
        )
    ).findings
    return str(finding.money)


@pytest.mark.parametrize(
    ("subject", "text", "found"),
    [
        (f"Your order {A} is closed", "", (A,)),
        (f"{A} 주문 건: 주문 확인 완료", "", (A,)),
        (f"Package {A}: at customs", "", ()),
        ("", f"Order number: {A}", (A,)),
        ("", f"Bestell-Nr.\n{A}", (A,)),
        ("", f"Order {A} with tracking number 123456789012345678", (A,)),
        ("", f"Orders {A}, {B} and {C}", (A, B, C)),
        ("", f"Order {A}\n123456789012345678", (A,)),
        ("", f"Order {A}. Call +4915112345678901", (A,)),
        ("", f"Orders:\n{A}\n{B}", (A, B)),
        ("", f"A number {A} alone", ()),
        ("", f"{A}", ()),
        ("", f"{A} tracking", ()),
        ("", f"Order A{A}", ()),
        ("", "Order 12345678901", ()),
        ("", "Order 123456789012345678901", ()),
        ("", "Order total 123456789012.50", ()),
        (f"2 orders: {A}", f"Order 1{A}\nOrder 2{B}", (A, B)),
        ("", f"Order 1{A}\nOrder 2{B}", (A, B)),
        ("", f"Order 1{A}", (f"1{A}",)),
    ],
)
def test_orders_are_told_from_other_numbers(
    subject: str, text: str, found: tuple[str, ...]
) -> None:
    """The word beside a number decides, and a glued running number is taken off."""
    assert FINDER.find(subject, text, ()) == found


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("Order 8012 3456 7890 1234", f"Order {A}"),
        ("Bestell-Nr.: 8012 3456 7890 1234.", f"Bestell-Nr.: {A}."),
        ("Order number:\n8012 3456 7890 1234", f"Order number:\n{A}"),
        ("Card 8012 3456 7890 1234", "Card 8012 3456 7890 1234"),
        ("Tracking 8012 3456 7890 1234", "Tracking 8012 3456 7890 1234"),
        ("Order paid with 8012 3456 7890 1234", "Order paid with 8012 3456 7890 1234"),
        ("Order 8012 3456 7890 1234 5678", "Order 8012 3456 7890 1234 5678"),
        ("Order 5678 80123456 7890 1234", "Order 5678 80123456 7890 1234"),
        ("Order 12.8012 3456 7890 1234", "Order 12.8012 3456 7890 1234"),
        ("Order 8012 3456 7890 1234x", "Order 8012 3456 7890 1234x"),
    ],
)
def test_groups_of_digits_are_joined_right_behind_an_order_word_alone(
    text: str, joined: str
) -> None:
    """Four groups of four are an order's only where the word is next to them."""
    assert FINDER.join_groups(text) == joined


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (f"https://a.example/?x=1&o_ids={A}%2C{B}", (A, B)),
        (f"https://a.example/?x=1&amp;o_ids={A},{B}", (A, B)),
        (f"https://a.example/?orderId={A}", (A,)),
        (f"https://a.example/?tradeOrderId={A}&tradeOrderLineId={B}", (A,)),
        (f"https://a.example/?reverseOrderLineId={B}", ()),
        (f"https://www.aliexpress.com/item/{B}.html", ()),
        (f"https://a.example/?url=https%3A%2F%2Fb%2F%3ForderId%3D{A}", (A,)),
        (f"https://a.example/?parentOrderId={A}", (A,)),
        (f"https://a.example/?parentOrderId={A}&orderId={B}", (B,)),
    ],
)
def test_orders_are_read_from_links(link: str, found: tuple[str, ...]) -> None:
    """Only the parameters that hold order numbers are read, however they are escaped."""
    assert FINDER.find("Package AP1: at customs", "", (link,)) == found


def test_link_confirms_a_number_that_no_word_labels() -> None:
    """A bare number in the subject counts where a link names the same order."""
    assert FINDER.find(A, "", (f"https://a.example/?orderId={A}",)) == (A,)


def test_without_words_and_parameters_nothing_is_found() -> None:
    """An empty configuration finds no order and does not fail."""
    bare = replace(RULESET.senders, order_parameters=(), parent_parameters=())
    finder = OrderFinder((), bare)
    assert finder.find(f"Order {A}", f"Order {A}", (f"https://a.example/?orderId={A}",)) == ()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Order total: US $1,234.56", "1234.56 USD"),
        ("Bestellsumme\n1.234,56 €", "1234.56 EUR"),
        ("Bestellsumme\n1,99€", "1.99 EUR"),
        ("Bestellsumme € 1,99x1", "1.99 EUR"),
        ("Valor total do pedido R$ 99,90", "99.90 BRL"),
        ("주문 총액 ₩12,300", "12300 KRW"),
        ("Order total £7", "7 GBP"),
        ("Montant total 1 234,56 €", "1234.56 EUR"),
        ("Item 5 €\nOrder total 4 €\nOrder total 6 €", "6 EUR"),
        ("Order total 12.50 USD", "12.50 USD"),
    ],
)
def test_total_is_read_in_local_notations(text: str, amount: str) -> None:
    """The labelled sum is found with its currency, the last one where there are several."""
    assert str(AMOUNTS.total(text)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Order total: US $1,234.56", "1234.56 USD"),
        ("Kwota zamówienia\n1 234,56 zł", "1234.56 PLN"),
        ("Tổng cộng 12.345₫", "12345 VND"),
        ("Total pesanan Rp12.345", "12345 IDR"),
        ("ยอดรวม ฿1,234.50", "1234.50 THB"),
        ('סה"כ ₪ 1,234.50', "1234.50 ILS"),
        ("Toplam tutar 1.234,56 ₺", "1234.56 TRY"),
        ("Gesamtbetrag CHF 1'234.50", "1234.50 CHF"),
        ("Gesamtbetrag CHF 1’234.50", "1234.50 CHF"),
        ("إجمالي الطلب ١٬٢٣٤٫٥٦ ر.س", "1234.56 SAR"),
        ("إجمالي الطلب ۱۲۳٫۵ SAR", "123.5 SAR"),
        ("إجمالي الطلب 1.234 د.ك", "1.234 KWD"),
        ("Order total 1.234 €", "1234 EUR"),
        ("Order total ₹1,23,456.00", "123456.00 INR"),
        ("Order total 1,234,567.89 USD", "1234567.89 USD"),
        ("ご注文合計 ￥１２，３４５", "12345 JPY"),
        ("注文合計 1,234円分", "1234 JPY"),
        ("주문 총액 12,300원이", "12300 KRW"),
        ("订单总额 ¥123.45", "123.45 CNY"),
        ("订单总额 123.45元", "123.45 CNY"),
        ("總金額 1,234日元", "1234 JPY"),
        ("訂單總額 1,234 元", "1234 TWD"),
        ("訂單總額 HK$1,234 元", "1234 HKD"),
        ("Order total -€3.00\nOrder total €5.00", "5.00 EUR"),
    ],
)
def test_shipped_currencies_are_read_in_every_notation(text: str, amount: str) -> None:
    """Each script's digits and marks, India's groups, the yen told from the yuan by the text."""
    assert money(CONFIRMED, text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "Order total ¥1,234",
        "Order total ¥1,234 JPY CNY",
        "Order total 1,234 元",
        "Order total 1.99.5 €",
        "Order total 0.500 €",
        "Order total 1,2345,678.00 €",
        "Order total 5.00- €",
        "Order total -5.00 €",
        "Order total 12٫3٫4 €",
    ],
)
def test_amount_that_could_be_two_is_none(text: str) -> None:
    """A shared sign without a clue, groups that are none and a discount are no sum."""
    assert money(CONFIRMED, text) == "None"


def test_subject_tells_whose_currency_it_is() -> None:
    """A text of figures alone is read by the language of its subject."""
    assert money(f"ご注文 {A} の返金が完了しました", "¥490") == "490 JPY"
    assert money(f"订单 {A} 退款成功", "¥490") == "490 CNY"


@pytest.mark.parametrize(
    "text", ["Refund 12,34- €", "Refund -12,34 €", "Refund €12,34-", "€-12.34"]
)
def test_refund_below_zero_is_the_same_sum(text: str) -> None:
    """What the shop writes with a minus is what the person gets."""
    assert money(REFUNDED, text) == "12.34 EUR"


@pytest.mark.parametrize("text", ["Order total", "Order total 5", "5 €", "", "Order total € "])
def test_no_total_where_none_is_labelled(text: str) -> None:
    """A price without a label, or a label without a price, is no total."""
    assert AMOUNTS.total(text) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Order total 30 €\nRefund amount 12 €", "12 EUR"),
        ("You get back 7.50 USD", "7.50 USD"),
        ("5 € and 6 €", "None"),
        ("Nothing", "None"),
    ],
)
def test_refund_prefers_its_own_label(text: str, amount: str) -> None:
    """The refund's label wins; without it only a lone amount counts."""
    assert str(AMOUNTS.refund(text)) == amount


def test_absurd_amount_is_no_amount() -> None:
    """Megabytes of digits are not money."""
    assert AMOUNTS.total("Order total € " + "9" * 18) is None


def test_no_labels_no_total() -> None:
    """Without a language there are no labels."""
    assert AmountFinder((), Currencies(symbols=CURRENCIES)).total("Order total 5 €") is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\u00adb\u200bc\u200ed", "abcd"),
        ("a\u00a0b\u3000c", "a b c"),
        ("１２３", "123"),
        ("١٢٣", "123"),
        (" a \r\n\r\n b\rc", "a\nb\nc"),
        ("a\x00b", "a b"),
        ("\u3164x", "x"),
    ],
)
def test_text_is_spelt_one_way(text: str, plain: str) -> None:
    """Invisible characters go, blanks and digits become plain, lines stay."""
    assert normalise(text) == plain


def test_line_has_no_breaks() -> None:
    """A normalised line is one line."""
    assert normalise_line(" a\n b ") == "a b"
