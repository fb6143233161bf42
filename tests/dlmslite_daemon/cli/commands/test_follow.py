"""``follow``: lines as they come, through a restart, until interrupted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from rig.bridge import NOW_MS, Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.cli.commands import follow as module
from dlmslite_daemon.cli.reach import Heard
from dlmslite_daemon.errors import DaemonUnreachable

LINE = {"ts": 0, "level": "info", "meter": "kitchen", "message": "associated"}
FRAME = {"ts": 0, "meter": "kitchen", "direction": "sent", "octets": "7e", "explained": None}


class Doors:
    """What each connection says; the last one is interrupted."""

    def __init__(self, *connections: list[Heard]) -> None:
        self._connections = iter(connections)
        self.shown: list[str] = []

    def __call__(self, _: Any) -> Doors:
        return self

    def listen(self, path: str, query: Mapping[str, Any], last: str = "") -> Iterator[Heard]:
        self.shown.append(last)
        events = next(self._connections, None)
        if events is None:
            raise KeyboardInterrupt
        yield from events
        raise DaemonUnreachable("gone")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.0)


def test_it_goes_on_after_a_restart_where_it_was(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = Doors(
        [Heard("begin", {}, "5-0-0"), Heard("line", LINE, "5-1-0"), Heard("frame", FRAME, "5-1-1")],
        [Heard("gap", {"reason": "restart"}), Heard("line", LINE, "6-1-0")],
    )
    monkeypatch.setattr(module, "door", doors)
    said = shell("follow", "kitchen", "--frames")
    assert said.code == 0
    assert doors.shown == ["", "5-1-1", "6-1-0"]
    assert said.out.count("info kitchen: associated") == 2
    assert "→ kitchen: not understood" in said.out
    assert "--- the daemon was started again" in said.err
    assert "waiting for it" in said.err


def test_json_has_one_event_a_line_with_its_cursor(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "door", Doors([Heard("line", LINE, "5-1-0")]))
    said = shell("follow", "--json")
    assert '"event": "line"' in said.out
    assert '"cursor": "5-1-0"' in said.out


def test_it_waits_for_a_daemon_that_has_gone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    doors = Doors([Heard("begin", {}, "5-0-0")])
    calls = itertools.count()

    def door(ctx: object) -> Doors:
        if next(calls) == 1:
            raise DaemonUnreachable("not yet")
        return doors

    monkeypatch.setattr(module, "door", door)
    assert shell("follow").code == 0
    assert next(calls) == 3


def test_lines_of_a_running_daemon_are_shown(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = daemon.services.log.ring
    assert ring is not None
    ring.add(NOW_MS, "info", "associated", "kitchen", {})

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    show = module._show

    def once(*arguments: Any) -> None:
        show(*arguments)
        interrupted()

    monkeypatch.setattr(module, "_show", once)
    said = shell("follow", "kitchen")
    assert (said.code, said.out.endswith("info kitchen: associated\n")) == (0, True)


def test_nobody_there_is_exit_code_4_and_an_unknown_meter_3(shell: Shell) -> None:
    assert shell("follow", "kitchen").code == 4


def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge) -> None:
    assert shell("follow", "nobody").code == 3
