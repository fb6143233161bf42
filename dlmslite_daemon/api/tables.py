"""Applies a sheet of meters: all of it or nothing, tried first where that is asked."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from attrs import asdict, evolve

from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.control import Control
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.importers.base import Fault, ImportRefused, Sheet

TRY_SECONDS = 60.0  # a first association over a slow line
TRIED_AT_ONCE = 16  # lines; the connect rate of the process holds for trials too

Entry = tuple[int, MeterSettings]
Tell = Callable[[str], None]


def tried(
    sheet: Sheet, control: Control, *, partial: bool, tell: Tell = lambda _text: None
) -> Sheet:
    """The sheet with each meter that could not be read as a fault of its row.

    Lines are tried side by side, meters of one line after another; nothing is saved.

    Args:
        sheet: What may be applied.
        control: Hands the trials to the threads of the lines.
        partial: Whether the other rows may be applied when some do not answer.
        tell: Told how many meters are done.

    Raises:
        ImportRefused: Some do not answer and ``partial`` is not wanted, or none does.
    """
    lines: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in sheet.meters:
        lines[entry[1].endpoint].append(entry)

    done = itertools.count(1)

    def along(entries: list[Entry]) -> list[Fault]:
        faults = []
        for entry in entries:
            faults.append(_trial(entry, control))
            tell(f"{next(done)} of {len(sheet.meters)} meters tried")
        return [fault for fault in faults if fault is not None]

    with ThreadPoolExecutor(TRIED_AT_ONCE, "import") as pool:
        found = [fault for faults in pool.map(along, lines.values()) for fault in faults]
    bad = {fault.row for fault in found}
    sound = tuple(entry for entry in sheet.meters if entry[0] not in bad)
    faults = sorted([*sheet.faults, *found], key=lambda fault: fault.row)
    if found and not (partial and sound):
        raise ImportRefused(faults, sheet.rows)
    return evolve(sheet, meters=sound, faults=tuple(faults))


def applied(
    sheet: Sheet, add: Callable[[MeterSettings], object], *, dry_run: bool
) -> dict[str, Any]:
    """Add the meters of a sheet, unless it is a dry run; what the API says of it."""
    if not dry_run:
        for _, settings in sheet.meters:
            add(settings)
    names = [settings.name for _, settings in sheet.meters]
    return {
        "applied": not dry_run,
        "rows": sheet.rows,
        "count": len(names),
        "meters": names,
        "faults": [asdict(fault) for fault in sheet.faults],
    }


def _trial(entry: Entry, control: Control) -> Fault | None:
    row, settings = entry
    try:
        trial = control.try_meter(settings, TRY_SECONDS)
    except BridgeError as error:
        return Fault(row, "", f"{error.code}: {error.message}")
    if trial.ok:
        return None
    if trial.fault is not None:
        return Fault(row, "", f"{trial.fault.code}: {trial.fault.message}")
    missing = ", ".join(f"{value.key}: {value.error}" for value in trial.values if not value.ok)
    return Fault(row, "series", f"it answers, but {missing or 'has no values'}")
