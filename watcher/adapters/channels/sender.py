"""Sends one alert down one channel and tells what became of it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from watcher.adapters.channels.exchange import Answer, Request
from watcher.domain.alert import Alert, Delivery, DeliveryOutcome, Severity
from watcher.domain.errors import TransientError, UserError

SEND_TIMEOUT = 60.0
"""Seconds for one send, the start of its process included. Most services take two to seven."""
_GRACE = 8.0
_LONGEST_ANSWER = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One Apprise URL, and the severities it carries. One channel has one recipient, ideally."""

    name: str
    """The name in the settings: `phone`."""
    url: Callable[[], str] = field(repr=False)
    """Resolves the secret anew for each send; it is never stored."""
    severities: frozenset[Severity] = frozenset(Severity)
    timeout: float = SEND_TIMEOUT
    """Seconds after which the sending process is killed."""

    def carries(self, severity: Severity) -> bool:
        """Whether alerts of this severity go down this channel."""
        return severity in self.severities

    def send(self, alert: Alert) -> Delivery:
        """Try once to deliver `alert`, and tell what became of it; never raises for a bad channel.

        A recipient may get the alert twice where the outcome is not `DELIVERED` and it is sent
        again: after an answer that came too late, and where the URL names several recipients
        or the service needed several pieces, of which one failed.
        """
        try:
            url = self.url()
        except UserError as error:
            problems = "; ".join(f"{problem.place}: {problem.what}" for problem in error.problems)
            return Delivery(outcome=DeliveryOutcome.REFUSED, reason=problems)
        except TransientError as error:
            return Delivery(outcome=DeliveryOutcome.FAILED, reason=str(error))
        answer = _ask(url, alert=alert, timeout=self.timeout)
        return Delivery(outcome=answer.outcome, reason=answer.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What Apprise makes of a URL, in words that hold no secret."""

    service: str
    """The service's own name, `Slack`; empty where the URL makes no sense."""
    recipients: int
    """How many rooms, topics or people it names. More than one is a reason to split it up."""
    problem: str = ""
    """Why it cannot be used; empty where it can."""


def check_url(url: str, *, timeout: float = SEND_TIMEOUT) -> Address:
    """Tell what service `url` addresses, and send nothing."""
    answer = _ask(url, alert=None, timeout=timeout)
    return Address(service=answer.service, recipients=answer.recipients, problem=answer.reason)


def _ask(url: str, *, alert: Alert | None, timeout: float) -> Answer:
    # The child gives up by itself a little earlier, and then can say what it waited for.
    request = Request(url=url, alert=alert, timeout=max(timeout - _GRACE, timeout / 2))
    # -P: a folder that happens to be the working directory must not provide the modules. Not -I,
    # which would also cut off an installation that PYTHONPATH or the user's site provides.
    command = [sys.executable, "-P", "-m", "watcher.adapters.channels.child"]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Apprise logs there, at times with the whole address.
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return Answer(
            outcome=DeliveryOutcome.FAILED, reason=f"no process to send with: {error.strerror}"
        )
    with process:
        try:
            output, _ = process.communicate(request.to_json().encode("ascii"), timeout=timeout)
        except subprocess.TimeoutExpired:
            return Answer(
                outcome=DeliveryOutcome.UNCERTAIN,
                reason=f"not finished after {timeout:.0f} seconds",
            )
        finally:
            _end(process)
    return _read(output, code=process.returncode)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing of the sending process behind, plugins' own processes included."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(output: bytes, *, code: int) -> Answer:
    if code < 0:
        # Killed, by the memory limit for example; the message may have left before.
        return Answer(outcome=DeliveryOutcome.UNCERTAIN, reason=f"killed by signal {-code}")
    try:
        return Answer.from_json(output[:_LONGEST_ANSWER].decode("ascii"))
    except (ValueError, TypeError):
        return Answer(
            outcome=DeliveryOutcome.FAILED, reason=f"the sending process broke off (exit {code})"
        )
