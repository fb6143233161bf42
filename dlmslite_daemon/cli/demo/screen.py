"""The live table: each meter as the daemon sees it, beside what a subscriber has received.

On a terminal it is drawn again in place and keys are taken; elsewhere it is printed now and then.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Self

from attrs import frozen
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from dlmslite_daemon.cli.demo.ledger import Heard
from dlmslite_daemon.cli.output import age, console, make_table

try:
    import termios
    import tty
except ImportError:  # no terminal of this kind here: no keys, everything else is the same
    _HAS_TTY = False
else:
    _HAS_TTY = True

PRINT_SECONDS = 5.0  # between two tables where none can be drawn in place
WIDE = 120  # columns from which on the reason of each state is shown
NEWS_MAX = 4  # lines of news under the table


@frozen
class Scene:
    """What there is to see at one moment.

    Attributes:
        seconds: Since the start.
        meters: Rows of the API's list.
        notes: What is special about a meter, by its name.
        heard: What a subscriber received, by meter.
        sink: The sink as the API shows it; empty before it is known.
        broker: Whether the broker serves.
        news: What happened last.
    """

    seconds: float
    meters: Sequence[dict[str, Any]]
    notes: dict[str, str]
    heard: dict[str, Heard]
    sink: dict[str, Any]
    broker: bool
    news: Sequence[str]


def draw(scene: Scene, width: int) -> RenderableType:
    """The scene as a table with a line about the broker and the news under it.

    Args:
        scene: What there is to see.
        width: Columns of the terminal; the reasons of states need many.
    """
    wide = width >= WIDE
    rows = [
        (
            row["name"],
            scene.notes.get(row["name"], ""),
            row["observed"] or "starting",
            *([row["reason"]] if wide else []),
            age(row["last_reading_age"]),
            row["drift"],
            row["pending"],
            scene.heard[row["name"]].readings,
            scene.heard[row["name"]].repeated,
        )
        for row in scene.meters
    ]
    heads = ["meter", "", "state", *(["because"] if wide else [])]
    table = make_table([*heads, ">last", ">drift s", ">pending", ">received", ">again"], rows)
    sink, total = scene.sink, sum(heard.readings for heard in scene.heard.values())
    delivery = (
        f"{scene.seconds:4.0f} s  broker {'up' if scene.broker else 'DOWN'}, "
        f"bridge {'connected' if sink.get('connected') else 'not connected'}; "
        f"pending {sum(sink.get('pending', {}).values())}, received {total}"
    )
    lines = [Text(delivery, style="bold" if scene.broker else "bold red")]
    lines += [Text(line, style="dim") for line in scene.news[-NEWS_MAX:]]
    return Group(table, Text(""), *lines)


class Screen:
    """Shows scenes, in place or one after the other.

    Args:
        out: Where to; the standard output unless told.
        silent: Whether nothing is shown at all.
    """

    def __init__(self, out: Console | None = None, *, silent: bool = False) -> None:
        self._console = out or console()
        self._silent = silent
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._printed: float | None = None

    @property
    def in_place(self) -> bool:
        """Whether it can draw in place."""
        return self._console.is_terminal and not self._silent

    def __enter__(self) -> Self:
        """Begin."""
        if self.in_place:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; the last table stays."""
        if self.in_place:
            self._live.stop()

    def show(self, scene: Scene, *, last: bool = False) -> None:
        """Show one scene; where it cannot be drawn in place, one in a while.

        Args:
            scene: The scene.
            last: Whether it is the last, which is always shown.
        """
        if self.in_place:
            self._live.update(draw(scene, self._console.width), refresh=True)
            return
        if self._silent:
            return
        if last or self._printed is None or scene.seconds - self._printed >= PRINT_SECONDS:
            self._printed = scene.seconds
            self._console.print(draw(scene, self._console.width))
            self._console.print()


class Keys:
    """Keys as they are pressed, without waiting for Enter; none where nobody can press any."""

    def __init__(self, *, wanted: bool) -> None:
        self._tick = threading.Event()  # never set: a wait that a signal can end
        self._wanted = wanted and _HAS_TTY and sys.stdin.isatty()

    @contextlib.contextmanager
    def listening(self) -> Iterator[Keys]:
        """Take keys one by one; the terminal is as it was afterwards."""
        if not self._wanted:
            yield self
            return
        before = termios.tcgetattr(sys.stdin)
        try:
            tty.setcbreak(sys.stdin)
            yield self
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)

    def pressed(self, seconds: float) -> str:
        """The keys that were pressed, after waiting so long for one at most."""
        if not self._wanted:
            self._tick.wait(seconds)
            return ""
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        return os.read(sys.stdin.fileno(), 64).decode("ascii", "ignore") if ready else ""
