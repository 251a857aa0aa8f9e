"""TXT records from the machine's own DNS resolver, remembered for a while."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watcher.adapters.mail.signature import SilentDnsError

if TYPE_CHECKING:
    import dns.resolver

REMEMBER_SECONDS = 3_600.0
REMEMBER_NONE_SECONDS = 300.0
REMEMBER_SILENCE_SECONDS = 120.0
"""So that a scan of thousands of mails does not wait for a dead resolver at each.

Less than the first pause before a mail's proof is sought again.
"""
MAX_REMEMBERED = 500
MAX_RECORD = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    until: float
    record: bytes | None
    silent: bool


class DnsText:
    """Asks DNS, with a bound on the time, and remembers answers and failures."""

    def __init__(self, resolver: "dns.resolver.Resolver | None" = None) -> None:
        self._resolver = resolver
        self._known: dict[str, _Answer] = {}

    def __call__(self, name: str, *, timeout: float) -> bytes | None:
        """Return the TXT record of `name`, its strings joined; `None` where there is none.

        `timeout` is in seconds and covers every retry.

        Raises:
            SilentDnsError: nobody answered in time, or whoever did could not find out.

        """
        name = name.lower()
        moment = time.monotonic()
        known = self._known.get(name)
        if known is None or moment >= known.until:
            known = self._ask_and_remember(name, timeout, moment)
        if known.silent:
            raise SilentDnsError
        return known.record

    def _ask_and_remember(self, name: str, timeout: float, moment: float) -> _Answer:
        try:
            record = self._ask(name, timeout)
        except SilentDnsError:
            answer = _Answer(until=moment + REMEMBER_SILENCE_SECONDS, record=None, silent=True)
        else:
            keep = REMEMBER_NONE_SECONDS if record is None else REMEMBER_SECONDS
            answer = _Answer(until=moment + keep, record=record, silent=False)
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[name] = answer
        return answer

    def _ask(self, name: str, timeout: float) -> bytes | None:
        # 5 MB that nobody needs whose server proves the mails.
        import dns.exception  # noqa: PLC0415
        import dns.resolver  # noqa: PLC0415

        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
            answer = self._resolver.resolve(name, "TXT", lifetime=timeout)
        except (
            dns.resolver.LifetimeTimeout,
            dns.resolver.NoNameservers,
            dns.resolver.NoResolverConfiguration,
            OSError,
        ) as error:
            raise SilentDnsError from error
        except (dns.exception.DNSException, UnicodeError):
            # There is no such name, it has no such record, or it can be no name at all.
            return None
        for row in answer:
            record = b"".join(row.strings)
            if len(record) <= MAX_RECORD and b"p=" in record:
                return record
        return None
