"""Number or name to class, filled at the first look-up by importing every module of a folder once.

Adding a kind is adding a file: no list elsewhere is edited. A near twin of ``dlmslite/registry.py``
on purpose: sharing forty lines would be the daemon's only reason to reach into the library. Unlike
that one it looks into folders inside the folder, since a store may be one.
"""

from __future__ import annotations

import importlib
import pkgutil
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
        self._filling = False
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
        """The value of a key, or None; the first call imports the folder.

        Not before the whole folder is there: an entry is made in the middle of its module, which
        another thread may be importing at this moment.
        """
        self._fill()
        return self._entries.get(key)

    def known(self, key: K) -> V | None:
        """The value of a key if its module was imported already; imports nothing."""
        return self._entries.get(key)

    def items(self) -> Iterator[tuple[K, V]]:
        """Every entry, in the order of entry."""
        self._fill()
        return iter(tuple(self._entries.items()))

    def _fill(self) -> None:
        if self._filled:
            return
        with self._lock:
            if self._filled or self._filling:
                return  # a module of the folder asks while it is imported, on this thread
            self._filling = True
            try:
                package = importlib.import_module(self._package)
                found = pkgutil.walk_packages(package.__path__, f"{self._package}.")
                for name in sorted(module.name for module in found):
                    importlib.import_module(name)
                self._filled = True
            finally:
                self._filling = False
