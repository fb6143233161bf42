"""Whether both stores have the methods of a part of the contract, with its parameters."""

from __future__ import annotations

import inspect

from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.sqlite.store import SqliteStore


def check(part: type) -> None:
    """Every public method of the part stands in both stores with the same signature."""
    methods = [name for name in vars(part) if not name.startswith("_")]
    assert methods
    for kind in (MemoryStore, SqliteStore):
        for method in methods:
            wanted = inspect.signature(getattr(part, method), eval_str=True)
            assert inspect.signature(getattr(kind, method), eval_str=True) == wanted, method
