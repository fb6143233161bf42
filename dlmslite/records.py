"""attrs' ``define`` and ``frozen``, with one ``__repr__`` for all classes.

attrs writes a ``__repr__`` for each class and compiles it while the module is imported, which is a
quarter of what a class costs to make, and a client makes seventy before it connects. The one below
finds the same text by the fields, and is there already. Every class of this package is made by
these two; ``field``, ``evolve`` and the rest are attrs' own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

__all__ = ["define", "frozen"]


def shown(self: Any) -> str:
    """The ``__repr__`` of all: the class and its fields, but for those that are not to be shown."""
    fields = [
        f"{field.name}={getattr(self, field.name)!r}"
        for field in attrs.fields(type(self))
        if field.repr
    ]
    # As attrs has it: a class that was made in a function goes by its own name.
    return f"{type(self).__qualname__.rpartition('>.')[2]}({', '.join(fields)})"


def _with_one_repr(make: Callable[..., Any]) -> Callable[..., Any]:
    def decorate(cls: type[Any] | None = None, **options: Any) -> Any:
        if cls is None:
            return lambda cls: decorate(cls, **options)
        if "__repr__" in vars(cls):
            return make(cls, **options)
        made = make(cls, repr=False, **options)
        made.__repr__ = shown
        return made

    return decorate


if TYPE_CHECKING:
    # Type checkers know attrs' decorators by name, and ours make the same classes.
    from attrs import define, frozen
else:
    define = _with_one_repr(attrs.define)
    frozen = _with_one_repr(attrs.frozen)
