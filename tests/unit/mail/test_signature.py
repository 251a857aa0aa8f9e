"""DKIM signatures, checked against a zone of the test's own with really signed mails."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from unit.mail.signing import MAIL, Zone, make_key, record, sign
from watcher.adapters.mail.dns_text import DnsText
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.signature import SignatureCheck, SilentDnsError
from watcher.adapters.rule_files import load_senders
from watcher.domain.message import Authenticity, Message, RawMail

SENDERS = load_senders()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """Make one key for all tests."""
    return make_key()


def parse(content: bytes, zone: Zone, trusted: tuple[str, ...] = ()) -> Message:
    """Parse with a signature check over `zone`."""
    check = SignatureCheck(look_up=zone, senders=SENDERS)
    parser = MailParser(senders=SENDERS, signature_check=check, trusted_authserv=trusted)
    return parser(RawMail(content=content, received_at=None))


def prove(content: bytes, zone: Zone, trusted: tuple[str, ...] = ()) -> Authenticity:
    """Answer what a mail's signature is worth."""
    return parse(content, zone, trusted).authenticity


@pytest.fixture
def zone(key: rsa.RSAPrivateKey) -> Zone:
    """Publish the key for AliExpress and for a stranger."""
    return Zone(
        {
            "s1._domainkey.notice.aliexpress.com.": record(key),
            "s1._domainkey.aliexpress.com.": record(key),
            "s1._domainkey.example.net.": record(key),
        }
    )


@pytest.mark.parametrize("domain", [b"notice.aliexpress.com", b"aliexpress.com"])
def test_good_signature_of_the_senders_domain_proves(
    key: rsa.RSAPrivateKey, zone: Zone, domain: bytes
) -> None:
    """A signature that holds, of AliExpress's own domain, is a pass."""
    assert prove(sign(key, domain=domain), zone) is Authenticity.PASS


