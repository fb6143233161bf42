"""In memory: notebooks, guards, counters, marks and settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dlmslite_daemon.store.in_memory.state import MemoryState


class NotesInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps notebooks, guards, counters, marks and settings."""

    def notebook(self, meter: str) -> dict[str, str]:
        """A meter's notebook."""
        with self._open():
            return dict(sorted(self._meter(meter).notebook.items()))

    def notebooks(self, keys: Collection[str]) -> dict[str, dict[str, str]]:
        """These entries of every meter's notebook."""
        with self._open():
            found = {
                name: {key: text for key, text in sorted(kept.notebook.items()) if key in keys}
                for name, kept in self._meters.items()
            }
        return {name: entries for name, entries in found.items() if entries}

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

    def mark(self, name: str) -> int:
        """Up to where some work is done."""
        with self._open():
            return self._marks.get(name, 0)

    def set_mark(self, name: str, number: int) -> None:
        """Move a mark."""
        with self._open():
            self._marks[name] = number

    def setting(self, key: str) -> str | None:
        """A setting of the whole fleet."""
        with self._open():
            return self._settings.get(key)

    def settings(self, prefix: str = "") -> dict[str, str]:
        """The settings whose keys begin so."""
        with self._open():
            return {k: v for k, v in sorted(self._settings.items()) if k.startswith(prefix)}

    def save_setting(self, key: str, value: str | None) -> None:
        """Set one, or take it back."""
        with self._open():
            if value is None:
                self._settings.pop(key, None)
            else:
                self._settings[key] = value
