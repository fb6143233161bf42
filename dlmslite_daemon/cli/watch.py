"""``--watch``: what a verb shows, drawn again and again in the same place until Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.live import Live

from dlmslite_daemon.cli.output import console

EVERY = 2.0  # seconds between two looks, as the old tool had it

Wait = Callable[[float], object]


def watch_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--watch`` to a verb."""
    return click.option("--watch", is_flag=True, help="Show it again every 2 s, until Ctrl-C.")(
        function
    )


def watched(draw: Callable[[], RenderableType], wait: Wait | None = None) -> None:
    """Draw until somebody interrupts: in place on a terminal, one after another in a pipe.

    Args:
        draw: What is shown now.
        wait: Waits so long; another one in tests.
    """
    pause = wait or threading.Event().wait
    with _interruptible():
        out = console()
        if not out.is_terminal:
            while True:
                out.print(draw())
                out.print()
                pause(EVERY)
        with Live(draw(), console=out, screen=True, auto_refresh=False) as live:
            while True:
                pause(EVERY)
                live.update(draw(), refresh=True)


def several(*parts: RenderableType) -> RenderableType:
    """Some things under one another, a blank line between."""
    lines: list[RenderableType] = []
    for part in parts:
        lines += [part, ""]
    return Group(*lines[:-1])


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        return
