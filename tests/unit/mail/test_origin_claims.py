"""What a mail's header says of its origin is quoted as it stands, whatever was written there."""

from watcher.adapters.mail.origin_claims import (
    MAX_QUOTE,
    MAX_SIGNATURES,
    OriginClaims,
    SignatureClaim,
    read_claims,
)

SIGNED = (
    b"Authentication-Results: mx.example.org;\r\n\tdkim=pass header.d=notice.aliexpress.com\r\n"
    b"Received: from a by mx.example.org; Tue, 3 Nov 2026 08:30:00 +0000\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=notice.aliexpress.com;"
    b" s=sel.1;\r\n h=from:subject; bh=d=x; b=abc\r\n"
    b"From: AliExpress <transaction@notice.aliexpress.com>\r\n\r\nHello\r\n"
)


def test_signing_domain_and_selector_are_read_over_folded_lines() -> None:
    """Both tags are found wherever the line was broken."""
    claims = read_claims(SIGNED)
    assert claims.signatures == (SignatureClaim(domain="notice.aliexpress.com", selector="sel.1"),)


def test_topmost_line_of_the_mail_server_is_quoted_whole() -> None:
    """On one line, and only the first: what stands below may have come with the mail."""
    forged = SIGNED.replace(b"Received:", b"Authentication-Results: evil; dkim=fail\r\nReceived:")
    expected = "mx.example.org; dkim=pass header.d=notice.aliexpress.com"
    assert read_claims(forged).results == expected


def test_mail_without_either_claims_nothing() -> None:
    """An unsigned mail from a server that writes no results."""
    assert read_claims(b"From: a@example.org\r\n\r\nHello") == OriginClaims()


def test_what_no_domain_could_be_is_not_taken_for_one() -> None:
    """Mark-up in the place of a domain is left out."""
    mail = b"DKIM-Signature: d=<script>; s=a b\r\n\r\n"
    assert read_claims(mail).signatures == (SignatureClaim(domain=None, selector=None),)


def test_huge_headers_are_quoted_in_part() -> None:
    """Neither many signatures nor a long line make the pack large."""
    mail = b"DKIM-Signature: d=a.example; s=b\r\n" * 50
    mail += b"Authentication-Results: " + b"x" * 9_000 + b"\r\n\r\n"
    claims = read_claims(mail)
    assert len(claims.signatures) == MAX_SIGNATURES
    assert len(claims.results or "") == MAX_QUOTE


def test_unreadable_header_claims_nothing() -> None:
    """A mail that breaks the limits is still part of the pack."""
    assert read_claims(b"X: y\r\n" * 100_000 + b"\r\n") == OriginClaims()
