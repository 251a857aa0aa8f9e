"""From a raw mail to a `Message`."""

from collections.abc import Sequence

from watcher.adapters.mail.authenticity import is_ambiguous, read_results
from watcher.adapters.mail.forwarded import ForwardOpener
from watcher.adapters.mail.headers import Envelope, open_envelope
from watcher.adapters.mail.parse import parse
from watcher.adapters.mail.sender import names_aliexpress, read_sender
from watcher.adapters.mail.signature import SignatureCheck, Verdict
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.rules.senders import Senders


class MailParser:
    """Parses one account's mails."""

    def __init__(
        self,
        *,
        senders: Senders,
        trusted_authserv: Sequence[str] = (),
        signature_check: SignatureCheck | None = None,
        forwarders: Sequence[str] = (),
    ) -> None:
        """Take whose results to believe; without a `signature_check` DNS is never asked.

        Mails from `forwarders` are opened, and what they hold is read instead.
        """
        self._senders = senders
        self._open_forward = (
            ForwardOpener(forwarders=forwarders, senders=senders) if forwarders else None
        )
        self._trusted = tuple(trusted_authserv)
        self._forwarders = frozenset(each.lower() for each in forwarders)
        self._signature_check = signature_check

    def __call__(self, mail: RawMail) -> Message:
        """Return the parsed mail.

        Raises:
            UnreadableMail: the mail breaks the parser, or its limits.

        """
        envelope = open_envelope(mail.content)
        parsed = parse(envelope)
        sender = read_sender(envelope, parsed.from_line)
        inner = None
        if self._open_forward is not None:
            inner = self._open_forward(mail.content, sender, parsed)
        if inner is not None:
            return Message(
                # The forward's own: the identity of a mail does not depend on the settings.
                digest=parsed.digest,
                sender=inner.sender,
                subject=inner.subject,
                text=inner.text,
                links=inner.links,
                anchors=inner.anchors,
                sent_at=inner.sent_at or parsed.sent_at,
                authenticity=Authenticity.UNKNOWN,
            )
        authenticity, pending = self._prove(mail.content, envelope, sender)
        return Message(
            digest=parsed.digest,
            sender=sender,
            subject=parsed.subject,
            text=parsed.text,
            links=parsed.links,
            anchors=parsed.anchors,
            sent_at=parsed.sent_at,
            authenticity=authenticity,
            disguised=self._senders.role(sender) is None
            and sender not in self._forwarders
            and names_aliexpress(envelope, parsed.from_line),
            proof_pending=pending,
        )

    def _prove(self, content: bytes, envelope: Envelope, sender: str) -> tuple[Authenticity, bool]:
        """Tell how well the mail is proven, and whether a later look may prove it better."""
        if self._senders.role(sender) is None:
            # It names nobody whose word would count.
            return Authenticity.UNKNOWN, False
        found = read_results(envelope, sender, self._trusted, self._senders)
        if is_ambiguous(envelope):
            return (Authenticity.UNKNOWN if found is Authenticity.PASS else found), False
        if found is not Authenticity.UNKNOWN or self._signature_check is None:
            return found, False
        match self._signature_check(content, envelope, sender):
            case Verdict.HOLDS:
                return Authenticity.PASS, False
            case Verdict.PROVES_NOTHING:
                return Authenticity.UNKNOWN, False
            case Verdict.NO_ANSWER:
                return Authenticity.UNKNOWN, True
