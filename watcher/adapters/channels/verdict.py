"""Judges a failed send by what the service's plugin wrote about it."""

import re
from collections.abc import Sequence

from watcher.adapters.channels.secrecy import scrub
from watcher.domain.alert import Delivery, DeliveryOutcome

_HTTP_STATUS = re.compile(r"(?P<detail>[^:]*?),?\s*\berror=(?P<status>[345]\d\d)\b")
_EXCEPTION = re.compile(r"[\w/]+( Timeout)? Exception\b")

# requests' and urllib3's own words, which Apprise passes on at its debug level. The first that
# fits decides, so what proves that nothing was sent stands before what leaves it open.
_FAULTS = (
    (r"CERTIFICATE_VERIFY_FAILED|SSLError", DeliveryOutcome.FAILED, "its certificate is not valid"),
    (
        r"NameResolutionError|Name or service not known|getaddrinfo|name resolution",
        DeliveryOutcome.FAILED,
        "its host name is not known",
    ),
    (r"Connection refused", DeliveryOutcome.FAILED, "the connection was refused"),
    (r"ProxyError|Unable to connect to proxy", DeliveryOutcome.FAILED, "the proxy does not answer"),
    (r"ConnectTimeout|connect timeout", DeliveryOutcome.FAILED, "it cannot be reached"),
    (r"Network is unreachable|No route to host", DeliveryOutcome.FAILED, "it cannot be reached"),
    (r"Read timed out|ReadTimeout|timed out", DeliveryOutcome.UNCERTAIN, "no answer in time"),
    (
        r"Connection aborted|Connection reset|RemoteDisconnected|IncompleteRead|Broken pipe",
        DeliveryOutcome.UNCERTAIN,
        "the connection broke before an answer",
    ),
)


def judge(warnings: Sequence[str], details: Sequence[str], *, service: str, url: str) -> Delivery:
    """Name what went wrong, from Apprise's warnings and the details below them.

    Once the message may have left, the outcome is uncertain, whatever else was logged. A wrong
    address that only the service can tell (HTTP 401, 404) is a failure like any other: services
    answer so while they are ill, too.
    """
    faults = [fault for line in details if (fault := _fault(line)) is not None]
    uncertain = [fault for fault in faults if fault[0] is DeliveryOutcome.UNCERTAIN]
    for outcome, words in uncertain or faults:
        return Delivery(outcome=outcome, reason=f"{service}: {words}")
    for line in warnings:
        if found := _HTTP_STATUS.search(line):
            detail = scrub(found["detail"], url).strip(" .")
            reason = f"HTTP {found['status']} from {service}" + (f": {detail}" if detail else "")
            return Delivery(outcome=DeliveryOutcome.FAILED, reason=reason)
    last = scrub(warnings[-1], url) if warnings else "it did not take the message"
    return Delivery(outcome=DeliveryOutcome.FAILED, reason=f"{service}: {last}")


def _fault(line: str) -> tuple[DeliveryOutcome, str] | None:
    # Only the plugins' reports of exceptions: other details quote the message itself.
    if not _EXCEPTION.match(line):
        return None
    for pattern, outcome, words in _FAULTS:
        if re.search(pattern, line, re.IGNORECASE):
            return outcome, words
    return None
