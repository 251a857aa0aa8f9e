"""A letter that the person can paste."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A text for somebody else, and the same in another language beside it."""

    text: str = field(repr=False)
    """What is pasted."""
    language: str
    """The language of `text`: `en`, `de`, `pt-BR`."""
    translation: str | None = field(repr=False, default=None)
    """The same in `translation_language`; `None` where there is no such text."""
    translation_language: str | None = None
