"""What a poll with nothing new costs, with 100 and with 10,000 mails on a real Dovecot.

Run from the checkout: `PYTHONPATH=tests python tests/benchmarks/poll.py`. Both mailboxes are
polled in turn in one process; the figures are the median of the polls.
"""

import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from servers.dovecot_server import DovecotServer, find_dovecot
from servers.fault_proxy import FaultProxy
from servers.mailboxes import ImapMailbox, write_mail
from watcher.adapters.imap.source import ImapSource

SIZES = (100, 10_000)
ROUNDS = 25
ONE_IN = 20
SINCE = datetime(2026, 6, 1, tzinfo=UTC)
START = datetime(2026, 6, 2, tzinfo=UTC)


def main() -> int:
    """Measure and print; 0 when the bytes are the same, 1 when not, 2 without Dovecot."""
    binary = find_dovecot()
    if binary is None:
        print("Dovecot is not installed (Debian: dovecot-imapd)")
        return 2
    server = DovecotServer(binary)
    proxy = FaultProxy(server.port)
    try:
        boxes = {size: fill(server, size) for size in SIZES}
        return measure(boxes, proxy)
    finally:
        proxy.close()
        server.close()


def fill(server: DovecotServer, size: int) -> ImapMailbox:
    """Import an mbox of so many mails, one in twenty of them AliExpress's."""
    mailbox = ImapMailbox(server, f"user{size:05}", server.password)
    folder = server.folder / f"import-{size}"
    folder.mkdir()
    path = folder / "INBOX"
    with path.open("wb") as file:
        for number in range(size):
            sender = "transaction@notice.aliexpress.com"
            mail = write_mail(f"mail-{number}", sender=sender, size=1000)
            if number % ONE_IN:
                mail = mail.replace(b"AliExpress <", b"A friend <").replace(b"aliexpress", b"mail")
            came = (START + timedelta(minutes=number)).strftime("%a %b %d %H:%M:%S %Y")
            file.write(f"From a@example.org {came}\n".encode())
            file.write(mail.replace(b"\r\n", b"\n") + b"\n")
    server.own(folder)
    server.own(path)
    location = f"mbox:{folder}:INBOX={path}"
    server.run_doveadm("import", "-u", mailbox.user, location, "", "ALL")
    return mailbox


def measure(boxes: dict[int, ImapMailbox], proxy: FaultProxy) -> int:
    """Poll each mailbox to its end, then idle, and print what an idle poll costs."""
    sources, cursors = {}, {}
    for size, mailbox in boxes.items():
        sources[size] = ImapSource(mailbox.make_account(port=proxy.port, folders=()))
        start = time.perf_counter()
        steps = list(sources[size].poll({}, since=SINCE))
        seconds = time.perf_counter() - start
        mails = sum(step.mail is not None for step in steps)
        print(f"{size:>6} mails: first poll {mails} candidates in {seconds:.2f} s")
        cursors[size] = {step.folder: step.cursor for step in steps}
    times: dict[int, list[float]] = {size: [] for size in boxes}
    traffic = {}
    for _ in range(ROUNDS):
        for size, source in sources.items():
            proxy.heal()
            start = time.perf_counter()
            fresh = list(source.poll(cursors[size], since=SINCE))
            times[size].append(time.perf_counter() - start)
            assert fresh == [], "something was new"
            traffic[size] = proxy.traffic
    for size in boxes:
        median = statistics.median(times[size]) * 1000
        seen = traffic[size]
        print(
            f"{size:>6} mails: idle poll {median:.1f} ms, {seen.up_bytes} bytes up in "
            f"{seen.up_lines} lines, {seen.down_bytes} bytes down in {seen.down_lines} lines"
        )
    few, many = SIZES
    ratio = statistics.median(times[many]) / statistics.median(times[few])
    difference = traffic[many].down_bytes - traffic[few].down_bytes
    print(f"{many} to {few}: time x {ratio:.2f}, {difference:+d} bytes down")
    # The numbers themselves grow by digits, in the two folders' status lines.
    return 0 if traffic[many].up_bytes == traffic[few].up_bytes and difference < 20 else 1


if __name__ == "__main__":
    sys.exit(main())
