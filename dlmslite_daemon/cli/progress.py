"""Progress of long work: a bar where somebody looks, a line now and then where a file does."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_COUNTED = re.compile(r"(\d+) of (\d+)")
_IDLE = re.compile(r"idle for (\d+) s, (\d+) s left")

Tell = Callable[[str], None]


@contextlib.contextmanager
def telling() -> Iterator[Tell]:
    """What takes the words of an operation and shows them on standard error."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(text: str) -> None:
            done, total = share(text)
            progress.update(task, description=text[:60], completed=done, total=total)

        yield tell


def share(text: str) -> tuple[int, int | None]:
    """How much of how much is done, as far as the words say so."""
    idle = _IDLE.search(text)
    if idle:
        whole, left = int(idle[1]), int(idle[2])
        return whole - left, whole
    counted = _COUNTED.search(text)
    return (int(counted[1]), int(counted[2])) if counted else (0, None)


class _Lines:
    """One line for each stage, and for each tenth of a count."""

    def __init__(self) -> None:
        self._shown = ""

    def __call__(self, text: str) -> None:
        done, total = share(text)
        tenth = done * 10 // total if total else 0
        stage = f"{_COUNTED.sub('', _IDLE.sub('idle', text)).partition(':')[0]} {tenth}"
        if stage != self._shown:
            self._shown = stage
            click.echo(f"{text}…", err=True)
