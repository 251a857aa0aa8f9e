"""What a mail means: the subject first, then the text, in every language at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from watcher.domain.event import EventKind, Evidence, Reason, RefundForm
from watcher.domain.message import Authenticity, Message
from watcher.domain.money import Money
from watcher.domain.reading import Finding, Outcome, Reading
from watcher.rules.amounts import AmountFinder
from watcher.rules.currencies import Currencies
from watcher.rules.orders import OrderFinder
from watcher.rules.pattern_groups import PatternGroups
from watcher.rules.refund_forms import RefundForms
from watcher.rules.rule import CLOSING_KINDS, REASONED_KINDS, Language, Rule
from watcher.rules.senders import Role, Senders
from watcher.rules.sentences import split_sentences
from watcher.rules.shipping import ReadDate, ShipTimes
from watcher.rules.things import ThingFinder, Things

MAX_TEXT = 60_000
"""Characters of a mail's text that are read; AliExpress's longest has a third of it."""

MANY_REASONS = 3

ENOUGH_HINTS = 2
"""From so many of a language's hints on, a mail counts as written in it."""

_CONFIDENCE = {Evidence.SEEN: 2, Evidence.TOLD: 1, Evidence.GUESS: 0}
"""A wording that was really read wins over one that was only imagined."""


class Ruleset:
    """Every language's rules, compiled."""

    def __init__(
        self,
        *,
        languages: Sequence[Language],
        senders: Senders,
        currencies: Currencies,
        read_date: ReadDate = lambda _: None,
    ) -> None:
        """Compile the rules.

        Raises:
            BadPatternError: a pattern that RE2 cannot compile.

        """
        self.languages = tuple(languages)
        self.senders = senders
        self.rules = tuple(rule for each in languages for rule in each.rules)
        self._place = {each.code: place for place, each in enumerate(languages)}
        self._reasons = tuple(
            (rank, reason, group, each.code)
            for each in languages
            for rank, (reason, group) in enumerate(each.reasons)
        )
        self._subject = PatternGroups.of((rule.language, rule.subject) for rule in self.rules)
        self._subject_veto = PatternGroups.of(
            (rule.language, rule.unless if rule.subject else ()) for rule in self.rules
        )
        self._text = PatternGroups.of((rule.language, rule.text) for rule in self.rules)
        self._text_veto = PatternGroups.of(
            (rule.language, rule.unless if not rule.subject else ()) for rule in self.rules
        )
        # So few of them that one set holds every language's.
        self._hints = PatternGroups.of(("", each.hints) for each in languages)
        self._reason = PatternGroups.of((code, group) for _, _, group, code in self._reasons)
        self._orders = OrderFinder(languages, senders)
        self._amounts = AmountFinder(languages, currencies)
        self._forms = RefundForms(languages)
        self._things = ThingFinder(languages)
        self._ship_times = ShipTimes(languages, read_date)

    def forget(self) -> None:
        """Let the automata go, tens of megabytes after a look at many languages.

        The next mail builds anew those that it needs, in some hundredths of a second.
        """
        for groups in (
            *(self._subject, self._subject_veto, self._text, self._text_veto),
            *(self._hints, self._reason, self._forms),
        ):
            groups.forget()

    def read(self, message: Message) -> Reading:
        """Return what `message` says. Pure; takes time linear in its length."""
        role = self.senders.role(message.sender)
        if role is None or message.authenticity is Authenticity.FAIL:
            return Reading(outcome=Outcome.FOREIGN, claims=self._claims(message))
        if role is Role.MARKETING:
            return Reading(outcome=Outcome.IGNORED)
        text = self._orders.join_groups(message.text[:MAX_TEXT])
        message = replace(message, subject=self._orders.join_groups(message.subject))
        rule = self.fitting(message.subject, text)
        orders = self._orders.find(message.subject, text, message.links)
        if role is Role.SELLER and (rule is None or rule.kind is not EventKind.SELLER_MESSAGE):
            return _seller_wrote(orders)
        if rule is None:
            return Reading(outcome=_unknown_wording(role, orders))
        return self._reading(rule, orders, message, text)

    def things(self, message: Message) -> Things:
        """Return the store and the things that a mail names, whether a rule knows it or not."""
        return self._things.find(message.text[:MAX_TEXT], message.anchors)

    def _claims(self, message: Message) -> tuple[str, ...]:
        if not message.disguised:
            return ()
        return tuple(self._orders.find(message.subject, message.text[:MAX_TEXT], message.links))

    def fitting(self, subject: str, text: str) -> Rule | None:
        """Return the rule that fits best, `None` where none does."""
        mail = f"{subject}\n{text}"
        by_subject = self._by_subject(subject, text)
        if by_subject and not all(rule.vague for rule in by_subject):
            return self._best([rule for rule in by_subject if not rule.vague], mail)
        by_text = self._by_text(text)
        return self._best(by_text, mail) or self._best(by_subject, mail)

    def _by_subject(self, subject: str, text: str) -> list[Rule]:
        hits = set(self._subject.hits(subject))
        if not hits:
            return []
        languages = self._languages(hits)
        hits -= set(self._subject_veto.hits(subject, languages))
        rules = [self.rules[index] for index in hits]
        if any(rule.text for rule in rules):
            in_text = set(self._text.hits(text, languages))
            rules = [
                self.rules[index]
                for index in hits
                if not self.rules[index].text or index in in_text
            ]
        return rules

    def _by_text(self, text: str) -> list[Rule]:
        hits = {index for index in self._text.hits(text) if not self.rules[index].subject}
        if hits:
            vetoed = hits & set(self._text_veto.hits(text, self._languages(hits)))
            hits -= vetoed
            hits |= self._said_outright(vetoed, text)
        return [self.rules[index] for index in hits]

    def _said_outright(self, vetoed: set[int], text: str) -> set[int]:
        """Return the vetoed rules that a sentence of their own fits all the same.

        "Your order was cancelled." stays true above "If your order was cancelled, ...".
        """
        left, said = set(vetoed), set[int]()
        for sentence in split_sentences(text) if vetoed else ():
            languages = self._languages(left)
            here = left & set(self._text.hits(sentence, languages))
            if here:
                here -= set(self._text_veto.hits(sentence, self._languages(here)))
                said |= here
                left -= here
                if not left:
                    break
        return said

    def _languages(self, hits: Iterable[int]) -> frozenset[str]:
        return frozenset(self.rules[index].language for index in hits)

    def _best(self, rules: Sequence[Rule], mail: str) -> Rule | None:
        if len(rules) < 2:
            return rules[0] if rules else None
        heard = self._hints.hits(mail)
        return min(
            rules,
            key=lambda rule: (
                -_CONFIDENCE[rule.evidence],
                -rule.priority,
                not (rule.subject and rule.text),
                -heard.count(self._place[rule.language]),
                rule.id,
            ),
        )

    def _reading(self, rule: Rule, orders: Sequence[str], message: Message, text: str) -> Reading:
        if rule.kind is None or not orders:
            # A parcel's news without an order is of no use; a closing without one must be seen.
            matters = rule.kind in CLOSING_KINDS
            return Reading(
                outcome=Outcome.UNRECOGNISED if matters else Outcome.IGNORED,
                language=rule.language,
                rule=rule.id,
                evidence=rule.evidence,
            )
        reason = rule.reason
        if reason is None and rule.kind in REASONED_KINDS:
            reason = self.reason(message.subject, text, rule.language)
        # Which of several orders a sum, a store or a thing belongs to is not known.
        alone = len(orders) == 1
        things = self._things.find(text, message.anchors) if alone else Things()
        facts = Finding(
            kind=rule.kind,
            order=orders[0],
            reason=reason,
            money=self._money(rule.kind, message.subject, text) if alone else None,
            refund=self._refund_form(rule, message.subject, text),
            store=things.store,
            items=things.items,
            ship_days=self._ship_days(rule.kind, text, message.sent_at),
        )
        return Reading(
            outcome=Outcome.RECOGNISED,
            language=rule.language,
            rule=rule.id,
            evidence=rule.evidence,
            findings=tuple(replace(facts, order=order) for order in orders),
        )

    def reason(self, subject: str, text: str, language: str) -> Reason | None:
        """Return why the order was cancelled, the first of a language's list that the mail gives.

        Heard in the rule's `language`, and in those that the mail seems to be written in: the
        subject's and the text's can differ, and a stem of one is a syllable of another. A text
        that gives many explains how orders get cancelled, not why this one was.
        """
        mail = f"{subject}\n{text}"
        spoken = self._spoken(mail, language)
        hits = self._reason.hits(mail, spoken)
        given = dict.fromkeys(self._reasons[index][1] for index in sorted(hits, key=self._rank))
        return next(iter(given)) if 0 < len(given) < MANY_REASONS else None

    def _spoken(self, mail: str, language: str) -> frozenset[str]:
        """Return a rule's language, and those that the mail seems to be written in."""
        heard = Counter(self.languages[place].code for place in self._hints.hits(mail))
        return frozenset({language, *(code for code in heard if heard[code] >= ENOUGH_HINTS)})

    def _rank(self, index: int) -> int:
        return self._reasons[index][0]

    def _money(self, kind: EventKind, subject: str, text: str) -> Money | None:
        if kind is EventKind.REFUND_ANNOUNCED:
            return self._amounts.refund(text, subject)
        return self._amounts.total(text, subject)

    def _refund_form(self, rule: Rule, subject: str, text: str) -> RefundForm | None:
        if rule.kind is not EventKind.REFUND_ANNOUNCED:
            return None
        mail = f"{subject}\n{text}"
        return self._forms.find(mail, self._spoken(mail, rule.language))

    def _ship_days(self, kind: EventKind, text: str, sent_at: datetime | None) -> int | None:
        if kind is not EventKind.ORDER_CONFIRMED:
            return None
        return self._ship_times.find(text, sent_at)


def _seller_wrote(orders: Sequence[str]) -> Reading:
    """Whatever the wording: this address is used for nothing else."""
    if not orders:
        return Reading(outcome=Outcome.IGNORED)
    findings = tuple(Finding(kind=EventKind.SELLER_MESSAGE, order=order) for order in orders)
    return Reading(outcome=Outcome.RECOGNISED, findings=findings)


def _unknown_wording(role: Role, orders: Sequence[str]) -> Outcome:
    """An unlisted address of AliExpress's is reported only where it speaks of an order."""
    if role is Role.TRANSACTIONAL or orders:
        return Outcome.UNRECOGNISED
    return Outcome.IGNORED
