"""Whether a mail was proven to come from the sender it names.

Two witnesses are heard, in this order:

1. **The receiving server**, through `Authentication-Results`, if its name (authserv-id) is one
   of the account's trusted ones. Anybody can write such a line into a mail; only its place is
   out of a sender's reach. A server adds its own lines on top of what it received, so
   - nothing below the first field of the author's own (From, To, Subject, Date, Message-ID,
     MIME fields) is heard;
   - every trusted line above the topmost `Received` is heard: that one was added on arrival, so
     what stands above it was added after it, by the receiving side;
   - where there is none up there, the first trusted line further down is heard alone, if every
     `Received` above it was written by the same organisation (Gmail puts its results below its
     own `Received`). A forged line that came with the mail stands below the real one;
   - a line whose server cannot be read may be the real one: nothing below it is heard.
2. **The signature itself** (DKIM), looked up in DNS, where no trusted line speaks.

A signature that does not hold proves nothing: mailing lists and forwarders break good ones. Only
the receiving server, which saw the connection too, can make a mail a `fail`.
"""

import re
from collections.abc import Sequence

from watcher.adapters.mail.headers import Envelope
from watcher.adapters.mail.results import Result, read_field, read_server
from watcher.domain.message import Authenticity
from watcher.rules.senders import Senders, belongs

_AUTHOR_FIELDS = frozenset(
    {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"}
)
_SINGLE_FIELDS = ("from", "subject", "date", "content-type", "content-transfer-encoding")
_RECEIVED_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]+)", re.IGNORECASE)
_SUBJECT_OF = {
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
    "spf": ("smtp.mailfrom",),
}
_RECEIVED_FROM = re.compile(r"^\s*from\s", re.IGNORECASE)


def read_results(
    envelope: Envelope, sender: str, trusted: Sequence[str], senders: Senders
) -> Authenticity:
    """Return what the receiving server found; `UNKNOWN` where it does not speak or is not trusted.

    Source: RFC 8601 (where the lines stand, whom to believe), RFC 7489 (alignment).
    """
    fields = _heard(envelope, frozenset(name.lower() for name in trusted))
    results = [result for each in fields for result in read_field(each)]
    return _judge(results, sender, senders)


def topmost_server(envelope: Envelope) -> str | None:
    """Name the server whose results stand topmost; `None` where they would not be heard.

    Only the topmost line is looked at: one below it may have come with the mail. A mail without
    a `Received` came from no server.
    """
    lines = envelope.all("authentication-results")[:1]
    if not lines or not envelope.all("received"):
        return None
    name = read_server(lines[0].text)
    heard = _heard(envelope, frozenset({name})) if name else []
    return name if heard[:1] == [lines[0].text] else None


def organisation_of(server: str) -> str:
    """Return the domain that a server's relatives share: `example.org` for `mx.example.org`."""
    parent = server.partition(".")[2]
    return parent if "." in parent else server


def is_ambiguous(envelope: Envelope) -> bool:
    """Tell whether a field that must be single stands there twice.

    A signature covers the lowest, people see the topmost: such a mail is never a `pass`.
    """
    names = [each.name for each in envelope.fields]
    return any(names.count(name) > 1 for name in _SINGLE_FIELDS)


def _heard(envelope: Envelope, trusted: frozenset[str]) -> list[str]:
    above: list[str] = []
    received: list[str] = []
    ended = False
    travelled = any(each.name == "received" for each in envelope.fields)
    for each in envelope.fields:
        if travelled and each.name in _AUTHOR_FIELDS:
            break
        if each.name == "received":
            if above or ended:
                return above
            received.append(each.text)
        elif each.name == "authentication-results" and not ended:
            written = each.text
            server = read_server(written)
            if not server:
                ended = True
            if server not in trusted:
                continue
            if received:
                own = all(_written_by(line, server) for line in received)
                return [written] if own else []
            above.append(written)
    return above[:1]


def _written_by(received: str, server: str) -> bool:
    named = _RECEIVED_BY.findall(received)
    if not named:
        return False
    if _RECEIVED_FROM.match(received) is None:
        # A hand-over inside one organisation ("by 2002:a05:… with SMTP id …") names no peer.
        return True
    # A greeting may hold a "by" of its own: whoever wrote the line is then anybody's guess.
    return all(belongs(name.lower(), (server, organisation_of(server))) for name in named)


def _about(result: Result) -> str | None:
    """Return the domain that a result is about, `None` where the server does not say."""
    for key in _SUBJECT_OF[result.method]:
        value = result.stated.get(key)
        if value:
            return value.rpartition("@")[2].lower().rstrip(".")
    return None


def _judge(results: Sequence[Result], sender: str, senders: Senders) -> Authenticity:
    """Weigh one server's results. A contradiction in them proves nothing either way."""
    from_domain = sender.rpartition("@")[2]
    heard = [(each, _about(each)) for each in results if each.method in _SUBJECT_OF]
    signatures = [(each.result, domain) for each, domain in heard if each.method == "dkim"]
    policies = [
        each.result
        for each, domain in heard
        if each.method == "dmarc" and (domain is None or belongs(from_domain, (domain,)))
    ]
    signed = any(
        result == "pass" and domain is not None and senders.vouches(domain, sender)
        for result, domain in signatures
    )
    passed = signed or "pass" in policies
    envelope_aligned = any(
        each.method == "spf"
        and each.result == "pass"
        and domain is not None
        and senders.vouches(domain, sender)
        for each, domain in heard
    )
    broken = bool(signatures) and all(result == "fail" for result, _ in signatures)
    failed = "fail" in policies or (broken and not envelope_aligned and not passed)
    if passed:
        return Authenticity.UNKNOWN if failed else Authenticity.PASS
    return Authenticity.FAIL if failed else Authenticity.UNKNOWN
