"""Really signed mails, and a DNS of the test's own that has the key."""

from base64 import b64encode

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from watcher.adapters.mail.signature import SilentDnsError

MAIL = (
    b"From: AliExpress <transaction@notice.aliexpress.com>\r\nTo: a@b.example\r\n"
    b"Subject: Your order 8012345678901234 is closed\r\nDate: Tue, 20 Aug 2024 13:51:31 -0700\r\n"
    b"\r\nYour order has been closed.\r\n"
)
HEADERS = [b"from", b"to", b"subject", b"date"]


class Zone:
    """A DNS of records at hand, which counts what it is asked."""

    def __init__(self, records: dict[str, bytes], *, silent: bool = False) -> None:
        self.records = records
        self.silent = silent
        self.asked: list[str] = []

    def __call__(self, name: str, *, timeout: float) -> bytes | None:
        """Answer at once, or say that nobody did."""
        assert 0 < timeout <= 4
        self.asked.append(name)
        if self.silent:
            raise SilentDnsError
        return self.records.get(name)


def make_key() -> rsa.RSAPrivateKey:
    """Make a key as strong as AliExpress's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def record(key: rsa.RSAPrivateKey) -> bytes:
    """Write the key as DNS has it."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + b64encode(public)


def sign(
    key: rsa.RSAPrivateKey,
    mail: bytes = MAIL,
    *,
    domain: bytes = b"notice.aliexpress.com",
    headers: list[bytes] | None = None,
    length: bool = False,
) -> bytes:
    """Sign a mail as its sender's server does."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    line: bytes = dkim.sign(
        mail,
        b"s1",
        domain,
        private,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=headers or HEADERS,
        length=length,
    )
    return line + mail
