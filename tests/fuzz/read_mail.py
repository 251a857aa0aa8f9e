"""Damages the corpus' mails and reads what comes out, until the time is up or a promise breaks.

    python tests/fuzz/read_mail.py --seconds 60

Where `atheris` is installed the damage is guided by the lines it reaches, else (or with
`--engine plain`) it is drawn from a seed: mail number N of seed S is always the same, and
`--seed S --first N` starts there. A mail that breaks a promise is written to `tests/fuzz/found/`,
which a test replays.

The promises: nothing but `UnreadableMail` is raised, no mail takes 5 seconds, memory does not
grow by 200 MB, and a reading keeps the invariants of its values.
"""

import argparse
import importlib.util
import random
import resource
import signal
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from types import FrameType

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# Also when run as a script, whose folder alone would be sought.
sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.damage import LARGEST, damage
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.signature import SignatureCheck
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.event import is_order_number
from watcher.domain.message import RawMail
from watcher.domain.reading import Outcome

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
FOUND = HERE / "found"
SLOWEST = 5.0
"""Seconds of the processor for one mail; the usual is a few thousandths."""
GIVE_UP = 30
"""Seconds after which a mail is interrupted."""
SLOWEST_TRACED = 30.0
"""The same, where each line of the reader's is traced."""
MOST_GROWTH = 200 * 2**20


class Broken(Exception):  # noqa: N818 -- names the promise, not an error of the program's
    """A mail broke a promise."""


class Stalled(BaseException):
    """A mail took so long that it was interrupted; the reader's own guard must not catch this."""


def _any_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + b64encode(public)


class Reader:
    """The whole reading of a mail, held to its promises."""

    def __init__(self, *, slowest: float = SLOWEST) -> None:
        """Take the seconds that no mail may take."""
        self._slowest = slowest
        self._key = _any_key()
        self._rules = load_ruleset()
        self._parser = MailParser(
            senders=self._rules.senders,
            trusted_authserv=("mx.example.org",),
            signature_check=SignatureCheck(look_up=self._look_up, senders=self._rules.senders),
        )

    def _look_up(self, name: str, *, timeout: float) -> bytes | None:
        return self._key if name and timeout > 0 else None

    def __call__(self, content: bytes) -> str:
        """Return the outcome of one mail.

        Raises:
            Broken: a promise was.

        """
        started = time.process_time()
        try:
            outcome = self._read(content)
        except UnreadableMail:
            outcome = "unreadable"
        seconds = time.process_time() - started
        if seconds > self._slowest:
            raise Broken(f"took {seconds:.1f} s")
        return outcome

    def _read(self, content: bytes) -> str:
        message = self._parser(RawMail(content=content, received_at=None))
        reading = self._rules.read(message)
        _promise(len(message.digest) == 64, "the digest is one")
        _promise("\n" not in message.subject, "the subject is one line")
        _promise(len(message.links) <= 10_000, "links are bounded")
        _promise(all(is_order_number(each.order) for each in reading.findings), "orders are ones")
        _promise(
            not reading.findings or reading.outcome is Outcome.RECOGNISED,
            "only a recognised mail says something",
        )
        for text in (message.subject, message.text, *message.links):
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise Broken("a text cannot be stored") from error
        return reading.outcome.value


def _promise(kept: bool, name: str) -> None:
    if not kept:
        raise Broken(name)


def keep(content: bytes) -> Path:
    """Write a mail that broke a promise where the test finds it."""
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{sha256(content).hexdigest()[:16]}.eml"
    path.write_bytes(content)
    return path


def fuzz_plain(mails: Sequence[bytes], *, seconds: float, seed: int, first: int) -> int:
    """Read mails drawn from `seed` until the time is up; return how many broke a promise."""
    read = Reader()
    for mail in mails:
        read(mail)
    memory = _memory()
    signal.signal(signal.SIGALRM, _interrupt)
    end = time.monotonic() + seconds
    outcomes: dict[str, int] = {}
    slowest, broken, number = 0.0, 0, first
    while time.monotonic() < end:
        # Each mail has a generator of its own, so that it can be drawn again alone.
        content = damage(mails, random.Random(f"{seed}:{number}"))  # noqa: S311 -- no secret
        started = time.process_time()
        signal.alarm(GIVE_UP)
        try:
            outcome = read(content)
            if _memory() - memory > MOST_GROWTH:
                raise Broken("memory grew")  # noqa: TRY301 -- one place that keeps the mail
        except (Exception, Stalled) as error:  # noqa: BLE001 -- whatever it is, it is what we look for
            outcome = "BROKEN"
            broken += 1
            memory = max(memory, _memory())
            print(f"mail {number} of seed {seed}: {type(error).__name__}: {error}; {keep(content)}")
        finally:
            signal.alarm(0)
        slowest = max(slowest, time.process_time() - started)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        number += 1
    grown = (_memory() - memory) / 2**20
    print(f"{number - first} mails of seed {seed}, {outcomes}")
    print(f"slowest {slowest:.2f} s, memory grew by {grown:.0f} MB, {broken} broke a promise")
    return broken


def fuzz_guided(mails: Sequence[bytes], *, seconds: float, seed: int) -> None:
    """Let atheris choose what to damage further; ends the process, with 0 where nothing broke."""
    import atheris  # noqa: PLC0415 -- only where it is installed

    read = Reader(slowest=SLOWEST_TRACED)
    for mail in mails:
        read(mail)
    # What is loaded by now is the reader and the libraries under it, email and HTML included.
    atheris.instrument_all()

    def mutate(content: bytes, size: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 -- no secret
        if chance.random() < 0.5:
            return damage(mails, chance, content)[:size]
        mutated: bytes = atheris.Mutate(content, size)
        return mutated

    def one(content: bytes) -> None:
        read(content)

    with tempfile.TemporaryDirectory() as reached:
        atheris.Setup(
            [
                sys.argv[0],
                f"-max_total_time={seconds:.0f}",
                f"-seed={seed}",
                f"-timeout={4 * GIVE_UP}",
                f"-max_len={LARGEST}",
                "-rss_limit_mb=600",
                f"-artifact_prefix={FOUND}/",
                reached,
                str(CORPUS),
            ],
            one,
            custom_mutator=mutate,
        )
        atheris.Fuzz()


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Stalled


def main() -> int:
    """Fuzz for the time that was asked for; 1 when a promise broke."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first mail")
    parser.add_argument("--engine", choices=("atheris", "plain"))
    asked = parser.parse_args()
    guided = asked.engine == "atheris" or (
        asked.engine is None and importlib.util.find_spec("atheris") is not None
    )
    mails = [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]
    print(f"{'atheris' if guided else 'plain'}, seed {asked.seed}, {len(mails)} mails to damage")
    if guided:
        fuzz_guided(mails, seconds=asked.seconds, seed=asked.seed)
        return 0
    return 1 if fuzz_plain(mails, seconds=asked.seconds, seed=asked.seed, first=asked.first) else 0


if __name__ == "__main__":
    sys.exit(main())
