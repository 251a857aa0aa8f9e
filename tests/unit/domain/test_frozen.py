"""The domain is made of values."""

import inspect
import pkgutil
from dataclasses import is_dataclass
from importlib import import_module

import pytest

from watcher import domain

MODULES = [
    import_module(f"{domain.__name__}.{found.name}")
    for found in pkgutil.iter_modules(domain.__path__)
]
VALUES = {
    name: value
    for module in MODULES
    for name, value in inspect.getmembers(module, inspect.isclass)
    if is_dataclass(value)
}


@pytest.mark.parametrize("name", sorted(VALUES))
def test_value_cannot_be_changed(name: str) -> None:
    """Frozen and slotted: what one part was handed no other part can alter."""
    inside = vars(VALUES[name])
    assert inside["__dataclass_params__"].frozen
    assert "__slots__" in inside


def test_domain_has_values() -> None:
    """The list above was not empty by mistake."""
    assert {"Case", "Check", "Event", "Money"} <= set(VALUES)
