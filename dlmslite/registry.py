"""Number to class, filled at the first look-up by importing every module of a folder once.

Adding a kind is adding a file: no list elsewhere is edited. ``import dlmslite`` fills no registry.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Registry(Generic[K, V]):
    """A table from keys to values that the modules of one folder fill.

    Args:
        package: The dotted name of the folder.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._entries: dict[K, V] = {}
        self._lock = threading.RLock()
        self._filled = False

    def add(self, key: K, value: V) -> V:
        """Enter a value; called by the modules of the folder while they are imported.

        Raises:
            ValueError: The key is taken by another value.
        """
        taken = self._entries.setdefault(key, value)
        if taken is not value:
            raise ValueError(f"{self._package}: key {key!r} belongs to {taken!r}, not to {value!r}")
        return value

    def get(self, key: K) -> V | None:
        """The value of a key, or None; the first call imports the folder."""
        entry = self._entries.get(key)
        if entry is not None or self._filled:
            return entry
        self._fill()
        return self._entries.get(key)

    def items(self) -> Iterator[tuple[K, V]]:
        """Every entry, in the order of entry."""
        self._fill()
        return iter(tuple(self._entries.items()))

    def _fill(self) -> None:
        import pkgutil  # noqa: PLC0415 - what only looks at folders is not needed before

        with self._lock:
            if self._filled:
                return
            package = importlib.import_module(self._package)
            for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
                importlib.import_module(f"{self._package}.{module.name}")
            self._filled = True
