"""TXT records from the machine's own DNS resolver, remembered for a while."""

import time

import dns.exception
import dns.resolver

REMEMBER_SECONDS = 3_600.0
REMEMBER_FAILURE_SECONDS = 300.0
"""So that a scan of thousands of mails does not wait for a dead resolver at each."""
MAX_REMEMBERED = 500
MAX_RECORD = 4_000


class DnsText:
    """Asks DNS, with a bound on the time, and remembers answers and failures."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._known: dict[str, tuple[float, bytes | None]] = {}

    def __call__(self, name: str, *, timeout: float) -> bytes | None:
        """Return the TXT record of `name`, its strings joined; `None` where none came in time.

        `timeout` is in seconds and covers every retry.
        """
        name = name.lower()
        moment = time.monotonic()
        known = self._known.get(name)
        if known is not None and moment < known[0]:
            return known[1]
        record = self._ask(name, timeout)
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        keep = REMEMBER_FAILURE_SECONDS if record is None else REMEMBER_SECONDS
        self._known[name] = (moment + keep, record)
        return record

    def _ask(self, name: str, timeout: float) -> bytes | None:
        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
            answer = self._resolver.resolve(name, "TXT", lifetime=timeout)
        except (dns.exception.DNSException, OSError, UnicodeError):
            return None
        for row in answer:
            record = b"".join(row.strings)
            if len(record) <= MAX_RECORD and b"p=" in record:
                return record
        return None
