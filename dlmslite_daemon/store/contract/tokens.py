"""What a store promises about the bearer tokens of the API."""

from __future__ import annotations

from typing import Protocol

from dlmslite_daemon.store.records import TokenRecord


class TokensStore(Protocol):
    """The part of every store that keeps the bearer tokens of the API."""

    def add_token(self, token: TokenRecord) -> None:
        """Enter a token; raises ``NameTaken`` when there is one of that name."""
        ...

    def tokens(self) -> list[TokenRecord]:
        """All tokens."""
        ...

    def token(self, digest: str) -> TokenRecord | None:
        """The token with that digest; None if there is none."""
        ...

    def remove_token(self, name: str) -> None:
        """Remove a token; nothing happens if there is none of that name."""
        ...
