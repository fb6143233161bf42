"""What is watched is drawn again and again until somebody interrupts."""

from __future__ import annotations

import itertools

import pytest
from rich.console import Console

from dlmslite_daemon.cli import watch as module
from dlmslite_daemon.cli.watch import EVERY, several, watched


class Patience:
    """Waits nothing, and interrupts at the third time."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) == 3:
            raise KeyboardInterrupt


def test_a_pipe_gets_one_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    numbers, patience = itertools.count(), Patience()
    watched(lambda: f"look {next(numbers)}", patience)
    assert capsys.readouterr().out == "look 0\n\nlook 1\n\nlook 2\n\n"
    assert patience.waits == [EVERY] * 3


def test_a_terminal_is_drawn_in_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        module, "console", lambda: Console(force_terminal=True, width=40, highlight=False)
    )
    numbers = itertools.count()
    watched(lambda: f"look {next(numbers)}", Patience())
    said = capsys.readouterr().out
    assert "look 0" in said
    assert "look 2" in said
    assert said.count("\x1b[?1049h") == said.count("\x1b[?1049l") == 1


def test_several_things_stand_under_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    Console().print(several("one", "two"))
    assert capsys.readouterr().out == "one\n\ntwo\n"
