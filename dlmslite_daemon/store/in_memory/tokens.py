"""In memory: the bearer tokens of the API."""

from __future__ import annotations

from dlmslite_daemon.errors import NameTaken
from dlmslite_daemon.store.in_memory.state import MemoryState
from dlmslite_daemon.store.records import TokenRecord


class TokensInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps the bearer tokens of the API."""

    def add_token(self, token: TokenRecord) -> None:
        """Enter a token."""
        with self._open():
            if token.name in self._tokens:
                raise NameTaken(f"there is a token {token.name!r} already")
            self._tokens[token.name] = token

    def tokens(self) -> list[TokenRecord]:
        """All tokens."""
        with self._open():
            return [self._tokens[name] for name in sorted(self._tokens)]

    def token(self, digest: str) -> TokenRecord | None:
        """The token of a digest."""
        return next((token for token in self.tokens() if token.digest == digest), None)

    def remove_token(self, name: str) -> None:
        """Remove a token."""
        with self._open():
            self._tokens.pop(name, None)
