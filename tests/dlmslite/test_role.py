"""The two sides of a conversation."""

from __future__ import annotations

from dlmslite.role import Role


def test_each_side_is_the_peer_of_the_other() -> None:
    assert Role.CLIENT.peer is Role.SERVER
    assert Role.SERVER.peer is Role.CLIENT
