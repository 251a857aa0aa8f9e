"""The store, the things and the days to ship that a mail names."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from watcher.adapters.rule_files import load_ruleset
from watcher.domain.event import EventKind, RefundForm
from watcher.domain.message import Anchor, Authenticity, Message
from watcher.domain.reading import Finding
from watcher.rules.shipping import ShipTimes
from watcher.rules.targets import item_of, names_a_thing, store_of
from watcher.rules.things import MAX_ITEM, MAX_ITEMS, MAX_STORE, ThingFinder, Things

RULESET = load_ruleset()
FINDER = ThingFinder(RULESET.languages)
ORDER = "8012345678901234"
STORE = "https://www.aliexpress.com/store/1102345678"
ITEM = "https://www.aliexpress.com/item/100500123456789{}.html"
CONFIRMED = Message(
    digest="d",
    sender="transaction@notice.aliexpress.com",
    subject=f"Order {ORDER}: order confirmed",
    text="",
    sent_at=datetime(2026, 11, 22, 23, 59, tzinfo=UTC),
    authenticity=Authenticity.PASS,
)


def read(text: str, *anchors: Anchor, subject: str = CONFIRMED.subject) -> Finding:
    """Read the confirmation of an order with this text."""
    (finding,) = RULESET.read(
        replace(CONFIRMED, text=text, anchors=anchors, subject=subject)
    ).findings
    return finding


@pytest.mark.parametrize(
    ("target", "item", "store"),
    [
        (ITEM.format(0), "1005001234567890", None),
        ("https://m.aliexpress.com/i/1005001234567890.html?x=1", "1005001234567890", None),
        ("https://a.example/item/Desk-lamp/1005001234567890.html", "1005001234567890", None),
        (
            "https://a.example/r?u=https%3A%2F%2Fb.example%2Fitem%2F1005001234.html",
            "1005001234",
            None,
        ),
        (STORE, None, "1102345678"),
        ("https://a.example/store/all-products/1102345678", None, "1102345678"),
        ("https://a.example/x?a=1&storeId=1102345678", None, "1102345678"),
        ("https://a.example/order?orderId=8012345678901234", None, None),
        ("https://a.example/items/", None, None),
    ],
)
def test_link_tells_where_it_leads(target: str, item: str | None, store: str | None) -> None:
    """A thing's or a store's number, also through a tracking link; the quick look misses none."""
    assert (item_of(target), store_of(target)) == (item, store)
    assert names_a_thing(target) or (item, store) == (None, None)


def test_store_and_things_are_named_by_their_links() -> None:
    """The text of the links counts, or the image's where that is fuller."""
    found = FINDER.find(
        "Bright Home Store\nDesk lamp wi...\nx1",
        [
            Anchor(target=STORE, image="icon"),
            Anchor(target=STORE, text="Bright Home Store >"),
            Anchor(target=ITEM.format(1), image="Desk lamp with USB"),
            Anchor(target=ITEM.format(1), text="Desk lamp wi..."),
            Anchor(target=ITEM.format(2), text="Bicycle bell\nBlack\n€ 1,99"),
        ],
    )
    assert found == Things(store="Bright Home Store", items=("Desk lamp with USB", "Bicycle bell"))


@pytest.mark.parametrize(
    "text",
    [
        "Visit store",
        "Zum Shop",
        "店舗",
        "Contact seller",
        "https://www.aliexpress.com/store/1",
        "The seller of this order has been informed about all of it.",
        "x" * (MAX_STORE + 1),
        "1102345678",
        "",
    ],
)
def test_no_store_is_better_than_a_wrong_one(text: str) -> None:
    """A button, a number, an address or a sentence is not a store's name."""
    assert read("", Anchor(target=STORE, text=text)).store is None


def test_two_stores_are_none() -> None:
    """Where two stores are named nobody knows whose the order is."""
    first = Anchor(target=STORE, text="Bright Home Store")
    second = Anchor(target=STORE.replace("11", "22"), text="Garden Store")
    assert read("", first).store == "Bright Home Store"
    assert read("", first, second).store is None
    assert read("Store: Bright Home\nStore: Garden").store is None


