"""Who counts as AliExpress."""

from pathlib import Path

import pytest

from watcher.adapters.rule_files import load_senders
from watcher.rules.senders import Role

SENDERS = load_senders()
RELAYED = "transaction_at_notice_aliexpress_com_1f2e3d4c5b_9a8b7c6d@privaterelay.appleid.com"


@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("transaction@notice.aliexpress.com", Role.TRANSACTIONAL),
        (RELAYED, Role.TRANSACTIONAL),
        ("notice@info.aliexpress.com", Role.SELLER),
        ("aliexpress@notice.aliexpress.com", Role.MARKETING),
        ("anything@deals.aliexpress.com", Role.MARKETING),
        ("promotion@aliexpress.com", Role.MARKETING),
        ("promotion@new.aliexpress.com", Role.OTHER),
        ("a@aliexpress.com", Role.OTHER),
        ("transaction@notice.aliexpress.us", Role.OTHER),
        ("order@aliexpress.ru", Role.OTHER),
    ],
)
def test_address_has_its_role(address: str, role: Role) -> None:
    """Exact addresses and exact domains decide, seen through Apple's relay as well."""
    assert SENDERS.role(address) is role


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@aliexpress.com",
        "transaction@notice.aliexpress.com.example.net",
        "transaction@noticealiexpress.com",
        "transaction@aliexpresse.eu",
        "transaction@notice.xn--liexpress-g4g.com",
        "transaction@notice.аliexpress.com",
        "transaction@notice.aliexpress.co",
        "transaction@notice-aliexpress.ru",
        "transaction@notice.aliexpress.ru.example.net",
        "transaction_at_notice_aliexpress_com_1f2e3d4c5b_9a8b7c6d@appleid.com",
        "transaction_at_notice_aliexpress_com_1f2e3d4c5b_9a8b7c6d@x.privaterelay.appleid.com",
        "transaction_at_notice_aliexpress_com@privaterelay.appleid.com",
        "transaction_at_notice_aliexpress_com_1f2e3d4c5b@privaterelay.appleid.com",
        "transaction_at_notice_aliexpress_com_evil_1f2e3d4c5b_9a8b7c6d@privaterelay.appleid.com",
        "a_at_notice_aliexpress_com_x_at_evil_com_1f2e3d4c_9a8b7c6d@privaterelay.appleid.com",
        "transaction-at-notice.aliexpress.com_1f2e_9a8b@privaterelay.appleid.com",
    ],
)
def test_look_alike_has_no_role(address: str) -> None:
    """Nothing but whole labels and the relay's exact form is taken for AliExpress."""
    assert SENDERS.role(address) is None


@pytest.mark.parametrize(
    ("signer", "address", "vouches"),
    [
        ("aliexpress.com", "transaction@notice.aliexpress.com", True),
        ("NOTICE.aliexpress.com.", "transaction@notice.aliexpress.com", True),
        ("mail.aliexpress.com", "transaction@notice.aliexpress.com", True),
        ("aliexpress.ru", "transaction@notice.aliexpress.ru", True),
        ("aliexpress.ru", "transaction@notice.aliexpress.com", False),
        ("aliexpress.com", "transaction@notice.aliexpress.us", False),
        ("privaterelay.appleid.com", RELAYED, True),
        ("aliexpress.com", RELAYED, False),
        ("appleid.com", RELAYED, False),
        ("privaterelay.appleid.com", "transaction@notice.aliexpress.com", False),
        ("notaliexpress.com", "transaction@notice.aliexpress.com", False),
        ("com", "transaction@notice.aliexpress.com", False),
        ("example.net", "a@example.net", False),
    ],
)
def test_only_the_senders_own_domain_vouches(signer: str, address: str, vouches: bool) -> None:
    """Each of AliExpress's domains vouches for its own mails, the relay for the relay alone."""
    assert SENDERS.vouches(signer, address) is vouches


@pytest.mark.parametrize(
    "refused", ["aliexpress.ru", "notice.aliexpress.ru", "order@aliexpress.ru"]
)
def test_person_can_refuse_a_listed_sender(tmp_path: Path, refused: str) -> None:
    """A domain with its subdomains, or one address, counts as a stranger's; the rest stays."""
    (tmp_path / "senders.toml").write_text(f'refused = ["{refused}"]\n')
    senders = load_senders([tmp_path])
    named = f"order@{refused}" if "@" not in refused else refused
    assert SENDERS.role(named) is Role.OTHER
    assert senders.role(named) is None
    assert senders.role("transaction@notice.aliexpress.com") is Role.TRANSACTIONAL
    if refused == "aliexpress.ru":
        assert senders.role("transaction@notice.aliexpress.ru") is None
    else:
        assert senders.role("transaction@new.aliexpress.ru") is Role.OTHER


def test_refused_sender_stays_refused_behind_the_relay(tmp_path: Path) -> None:
    """Apple's form of a refused address is refused as well."""
    (tmp_path / "senders.toml").write_text('refused = ["notice.aliexpress.com"]\n')
    assert load_senders([tmp_path]).role(RELAYED) is None


def test_person_can_add_a_domain(tmp_path: Path) -> None:
    """A domain of the person's own list counts as one of the shipped ones, with its subdomains."""
    (tmp_path / "senders.toml").write_text(
        'domains = ["aliexpress.example"]\ntransactional = ["transaction@aliexpress.example"]\n'
    )
    senders = load_senders([tmp_path])
    assert senders.role("transaction@aliexpress.example") is Role.TRANSACTIONAL
    assert senders.role("a@news.aliexpress.example") is Role.OTHER
    assert senders.role("a@notaliexpress.example") is None
    assert senders.vouches("aliexpress.example", "transaction@aliexpress.example")