def test_signature_holds_with_either_line_end(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """A mail stored with bare line feeds is proven as well."""
    assert prove(sign(key).replace(b"\r\n", b"\n"), zone) is Authenticity.PASS


def test_strangers_signature_is_not_even_looked_up(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """A good signature of another domain proves nothing, and DNS is not asked for it."""
    assert prove(sign(key, domain=b"example.net"), zone) is Authenticity.UNKNOWN
    assert zone.asked == []


def test_altered_mail_is_unknown_not_failed(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """A broken signature may be a forwarder's doing: unknown, for text and subject alike."""
    signed = sign(key)
    assert prove(signed.replace(b"been closed", b"been moved"), zone) is Authenticity.UNKNOWN
    assert prove(signed.replace(b"is closed", b"is moved"), zone) is Authenticity.UNKNOWN
    assert zone.asked


def test_silent_dns_is_unknown_for_the_time_being(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """Without an answer nothing is known, and the proof is to be sought again."""
    zone.silent = True
    message = parse(sign(key), zone)
    assert message.authenticity is Authenticity.UNKNOWN
    assert message.proof_pending


def test_missing_or_damaged_key_is_unknown_for_good(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """DNS has spoken: asking again would change nothing."""
    damaged = Zone({"s1._domainkey.notice.aliexpress.com.": b"v=DKIM1; p=!!!"})
    for answering in (Zone({}), damaged):
        message = parse(sign(key), answering)
        assert message.authenticity is Authenticity.UNKNOWN
        assert not message.proof_pending
    assert not parse(sign(key), zone).proof_pending


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda mail: b"Subject: Refund issued\r\n" + mail, id="second subject"),
        pytest.param(lambda _: MAIL, id="unsigned"),
    ],
)
def test_mail_that_no_key_could_prove_awaits_no_proof(
    key: rsa.RSAPrivateKey, zone: Zone, spoil: Callable[[bytes], bytes]
) -> None:
    """What no key can mend is not looked up for days."""
    zone.silent = True
    assert not parse(spoil(sign(key)), zone).proof_pending


def test_signature_must_cover_subject_and_whole_body(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """What is not signed could have been added: such signatures do not count."""
    assert prove(sign(key, headers=[b"from", b"date"]), zone) is Authenticity.UNKNOWN
    assert prove(sign(key, length=True) + b"Refund issued.\r\n", zone) is Authenticity.UNKNOWN


def test_second_subject_takes_the_proof_away(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """A subject put on top of a signed mail makes it unknown."""
    assert prove(b"Subject: Refund issued\r\n" + sign(key), zone) is Authenticity.UNKNOWN


def test_trusted_server_is_heard_first(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """Where the receiving server speaks, DNS is not asked."""
    line = b"Authentication-Results: mx.example.org; dmarc=fail header.from=aliexpress.com\r\n"
    assert prove(line + sign(key), zone, ("mx.example.org",)) is Authenticity.FAIL
    assert zone.asked == []


@pytest.mark.parametrize(
    "line",
    [
        b"DKIM-Signature: d=aliexpress.com; h=from:subject",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=aliexpress.com; s=s1; h=from:subject; bh=; b=",
        b"DKIM-Signature: v=2; a=x; d=aliexpress.com; s=s1; h=from:subject; bh=YQ==; b=YQ==",
        b"DKIM-Signature: a=rsa-sha256; d=aliexpress.com; s=\xff; h=from:subject;bh=YQ==; b=YQ==",
        b"DKIM-Signature: d=aliexpress.com; h=from:subject; b=" + b"A" * 5_000,
        b"DKIM-Signature:",
    ],
)
def test_damaged_signature_is_unknown(line: bytes, zone: Zone) -> None:
    """No signature, however malformed, stops the reading of its mail."""
    assert prove(line + b"\r\n" + MAIL, zone) is Authenticity.UNKNOWN


def test_bait_for_the_canonicalisation_takes_no_time(key: rsa.RSAPrivateKey, zone: Zone) -> None:
    """Megabytes of blanks under a signature are refused, not searched for minutes."""
    started = time.monotonic()
    assert prove(sign(key) + b" " * 3_000_000 + b"x", zone) is Authenticity.UNKNOWN
    assert time.monotonic() - started < 10


class NameServer:
    """A real DNS server on loopback: one record, one name that is not there, else silence."""

    def __init__(self) -> None:
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        """Answer until an empty datagram comes."""
        while True:
            content, peer = self.socket.recvfrom(4096)
            if not content:
                return
            query = dns.message.from_wire(content)
            name = query.question[0].name.to_text()
            self.asked += 1
            if name == "missing.example.":
                response = dns.message.make_response(query)
                response.set_rcode(dns.rcode.NXDOMAIN)
                self.socket.sendto(response.to_wire(), peer)
            if name == "known.example.":
                response = dns.message.make_response(query)
                record = dns.rrset.from_text(
                    name, 60, "IN", "TXT", '"hello"', '"v=DKIM1; " "p=abc"'
                )
                response.answer.append(record)
                self.socket.sendto(response.to_wire(), peer)

    def close(self) -> None:
        """Stop and release the port."""
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join(timeout=10)
        self.socket.close()


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    """Run a name server for one test."""
    server = NameServer()
    yield server
    server.close()


def test_answers_and_failures_of_dns_are_remembered(name_server: NameServer) -> None:
    """A record is joined from its strings; it, its absence and a silence are asked for once."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = name_server.socket.getsockname()[1]
    look_up = DnsText(resolver)
    assert look_up("Known.example.", timeout=10) == b"v=DKIM1; p=abc"
    assert look_up("missing.example.", timeout=10) is None
    with pytest.raises(SilentDnsError):
        look_up("unknown.example.", timeout=0.5)
    asked = name_server.asked
    assert look_up("known.example.", timeout=10) == b"v=DKIM1; p=abc"
    assert look_up("missing.example.", timeout=10) is None
    with pytest.raises(SilentDnsError):
        look_up("unknown.example.", timeout=10)
    assert name_server.asked == asked


def test_name_that_is_none_has_no_record(name_server: NameServer) -> None:
    """A selector that cannot be a DNS name is answered with silence, not an error."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = name_server.socket.getsockname()[1]
    assert DnsText(resolver)("x" * 70 + ".example.", timeout=1) is None
    assert name_server.asked == 0
