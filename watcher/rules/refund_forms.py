"""In what form a refund comes: in full or in part, as money, as a coupon or to the balance."""

from collections.abc import Collection, Sequence

from watcher.domain.event import RefundForm
from watcher.rules.pattern_groups import PatternGroups
from watcher.rules.rule import Language

ORIGINAL = "original"
"""The money goes back the way it came: no form of its own, but neither coupon nor balance."""


class RefundForms:
    """Finds the form of a refund in the words of a mail that announces one."""

    def __init__(self, languages: Sequence[Language]) -> None:
        """Compile the words of all languages."""
        named = [(each.code, form, words) for each in languages for form, words in each.forms]
        self._forms = [form for _, form, _ in named]
        self._groups = PatternGroups.of((code, words) for code, _, words in named)

    def forget(self) -> None:
        """Let the automata go until a text needs them."""
        self._groups.forget()

    def find(self, mail: str, spoken: Collection[str]) -> RefundForm | None:
        """Return the form, `None` where the mail names none, or explains several.

        Coupon and balance go before the size, which the amounts tell as well.
        """
        heard = {self._forms[index] for index in self._groups.hits(mail, spoken)}
        ways = heard & {RefundForm.COUPON, RefundForm.BALANCE}
        sizes = heard & {RefundForm.FULL, RefundForm.PARTIAL}
        if ways and ORIGINAL not in heard:
            return RefundForm(ways.pop()) if len(ways) == 1 else None
        return RefundForm(sizes.pop()) if len(sizes) == 1 else None