@pytest.mark.parametrize(
    ("text", "store"),
    [
        ("Store: Bright Home", "Bright Home"),
        ("Sold by Bright Home Co.,Ltd.", "Bright Home Co.,Ltd."),
        ("Sold by\nBright Home", "Bright Home"),
        ("Verkauft von: Helles Heim | Nachricht", "Helles Heim"),
        ("Boutique :\nMaison Claire", "Maison Claire"),
        ("Tienda: Casa Clara", "Casa Clara"),
        ("Loja: Casa Clara", "Casa Clara"),
        ("판매자: 밝은집", "밝은집"),
        ("店铺: 明亮之家", "明亮之家"),
        ("Store\nCart", None),
        ("Our store: open now!", None),
        ("Store: Order number: 5", None),
        ("Seller: Contact seller", None),
    ],
)
def test_store_is_named_by_its_label(text: str, store: str | None) -> None:
    """A label at the start of a line, its name beside or below it."""
    assert read(text).store == store


def test_layout_names_store_and_things_where_nothing_else_does() -> None:
    """The list of real mails: when it was placed, the store, the thing, its variant, its count."""
    text = (
        "Aufgegeben am Jan 01,2026, 12:00\nHelles Heim\nSchreibtischlampe mit...\nSchwarz\n"
        "€ 1,99x1\nBestellsumme\n1,99€"
    )
    found = read(text)
    assert (found.store, found.items) == ("Helles Heim", ("Schreibtischlampe mit...",))
    assert read("Bright Home Store\nDesk lamp with USB\nx2").store == "Bright Home Store"
    assert read("Delivered\nDesk lamp with USB\nx2").store is None
    assert read("Shipped\nLamp\nx1").items == ()
    assert read("x1").items == ()


def test_what_is_advertised_was_not_ordered() -> None:
    """Links and lines below the heading of an offer are left out; a sentence is no heading."""
    own = Anchor(target=ITEM.format(1), text="Desk lamp")
    other = Anchor(target=ITEM.format(2), text="Bicycle bell")
    assert read("Desk lamp\nYou may also like\nBicycle bell", own, other).items == ("Desk lamp",)
    long = "You may like to know that we will tell you of every step of your order by mail."
    assert read(f"{long}\nDesk lamp", own).items == ("Desk lamp",)
    assert read("Just for you\nItem: Bell").items == ()


def test_things_are_bounded_and_each_is_told_once() -> None:
    """Ten at the most, 120 characters each, none twice, no link that all things share."""
    many = [Anchor(target=ITEM.format(at), text=f"Lamp number {at} " * 20) for at in range(20)]
    items = read("", *many, *many).items
    assert len(items) == MAX_ITEMS
    assert max(map(len, items)) == MAX_ITEM
    shared = [Anchor(target=ITEM.format(at), text="Xem hàng") for at in (1, 2)]
    assert read("", *shared).items == ()
    named = [
        Anchor(target=ITEM.format(at), text="Desk lamp with a very long name") for at in (1, 2)
    ]
    assert read("", *named).items == ("Desk lamp with a very long name",)


def test_names_hold_no_hidden_characters() -> None:
    """Marks that turn the writing around and control characters do not reach an alert."""
    anchor = Anchor(target=STORE, text="Bright\u202e\u200b Home\x1b Store")
    assert read("", anchor).store == "Bright Home Store"


def test_several_orders_name_neither_store_nor_things() -> None:
    """Which of them a thing belongs to is not known."""
    second = ORDER.replace("8", "9")
    message = replace(
        CONFIRMED,
        subject=f"Orders {ORDER}, {second} confirmed",
        text="Store: Bright Home\nItem: Lamp",
    )
    findings = RULESET.read(message).findings
    assert [each.order for each in findings] == [ORDER, second]
    assert {(each.store, each.items) for each in findings} == {(None, ())}


