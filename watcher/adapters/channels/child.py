"""The process that sends one alert through Apprise and ends.

Run as `python -m watcher.adapters.channels.child`: a request on standard input, an answer on
standard output. Apprise stays out of the daemon: its plugins cost it 20 MB for good, it waits
by sleeping, and its log lines can hold whole addresses.
"""

import logging
import os
import sys
from pathlib import Path

import apprise

from watcher.adapters.channels.exchange import Answer, Request
from watcher.adapters.channels.verdict import judge
from watcher.domain.alert import Alert, DeliveryOutcome, Severity

NOTIFY_TYPES = {
    Severity.NOTICE: apprise.NotifyType.INFO,
    Severity.ACTION: apprise.NotifyType.WARNING,
    Severity.URGENT: apprise.NotifyType.FAILURE,
}


def answer(request: Request) -> Answer:
    """Do what the request asks and tell what became of it."""
    # One channel is one address: a second one in the same line would be retried with the first.
    if len(apprise.utils.parse.parse_urls(request.url)) != 1:
        return Answer(
            outcome=DeliveryOutcome.REFUSED, reason="the address is not exactly one Apprise URL"
        )
    sender = apprise.Apprise(asset=_asset(request.timeout))
    if not sender.add(request.url):
        return Answer(
            outcome=DeliveryOutcome.REFUSED, reason="Apprise makes no service of the address"
        )
    service = sender[0]
    name, recipients = str(service.service_name), len(service)
    if "overflow_mode" not in vars(service):
        # Apprise's own default hands on what the service then cuts off or refuses as too long.
        service.overflow_mode = apprise.OverflowMode.SPLIT
    if recipients > 1:
        # Apprise's own second try leaves out those that have the message; ours would not.
        service.retry = 1
    if request.alert is None:
        return Answer(outcome=DeliveryOutcome.DELIVERED, service=name, recipients=recipients)
    outcome, reason = _send(sender, request.alert, service=name, url=request.url)
    if recipients > 1 and outcome is not DeliveryOutcome.DELIVERED:
        reason += f" (some of its {recipients} recipients may have the message)"
    return Answer(outcome=outcome, reason=reason, service=name, recipients=recipients)


def _asset(timeout: float) -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="aliwatch",
        app_desc="aliwatch",
        app_url="",
        # No pictures: services would fetch them from a third party.
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        interpret_emojis=False,
        interpret_escapes=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        service_timeout=timeout,
        allow_templates=False,
    )


def _send(
    sender: apprise.Apprise, alert: Alert, *, service: str, url: str
) -> tuple[DeliveryOutcome, str]:
    with sender.notify(
        title=alert.title,
        body=alert.body or alert.title,
        notify_type=NOTIFY_TYPES[alert.severity],
        body_format=apprise.NotifyFormat.TEXT,
        log_level=logging.DEBUG,
    ) as result:
        warnings: list[str] = []
        details: list[str] = []
        for entry in result.logs():
            at_least_warning = logging.getLevelName(entry.level) >= logging.WARNING
            (warnings if at_least_warning else details).append(entry.message)
        status = result.status.name
    if status == "SUCCESS":
        return DeliveryOutcome.DELIVERED, ""
    if status == "TIMEOUT":
        return DeliveryOutcome.UNCERTAIN, f"{service}: not finished in time"
    if status == "NOMATCH":
        return DeliveryOutcome.REFUSED, f"{service}: the address names nobody"
    delivery = judge(warnings, details, service=service, url=url)
    return delivery.outcome, delivery.reason


def main() -> None:
    """Answer one request and end, whatever Apprise has left running."""
    log = logging.getLogger("apprise")
    log.setLevel(logging.DEBUG)  # the results carry these lines; nothing else may
    log.addHandler(logging.NullHandler())
    log.propagate = False
    # The answer gets a descriptor of its own: a plugin that prints cannot spoil it.
    channel = os.dup(sys.stdout.fileno())
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    os.write(channel, answer(Request.from_json(sys.stdin.read())).to_json().encode("ascii"))
    # Apprise may have left a thread behind that hangs on a socket: leave without waiting for it.
    os._exit(0)


if __name__ == "__main__":
    main()
