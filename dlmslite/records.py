"""attrs' ``define`` and ``frozen``, with one ``__repr__`` and one comparison for all classes.

attrs writes these methods for each class and compiles them while the module is imported, which is
half of what a class costs to make, and a client makes seventy before it connects. Those below find
the same text and the same answer by the fields, and are there already. Every class of this package
is made by these two; ``field``, ``evolve`` and the rest are attrs' own.

A frozen class whose values are compared or hashed all the time, because they are keys, says
``@frozen(eq=True)``: attrs compiles its comparison then, which is a few times as fast.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
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


@cache
def _compared(cls: type[Any]) -> Callable[[Any], Any]:
    names = [field.name for field in attrs.fields(cls) if field.eq]
    return attrgetter(*names) if names else lambda _value: ()


def same(self: Any, other: Any) -> Any:
    """The ``__eq__`` of frozen classes: of one class, and equal field by field."""
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = _compared(self.__class__)
    return compared(self) == compared(other)


def hashed(self: Any) -> int:
    """The ``__hash__`` that goes with it."""
    return hash((self.__class__, _compared(self.__class__)(self)))


_COMPARING = {"eq", "order", "unsafe_hash"}  # options that say how


def _ready_made(make: Callable[..., Any], *, compares: bool) -> Callable[..., Any]:
    def decorate(cls: type[Any] | None = None, **options: Any) -> Any:
        if cls is None:
            return lambda cls: decorate(cls, **options)
        own = vars(cls)
        methods: dict[str, Any] = {}
        if "__repr__" not in own and "repr" not in options:
            methods["__repr__"] = shown
            options["repr"] = False
        if compares and not ("__eq__" in own or options.keys() & _COMPARING):
            methods |= {"__eq__": same, "__hash__": hashed}
            options["eq"] = False
        made = make(cls, **options)
        for name, method in methods.items():
            setattr(made, name, method)
        return made

    return decorate


if TYPE_CHECKING:
    # Type checkers know attrs' decorators by name, and ours make the same classes.
    from attrs import define, frozen
else:
    define = _ready_made(attrs.define, compares=False)
    frozen = _ready_made(attrs.frozen, compares=True)
