"""One link of the chain as `doctor` found it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was tried, whether it worked, what was seen, and what would mend it."""

    name: str
    ok: bool
    detail: str = ""
    fix: str = ""
    """What the person can do; empty where nothing needs doing."""
