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
     own `Received`). A forged line that came with the mail stands below the real one.
2. **The signature itself** (DKIM), looked up in DNS, where no trusted line speaks.

A signature that does not hold proves nothing: mailing lists and forwarders break good ones. Only
the receiving server, which saw the connection too, can make a mail a `fail`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import authres

from watcher.adapters.mail.headers import Envelope, Field
from watcher.domain.message import Authenticity
from watcher.rules.senders import Senders, belongs

MAX_RESULTS = 8_000
"""Characters of one Authentication-Results field; longer ones are not heard."""

_AUTHOR_FIELDS = frozenset(
    {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"}
)
_SINGLE_FIELDS = ("from", "subject", "date", "content-type", "content-transfer-encoding")
_SERVER_NAME = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:[0-9]\s*)?;")
_RECEIVED_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]+)", re.IGNORECASE)
_SUBJECT_OF = {
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
    "spf": ("smtp.mailfrom",),
}
_RECEIVED_FROM = re.compile(r"^\s*from\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    method: str
    result: str
    domain: str | None
    """The domain the result is about; `None` where the server does not say."""


def read_results(
    envelope: Envelope, sender: str, trusted: Sequence[str], senders: Senders
) -> Authenticity:
    """Return what the receiving server found; `UNKNOWN` where it does not speak or is not trusted.

    Source: RFC 8601 (where the lines stand, whom to believe), RFC 7489 (alignment).
    """
    fields = _heard(envelope, frozenset(name.lower() for name in trusted))
    results = [result for each in fields for result in _results(each)]
    return _judge(results, sender, senders)


def is_ambiguous(envelope: Envelope) -> bool:
    """Tell whether a field that must be single stands there twice.

    A signature covers the lowest, people see the topmost: such a mail is never a `pass`.
    """
    names = [each.name for each in envelope.fields]
    return any(names.count(name) > 1 for name in _SINGLE_FIELDS)


def _heard(envelope: Envelope, trusted: frozenset[str]) -> list[Field]:
    above: list[Field] = []
    received: list[str] = []
    travelled = any(each.name == "received" for each in envelope.fields)
    for each in envelope.fields:
        if travelled and each.name in _AUTHOR_FIELDS:
            break
        if each.name == "received":
            if above:
                return above
            received.append(each.text)
        elif each.name == "authentication-results":
            server = _SERVER_NAME.match(each.text)
            if server is None or server[1].lower() not in trusted:
                continue
            if received:
                own = all(_written_by(line, server[1].lower()) for line in received)
                return [each] if own else []
            above.append(each)
    return above[:1]


def _written_by(received: str, server: str) -> bool:
    written_by = _RECEIVED_BY.search(received)
    if written_by is None:
        return False
    if _RECEIVED_FROM.match(received) is None:
        # A hand-over inside one organisation ("by 2002:a05:… with SMTP id …") names no peer.
        return True
    _, _, parent = server.partition(".")
    organisation = parent if "." in parent else server
    return belongs(written_by[1].lower(), (server, organisation))


def _results(line: Field) -> Iterator[_Result]:
    if len(line.text) > MAX_RESULTS:
        return
    try:
        header = authres.all_features().parse_value(line.text)
    except (authres.AuthResError, RecursionError):
        return
    for each in header.results:
        method = getattr(each, "method", None)
        if method is None or each.result is None:
            continue
        stated = {f"{prop.type}.{prop.name}".lower(): prop.value for prop in each.properties}
        yield _Result(
            method=method.lower(), result=each.result.lower(), domain=_about(method.lower(), stated)
        )


def _about(method: str, stated: Mapping[str, str | None]) -> str | None:
    for key in _SUBJECT_OF.get(method, ()):
        value = stated.get(key)
        if value:
            return value.rpartition("@")[2].lower().rstrip(".")
    return None


def _judge(results: Sequence[_Result], sender: str, senders: Senders) -> Authenticity:
    """Weigh one server's results. A contradiction in them proves nothing either way."""
    from_domain = sender.rpartition("@")[2]
    signatures = [each for each in results if each.method == "dkim"]
    policies = [
        each
        for each in results
        if each.method == "dmarc" and (each.domain is None or belongs(from_domain, (each.domain,)))
    ]
    signed = any(
        each.result == "pass" and each.domain is not None and senders.vouches(each.domain, sender)
        for each in signatures
    )
    passed = signed or any(each.result == "pass" for each in policies)
    envelope_aligned = any(
        each.method == "spf"
        and each.result == "pass"
        and each.domain is not None
        and senders.vouches(each.domain, sender)
        for each in results
    )
    broken = bool(signatures) and all(each.result == "fail" for each in signatures)
    failed = any(each.result == "fail" for each in policies) or (
        broken and not envelope_aligned and not passed
    )
    if passed:
        return Authenticity.UNKNOWN if failed else Authenticity.PASS
    return Authenticity.FAIL if failed else Authenticity.UNKNOWN
