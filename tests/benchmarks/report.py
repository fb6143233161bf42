"""Prints the table of library.md, section 3, from what pytest-benchmark wrote.

``make bench`` calls it. Figures are of the best run of each, which is what a machine that others
use as well disturbs least. A row that misses its target says so; it fails nothing, since a busy
machine misses what an idle one reaches.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.bench import OURS, PEERS, ROWS, Row

Figures = dict[str, dict[str, float]]


def figures(benchmarks: list[dict[str, Any]]) -> Figures:
    """The figure of each contender by row."""
    found: Figures = {}
    for benchmark in benchmarks:
        info = benchmark["extra_info"]
        if "row" not in info:
            continue
        figure = info["figure"] if "figure" in info else info["amount"] / benchmark["stats"]["min"]
        found.setdefault(info["row"], {})[info["who"]] = figure
    return found


def target(row: Row, by: dict[str, float]) -> float | None:
    """What ours must reach, in the row's unit; None where no peer was measured."""
    if not row.of_best_peer:
        return row.target
    peers = [by[who] for who in PEERS if who in by]
    if not peers:
        return None
    return row.target * (min(peers) if row.lower_is_better else max(peers))


def reached(row: Row, ours: float, wanted: float) -> bool:
    """Whether a figure is on the right side of its target."""
    return ours <= wanted if row.lower_is_better else ours >= wanted


def shown(figure: float | None) -> str:
    """A figure as the table shows it."""
    if figure is None:
        return "-"
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:,.2f}"


def table(found: Figures) -> list[list[str]]:
    """The cells of the table, its head first."""
    lines = [["work", "unit", *PEERS, OURS, "target", ""]]
    for key, row in ROWS.items():
        by = found.get(key, {})
        ours, wanted = by.get(OURS), target(row, by)
        verdict = ""
        if ours is not None and wanted is not None:
            verdict = "reached" if reached(row, ours, wanted) else "MISSED"
        bound = "≤ " if row.lower_is_better else "≥ "
        peers = [shown(by.get(who)) for who in PEERS]
        aim = bound + shown(wanted) if wanted is not None else "-"
        lines.append([row.title, row.unit, *peers, shown(ours), aim, verdict])
    return lines


def main() -> None:
    """Read the file named by the first argument, print the table."""
    measured = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    lines = table(figures(measured["benchmarks"]))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    print(f"{platform.python_implementation()} {platform.python_version()}, best run of each")
    for line in lines:
        cells = [
            cell.ljust(width) if column in {0, 1, len(widths) - 1} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    main()
