"""Tokens as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.store_suite import a_meter

from dlmslite_daemon.errors import NameTaken
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.records import TokenRecord
from dlmslite_daemon.store.sqlite import fleet, tokens
from dlmslite_daemon.store.sqlite.connection import opened


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


def test_no_row_holds_a_token_but_its_digest(connection: sqlite3.Connection) -> None:
    first = TokenRecord("first", "admin", "ab" * 32, 1, 5)
    tokens.add_token(connection, first)
    assert tokens.token(connection, "ab" * 32) == first
    assert tokens.token(connection, "cd" * 32) is None
    with pytest.raises(NameTaken):
        tokens.add_token(connection, first)
    tokens.remove_token(connection, "first")
    assert tokens.tokens(connection) == []
