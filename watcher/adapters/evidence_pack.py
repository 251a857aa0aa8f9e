"""The pack for a bank or a dispute: which files are in it, and what each holds."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Final

from watcher.adapters.evidence_page import write_moment, write_page
from watcher.adapters.mail.origin_claims import read_claims
from watcher.domain.case import Case
from watcher.domain.deadline import Deadline
from watcher.domain.dossier import Dossier, Entry, Paper, SentLetter
from watcher.domain.message import Authenticity
from watcher.domain.money import Money

SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"
PAGE: Final = "timeline.html"
_FORMAT: Final = "aliwatch evidence 1"
_EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2107, 12, 31, tzinfo=UTC)
"""What a zip can write as a time."""
_PRIVATE: Final = 0o100600


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Files under one folder, by their path in it."""

    name: str
    """Of the folder: `evidence-8012345678901234`."""
    files: Mapping[str, bytes] = field(repr=False)
    made_at: datetime

    def as_zip(self) -> bytes:
        """The pack as a zip with its folder in it; the same pack gives the same bytes."""
        moment = min(max(self.made_at.astimezone(UTC), _EARLIEST), _LATEST)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in self.files.items():
                entry = zipfile.ZipInfo(f"{self.name}/{path}", moment.timetuple()[:6])
                entry.external_attr = _PRIVATE << 16
                entry.create_system = 3  # Unix, on whatever machine it is made
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, text)
        return content.getvalue()


def make_pack(dossier: Dossier, *, steps: Mapping[str, str], program: str) -> Pack:
    """Write every file of the pack. Pure: the same dossier gives the same bytes.

    `steps` are the titles of the playbook's steps by name, `program` names this version.
    """
    zone = dossier.zone
    mails = [_mail_facts(number, paper, zone) for number, paper in enumerate(dossier.papers, 1)]
    letters = [
        {"path": _letter_path(number, letter, zone), **asdict(letter)}
        for number, letter in enumerate(dossier.letters, 1)
    ]
    files = {
        str(facts["path"]): paper.mail.content
        for facts, paper in zip(mails, dossier.papers, strict=True)
        if paper.mail.content is not None
    }
    files |= {
        _letter_path(number, letter, zone): f"{letter.text}\n".encode()
        for number, letter in enumerate(dossier.letters, 1)
    }
    page = write_page(
        {
            "case": dossier.case,
            "received": _received(dossier.case),
            "made_at": dossier.made_at,
            "program": program,
            "zone": str(zone),
            "clocks": dossier.clocks,
            "history": dossier.history,
            "steps": steps,
            "numbers": {paper.mail.digest: _number(n) for n, paper in enumerate(dossier.papers, 1)},
            "papers": mails,
            "letters": letters,
            "alerts": dossier.alerts,
        },
        zone,
    )
    files = {PAGE: page.encode(), **files}
    manifest = _manifest(dossier, mails, letters, files, program)
    files[MANIFEST] = (json.dumps(manifest, indent=2, default=_plain) + "\n").encode()
    sums = "".join(f"{_sha256(files[path])}  {path}\n" for path in sorted(files))
    return Pack(
        name=f"evidence-{dossier.case.order}",
        files={**files, SUMS: sums.encode()},
        made_at=dossier.made_at,
    )


def _number(number: int) -> str:
    return f"{number:02}"


def _mail_facts(number: int, paper: Paper, zone: tzinfo) -> dict[str, object]:
    mail = paper.mail
    day = mail.received_at.astimezone(zone).date()
    path = f"mails/{_number(number)}-{day}-{paper.kinds[0]}.eml"
    kept = mail.content is not None
    claims = read_claims(mail.content or b"")
    return {
        "number": _number(number),
        "path": path if kept else None,
        "sha256": None if mail.content is None else _sha256(mail.content),
        "received_at": mail.received_at,
        "sender": mail.sender,
        "subject": mail.subject,
        "kinds": [kind.value for kind in paper.kinds],
        "authenticity": (mail.authenticity or Authenticity.UNKNOWN).value,
        "signatures": [asdict(signature) for signature in claims.signatures],
        "results": claims.results,
        "other_orders": paper.other_orders,
    }


def _letter_path(number: int, letter: SentLetter, zone: tzinfo) -> str:
    # A step of the person's own may be called anything.
    step = re.sub(r"[^A-Za-z0-9_-]", "_", letter.step)
    return f"letters/{_number(number)}-{letter.at.astimezone(zone).date()}-{step}.txt"


def _received(case: Case) -> Money | None:
    if case.amount is None:
        return None
    # As many places as the amount itself: 0.00 beside 49.90.
    received = case.received + case.amount.amount - case.amount.amount
    return Money(amount=received, currency=case.amount.currency)


def _manifest(
    dossier: Dossier,
    mails: list[dict[str, object]],
    letters: list[dict[str, object]],
    files: Mapping[str, bytes],
    program: str,
) -> dict[str, object]:
    case = dossier.case
    paths = {
        paper.mail.digest: facts["path"] for paper, facts in zip(dossier.papers, mails, strict=True)
    }
    return {
        "format": _FORMAT,
        "program": program,
        "made_at": dossier.made_at,
        "zone": str(dossier.zone),
        "order": case.order,
        "store": case.store,
        "items": case.items,
        "state": case.state,
        "reason": case.reason,
        "amount": None if case.amount is None else case.amount.amount,
        "currency": None if case.amount is None else case.amount.currency,
        "received": case.received,
        "remaining": None if case.remaining is None else case.remaining.amount,
        "method": case.method,
        "refund": case.refund_form,
        "clocks": [_clock_facts(clock) for clock in dossier.clocks],
        "history": [_entry_facts(entry, paths, dossier.zone) for entry in dossier.history],
        "mails": mails,
        "letters": [
            {key: letter[key] for key in ("path", "at", "step", "title")} for letter in letters
        ],
        "alerts": [
            {
                "at": alert.issued_at,
                "steps": alert.steps,
                "orders": alert.orders,
                "delivered": [asdict(receipt) for receipt in alert.receipts],
            }
            for alert in dossier.alerts
        ],
        "files": [
            {"path": path, "bytes": len(content), "sha256": _sha256(content)}
            for path, content in sorted(files.items())
        ],
    }


def _clock_facts(clock: Deadline) -> dict[str, object]:
    count = clock.count
    return {
        "clock": clock.clock,
        "start": count.start,
        "deadline": count.end,
        "days": count.days,
        "working": count.working,
        "weekend_days": count.weekend_days,
        "peculiarities": [asdict(one) for one in count.peculiarities],
        "source": clock.rule.source,
    }


def _entry_facts(entry: Entry, paths: Mapping[str, object], zone: tzinfo) -> dict[str, object]:
    event = entry.event
    return {
        "at": event.at,
        "local": write_moment(event.at, zone),
        "kind": event.kind,
        "witness": event.witness,
        "authenticity": event.authenticity,
        "mail": None if event.mail is None else paths.get(event.mail),
        "reason": event.reason,
        "amount": None if event.money is None else event.money.amount,
        "currency": None if event.money is None else event.money.currency,
        "refund": event.refund,
        "step": event.step,
        "until": event.until,
        "note": event.note,
        "changed_nothing": entry.changed_nothing,
        "taken_back": entry.taken_back,
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _plain(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
