"""What an `Authentication-Results` field is taken to say."""

import pytest

from watcher.adapters.mail.results import MAX_RESULTS, read_field, read_server

GMAIL = (
    "mx.google.com; dkim=pass header.i=@notice.aliexpress.com header.s=s1024 header.b=Ab/cd+e;"
    " spf=pass (google.com: domain of x@bounce.example designates 192.0.2.1 as permitted sender)"
    " smtp.mailfrom=x@bounce.example; dmarc=pass (p=QUARANTINE sp=QUARANTINE dis=NONE)"
    " header.from=aliexpress.com"
)
CHATTY = (
    "mx.example.org; arc=none (no signatures found); bimi=skipped (DMARC did not pass);"
    " dkim=pass (1024-bit rsa key sha256) header.d=aliexpress.com header.i=@aliexpress.com"
    ' header.b="a/B+c" header.a=rsa-sha256 header.s=s1; iprev=pass smtp.remote-ip=2001:db8::1 (x);'
    " x-tls=pass smtp.version=TLSv1.3 smtp.bits=256/256; vs=clean score=0 state=0;"
)


def said(field: str) -> list[tuple[str, str, dict[str, str]]]:
    """Read a field below a server's name."""
    return [
        (each.method, each.result, dict(each.stated))
        for each in read_field(f"mx.a.example;{field}")
    ]


def test_what_large_providers_write_is_read() -> None:
    """Comments, quoted values, addresses, versions of protocols: each property is found."""
    dkim, spf, dmarc = read_field(GMAIL)
    assert dkim.stated["header.i"] == "@notice.aliexpress.com"
    assert spf.stated == {"smtp.mailfrom": "x@bounce.example"}
    assert (dmarc.result, dmarc.stated) == ("pass", {"header.from": "aliexpress.com"})
    results = {each.method: each for each in read_field(CHATTY)}
    assert results["dkim"].stated["header.b"] == "a/B+c"
    assert results["iprev"].stated == {"smtp.remote-ip": "2001:db8::1"}
    assert results["vs"].stated == {"score": "0", "state": "0"}


@pytest.mark.parametrize(
    ("field", "stated"),
    [
        ("dkim=pass header . d = a.example", {"header.d": "a.example"}),
        ("DKIM = Pass Header.D=A.example", {"header.d": "A.example"}),
        ("dkim/1=pass header.d=a.example", {"header.d": "a.example"}),
        ("dkim(x)=(y)pass(z)header.d=(w)a.example", {"header.d": "a.example"}),
        ("dkim=pass (a (b (c) \\) d) e) header.d=a.example", {"header.d": "a.example"}),
        ('dkim=pass (") header.d=a.example', {"header.d": "a.example"}),
        ('dkim=pass header.d="a.ex\\ample"', {"header.d": "a.example"}),
        ('dkim=pass header.i="x y"@a.example', {"header.i": '"x y"@a.example'}),
        ("dkim=pass header.d=a.example;", {"header.d": "a.example"}),
        ("dkim=pass header.d=a.example header.d=a.example", {"header.d": "a.example"}),
    ],
)
def test_grammar_of_the_standard_is_read(field: str, stated: dict[str, str]) -> None:
    """Blanks, comments in comments, strings and versions stand wherever RFC 8601 lets them."""
    assert said(field) == [("dkim", "pass", stated)]


@pytest.mark.parametrize(
    "field",
    [
        'dkim=pass reason="header.d=a.example"',
        'dkim=pass reason="x header.d=a.example y"',
        "dkim=pass (header.d=a.example)",
        "dkim=pass action= header.d=a.example",
        "dkim=pass xheader.d=a.example",
        "dkim=pass header.d",
    ],
)
def test_what_is_only_mentioned_was_not_said(field: str) -> None:
    """What stands in a string, in a comment or in another value is no statement."""
    ((method, result, stated),) = said(field)
    assert (method, result) == ("dkim", "pass")
    assert "header.d" not in stated


@pytest.mark.parametrize(
    "field",
    [
        "",
        "none",
        " None (nothing to say)",
        "dkim",
        "dkim=",
        "=pass",
        "dkim pass",
        "dkim=pass; spf",
        "dkim=pass;; spf=pass",
        "dkim=pass (",
        "dkim=pass (a (b)",
        "dkim=pass (a \\",
        "dkim=pass a) header.d=a.example",
        "dkim=pass header.d=a.example, header.s=x",
        'dkim=pass reason="x',
        'dkim=pass reason="x\\"',
        'dkim=pass"x"',
        "dkim=pass header.d=a.example header.d=b.example",
        "dkim=pass header.d=a.example<b.example>",
        'dkim=pass header.d="a.example"x',
        "dkim=pass x:header.d=a.example",
        "dkim=pass" + " (x)" * MAX_RESULTS,
    ],
)
def test_damaged_field_says_nothing(field: str) -> None:
    """Nothing is believed of a field that breaks off, contradicts itself or is no list."""
    assert said(field) == []


@pytest.mark.parametrize(
    ("field", "server"),
    [
        ("MX.example.org; none", "mx.example.org"),
        ("mx.example.org 1; none", "mx.example.org"),
        ("mx.example.org 2; none", ""),
        ("mx.example.org (amavisd-new); none", "mx.example.org"),
        ("mx.example.org(x (y) \\) z) 1 (v); none", "mx.example.org"),
        ("(x) (y) mx.example.org; none", "mx.example.org"),
        ('"mx.example.org"; none', "mx.example.org"),
        ('"MX.exam\\ple.org" (x) 1; none', "mx.example.org"),
        ("mx+1.example.org; none", "mx+1.example.org"),
        ("mx.example.org (x; none", ""),
        ("mx.example.org 11; none", ""),
        ('"mx.example.org; none', ""),
        ('"mx.example.org"x; none', ""),
        ("mx.example.org x; none", ""),
        ("spf=pass smtp.mailfrom=x; dkim=pass", ""),
        ("mx.examplе.org; none", ""),
        ("(" * MAX_RESULTS, ""),
        ("", ""),
    ],
)
def test_server_is_named_as_the_standard_writes_it_or_not_at_all(field: str, server: str) -> None:
    """Comments and quotes are no part of a name; one of an unknown version or shape is nobody's."""
    assert read_server(field) == server
    assert read_field(field) == ()


def test_results_below_a_commented_or_quoted_name_are_read() -> None:
    """What follows such a name is said by that server."""
    for server in ("mx.example.org (amavisd-new)", '(x) "mx.example.org" 1'):
        (result,) = read_field(f"{server}; dkim=fail header.d=a.example")
        assert (result.result, result.stated) == ("fail", {"header.d": "a.example"})
