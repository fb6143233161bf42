"""The bearer tokens of the API, as rows."""

from __future__ import annotations

import sqlite3

from attrs import astuple

from dlmslite_daemon.errors import NameTaken
from dlmslite_daemon.store.records import TokenRecord
from dlmslite_daemon.store.sqlite.part import Part


def add_token(connection: sqlite3.Connection, token: TokenRecord) -> None:
    """Enter a token."""
    if any(known.name == token.name for known in tokens(connection)):
        raise NameTaken(f"there is a token {token.name!r} already")
    connection.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?)", astuple(token))


def tokens(connection: sqlite3.Connection) -> list[TokenRecord]:
    """All tokens."""
    rows = connection.execute(
        "SELECT name, role, digest, created_ms, expires_ms FROM tokens ORDER BY name"
    )
    return [TokenRecord(*row) for row in rows]


def token(connection: sqlite3.Connection, digest: str) -> TokenRecord | None:
    """The token of a digest."""
    row = connection.execute(
        "SELECT name, role, digest, created_ms, expires_ms FROM tokens WHERE digest = ?",
        (digest,),
    ).fetchone()
    return None if row is None else TokenRecord(*row)


def remove_token(connection: sqlite3.Connection, name: str) -> None:
    """Remove a token."""
    connection.execute("DELETE FROM tokens WHERE name = ?", (name,))


class TokensPart(Part):
    """The part of ``SqliteStore`` that keeps the bearer tokens of the API."""

    def add_token(self, token: TokenRecord) -> None:
        """Enter a token."""
        self._write(lambda c: add_token(c, token))

    def tokens(self) -> list[TokenRecord]:
        """All tokens."""
        return self._ask(tokens)

    def token(self, digest: str) -> TokenRecord | None:
        """The token of a digest."""
        return self._ask(lambda c: token(c, digest))

    def remove_token(self, name: str) -> None:
        """Remove a token."""
        self._write(lambda c: remove_token(c, name))
