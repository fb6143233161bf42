"""How a benchmark says what it measured: a row of the table, whose work it was, how much of it.

``make bench`` runs tests/benchmarks and prints the table (tests/benchmarks/report.py). Without
``--benchmark-enable`` each benchmark runs once, as a test.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

from attrs import frozen
from rig.required import missing

OURS = "dlmslite"
PEERS = ("gurux-dlms", "dlms-cosem", "pydlms-client")


@frozen
class Row:
    """One row of the table in library.md, section 3.

    Attributes:
        title: The work.
        unit: What the figures count.
        target: What ours must reach; where ``of_best_peer`` is true, a factor on the best peer.
        of_best_peer: Whether the target is relative.
        lower_is_better: Whether the figures are costs.
    """

    title: str
    unit: str
    target: float
    of_best_peer: bool = False
    lower_is_better: bool = False


ROWS = {
    "hdlc-decode": Row("HDLC decode with checks, 128 octets", "frames/s", 300_000),
    "hdlc-encode": Row("HDLC encode, 128 octets", "frames/s", 250_000),
    "hdlc-stream": Row("stream in 64-octet pieces", "MB/s", 25),
    "rows-layout": Row("profile, 10,000 rows of 6, raw, by layout", "rows/s", 2_500_000),
    "rows-loop": Row("the same, by the loop (any nesting)", "rows/s", 400_000),
    "rows-times": Row("with date-times: row objects, aware time", "rows/s", 1_000_000),
    "rows-times-one": Row("… and one quantity of each read", "rows/s", 600_000),
    "rows-times-all": Row("… and all four quantities of each read", "rows/s", 200_000),
    "columns": Row("… as columns of plain Decimals", "rows/s", 400_000),
    "import": Row("import and reach connect, above bare Python", "ms", 130, lower_is_better=True),
    "wrapper-reads": Row("wrapper: reads over loopback", "reads/s", 1.2, of_best_peer=True),
    "wrapper-cpu": Row(
        "wrapper: CPU of a read", "µs", 0.7, of_best_peer=True, lower_is_better=True
    ),
    "hdlc-reads": Row("HDLC 128, window 1: reads", "reads/s", 1.2, of_best_peer=True),
    "hdlc-cpu": Row(
        "HDLC 128, window 1: CPU of a read", "µs", 0.7, of_best_peer=True, lower_is_better=True
    ),
    "store-in": Row("daemon: readings stored, 5 a poll, on disk", "readings/s", 20_000),
    "outbox-out": Row("daemon: messages of 5 acknowledged, cursor on disk", "messages/s", 3_000),
    "delivery": Row("daemon: messages of 5 acknowledged by mosquitto", "messages/s", 3_000),
    "start": Row("daemon: process to ready, 1,000 meters stored", "s", 2.0, lower_is_better=True),
    "profile-cpu": Row(
        "10,000-row profile over HDLC, CPU", "s", 0.5, of_best_peer=True, lower_is_better=True
    ),
}


def measure(
    benchmark: Any, row: str, who: str, work: Callable[[], object], amount: float = 1
) -> None:
    """Time ``work``; the figure is ``amount`` for each second of its best run.

    Args:
        benchmark: The fixture of pytest-benchmark.
        row: A key of ``ROWS``.
        who: ``dlmslite`` or one of ``PEERS``.
        work: What is timed.
        amount: How many of the row's units one call does: frames, rows, megabytes.
    """
    benchmark.extra_info.update(row=row, who=who, amount=amount)
    assert row in ROWS
    assert who in (OURS, *PEERS)
    benchmark(work)


def record(benchmark: Any, row: str, who: str, figure: float) -> None:
    """Enter a figure that was measured another way; times nothing."""
    benchmark.extra_info.update(row=row, who=who, figure=figure)
    assert row in ROWS
    assert who in (OURS, *PEERS)
    benchmark.pedantic(lambda: None, rounds=1)


def peer(module: str) -> ModuleType:
    """A module of a peer, imported without its warnings, or ``missing``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(module)
        except ImportError:
            missing(f"the peer {module}")
