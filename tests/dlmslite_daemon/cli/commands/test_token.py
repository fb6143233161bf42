"""``token``: shown once, listed, taken back; and links."""

from __future__ import annotations

from rig.bridge import Bridge
from rig.bridge_shell import Shell


def test_a_token_is_made_shown_once_and_taken_back(shell: Shell, daemon: Bridge) -> None:
    made = shell("token", "add", "board", "--role", "operator", "--expires", "30d")
    assert made.code == 0
    assert "is not shown again" in made.err
    listed = shell("token", "list")
    assert "board" in listed.out
    assert made.out.strip() not in listed.out
    assert shell("token", "list", "--json").json["tokens"][0]["role"] == "operator"
    assert shell("token", "rm", "board").code == 0
    assert shell("token", "rm", "board").code == 1
    assert shell("token", "list").out == "there is no token\n"


def test_a_time_that_is_over_is_a_usage_error(shell: Shell, daemon: Bridge) -> None:
    assert shell("token", "add", "x", "--expires", "2001-01-01").code == 2


def test_a_link_opens_the_page_where_there_is_a_port(shell: Shell, daemon: Bridge) -> None:
    said = shell("token", "link", "--role", "viewer", "--json")
    assert (said.code, said.json["role"]) == (0, "viewer")
    assert "no TCP port" in shell("token", "link").out