def test_without_words_links_still_name() -> None:
    """A rule set of no language knows no label and no button, and does not fail."""
    found = ThingFinder(()).find("Store: X\nLamp...\nx1", [Anchor(target=STORE, text="Bright")])
    assert found == Things(store="Bright", items=("Lamp...",))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("The seller will ship your order within 7 days.", 7),
        ("Ships within 3-7 days", 7),
        ("Processing time: 3 to 5 business days", 5),
        ("Processing time\n5 days", 5),
        (f"We ship your order {ORDER} within 4 days", 4),
        ("Ships within 3 days\nShips within 5 days", 5),
        ("Ships within 120 days", None),
        ("Ships within 0 days", None),
        ("Your order is shipped soon and will be delivered within 15 days.", None),
        ("Free returns within 15 days", None),
        ("Expected to ship by Nov 29, 2026 and to arrive by Dec 30, 2026", 7),
        ("Expected to ship by:\n2026-11-29", 7),
        ("Versand spätestens bis zum 29.11.2026", 7),
        ("Expédition prévue avant le 2 décembre", 10),
        ("Expected to ship by Jan 5", 44),
        ("Expected to ship by 11/29/2026", 7),
        ("Expected to ship by 01/02/2027", None),
        ("Expected to ship by Nov 20, 2026", None),
        ("Expected to ship by tomorrow", None),
        ("発送予定日: 11月30日", 8),
    ],
)
def test_days_to_ship_are_counted_from_the_mail(text: str, days: int | None) -> None:
    """A number of days, the larger of a range, or a date; 1 to 90, and no other deadline."""
    assert read(text).ship_days == days


def test_days_to_ship_come_with_the_confirmation_alone() -> None:
    """Another mail that speaks of them looks back; a mail without a date counts no dates."""
    text = "Expected to ship by Nov 29, 2026"
    subject = f"Your order {ORDER} has been cancelled"
    assert read("It was not shipped within 7 days.", subject=subject).ship_days is None
    (undated,) = RULESET.read(replace(CONFIRMED, text=text, sent_at=None)).findings
    assert undated.ship_days is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("The full amount of US $24.90 was refunded.", RefundForm.FULL),
        ("A partial refund to your AliExpress balance.", RefundForm.BALANCE),
        ("A partial refund of US $4.90, sent to your card.", RefundForm.PARTIAL),
        ("You were compensated in the form of a coupon.", RefundForm.COUPON),
        ("Refunds go to your AliExpress balance or to the original payment method.", None),
        ("It was refunded as a coupon, or to your AliExpress balance.", None),
        ("A full refund, or a partial refund.", None),
        ("The coupon that you used will be returned too.", None),
        ("", None),
    ],
)
def test_form_of_a_refund_is_what_the_mail_says_of_it(text: str, form: RefundForm | None) -> None:
    """Where it goes counts before how much it is; a text that explains them all gives none."""
    found = read(text, subject=f"Your refund for order {ORDER} has been processed")
    assert (found.kind, found.refund) == (EventKind.REFUND_ANNOUNCED, form)


def test_form_is_that_of_an_announced_refund_alone() -> None:
    """A cancellation that promises a refund announces none yet."""
    subject = f"Your order {ORDER} has been cancelled"
    assert read("You will get a full refund.", subject=subject).refund is None


@pytest.mark.parametrize(
    "subject",
    [
        f"Your coupon for order {ORDER} has been returned",
        f"Tu cupón del pedido {ORDER} ha sido reembolsado",
        f"Votre coupon de la commande {ORDER} a été remboursé",
        f"Il coupon dell'ordine {ORDER} è stato rimborsato",
        f"Ihr Gutschein zu Bestellung {ORDER} wurde erstattet",
        f"De coupon voor bestelling {ORDER} is terugbetaald",
        f"Zwrot kuponu za zamówienie {ORDER}",
        f"Возврат купона по заказу {ORDER}",
        f"Повернення купона за замовлення {ORDER}",
        f"ご注文 {ORDER} のクーポン返金のお知らせ",
        f"订单 {ORDER} 优惠券退款成功",
        f"주문 {ORDER} 쿠폰 환불 완료",
        f"Pengembalian kupon untuk pesanan {ORDER} berhasil",
    ],
)
def test_coupon_that_came_back_is_no_money(subject: str) -> None:
    """No event is made of it, whatever the verb."""
    assert RULESET.read(replace(CONFIRMED, subject=subject, text="US $2.00")).findings == ()


def test_thing_in_the_first_line_has_no_store_above_it() -> None:
    """The layout's store stands above the thing, where there is an above."""
    assert FINDER.find("LED desk lamp, foldable...\nx1\n", ()).store is None


def test_without_words_nothing_is_found() -> None:
    """Rules of one's own may know no words for the shipping."""
    assert ShipTimes([], lambda _: None).find("ships within 7 days", CONFIRMED.sent_at) is None
