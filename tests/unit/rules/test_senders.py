"""Who counts as AliExpress."""

import pytest

from watcher.adapters.rule_files import load_ruleset
from watcher.rules.senders import Role

SENDERS = load_ruleset().senders
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
    """AliExpress vouches for AliExpress, the relay for the relay alone."""
    assert SENDERS.vouches(signer, address) is vouches
