"""From a raw mail to a `Message`."""

from collections.abc import Sequence

from watcher.adapters.mail.authenticity import is_ambiguous, read_results
from watcher.adapters.mail.forwarded import ForwardOpener
from watcher.adapters.mail.headers import Envelope, open_envelope
from watcher.adapters.mail.parse import parse
from watcher.adapters.mail.sender import read_sender
from watcher.adapters.mail.signature import SignatureCheck
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
                sent_at=inner.sent_at or parsed.sent_at,
                authenticity=Authenticity.UNKNOWN,
            )
        return Message(
            digest=parsed.digest,
            sender=sender,
            subject=parsed.subject,
            text=parsed.text,
            links=parsed.links,
            sent_at=parsed.sent_at,
            authenticity=self._prove(mail.content, envelope, sender),
        )

    def _prove(self, content: bytes, envelope: Envelope, sender: str) -> Authenticity:
        if self._senders.role(sender) is None:
            # It names nobody whose word would count.
            return Authenticity.UNKNOWN
        found = read_results(envelope, sender, self._trusted, self._senders)
        if found is Authenticity.UNKNOWN and self._signature_check is not None:
            found = self._signature_check(content, envelope, sender)
        if found is Authenticity.PASS and is_ambiguous(envelope):
            return Authenticity.UNKNOWN
        return found
