"""In memory: notebooks, guards and counters."""

from __future__ import annotations

from collections.abc import Mapping

from dlmslite_daemon.store.in_memory.state import MemoryState


class NotesInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps notebooks, guards and counters."""

    def notebook(self, meter: str) -> dict[str, str]:
        """A meter's notebook."""
        with self._open():
            return dict(sorted(self._meter(meter).notebook.items()))

    def note(self, meter: str, entries: Mapping[str, str | None]) -> None:
        """Write into a meter's notebook."""
        with self._open():
            notebook = self._meter(meter).notebook
            for key, value in entries.items():
                if value is None:
                    notebook.pop(key, None)
                else:
                    notebook[key] = value

    def guard(self, key: str) -> str | None:
        """A guard's stored state."""
        with self._open():
            return self._guards.get(key)

    def save_guard(self, key: str, state: str) -> None:
        """Keep a guard's state."""
        with self._open():
            self._guards[key] = state

    def counts(self, scope: str) -> dict[str, int]:
        """The counters of a scope."""
        with self._open():
            return dict(sorted(self._counts.get(scope, {}).items()))

    def count(self, scope: str, counts: Mapping[str, int]) -> None:
        """Add to counters."""
        with self._open():
            own = self._counts.setdefault(scope, {})
            for name, value in counts.items():
                own[name] = own.get(name, 0) + value
