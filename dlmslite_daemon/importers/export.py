"""Meters as CSV, JSON or TOML that the same bridge, or another, can import again.

No secret leaves. A reference to one (``env:NAME``, ``file:/path`` …) is none and stays; a password
that the store has sealed cannot be opened elsewhere, so the name of a variable stands in its place.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from attrs import asdict, fields, frozen

from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings
from dlmslite_daemon.config.toml_text import toml_text
from dlmslite_daemon.importers.tables import Format

SEALED = "sealed:"


@frozen
class Export:
    """A file to be.

    Attributes:
        text: What it says.
        variables: For each meter whose password is sealed here, the variable that must hold it
            where the file is imported.
    """

    text: str
    variables: Mapping[str, str]


def exported(meters: Sequence[MeterSettings], form: Format) -> Export:
    """Write meters down.

    Args:
        meters: Which.
        form: In which format.
    """
    rows = [row_of(settings) for settings in meters]
    variables = {
        settings.name: variable_of(settings.name)
        for settings in meters
        if settings.password.startswith(SEALED)
    }
    return Export(_WRITERS[form](rows), variables)


def row_of(settings: MeterSettings) -> dict[str, Any]:
    """A meter as the row that ``importers`` read; what has its default is left out."""
    row: dict[str, Any] = {}
    for one in fields(MeterSettings):
        value = getattr(settings, one.name)
        if value and value != one.default:
            row[one.name] = value.value if isinstance(value, Enum) else value
        elif value != one.default and isinstance(value, int | float):
            row[one.name] = value  # a zero that is not the default
    if settings.password.startswith(SEALED):
        row["password"] = f"env:{variable_of(settings.name)}"
    if settings.series:
        row["series"] = [_series(one) for one in settings.series]
    return row


def variable_of(name: str) -> str:
    """The variable that is to hold a meter's password; no two names share one."""

    def spelt(found: re.Match[str]) -> str:
        return f"_{ord(found[0]):X}_"

    return "METER_" + re.sub(r"[^A-Za-z0-9]", spelt, name) + "_PASSWORD"


def _series(series: SeriesSettings) -> str | dict[str, Any]:
    if series == SeriesSettings(series.key, series.obis, attribute=series.attribute):
        attribute = "" if series.attribute == 2 else f":{series.attribute}"
        return f"{series.key}={series.obis}{attribute}"
    plain = asdict(SeriesSettings(series.key, series.obis))
    whole = asdict(series)
    return {k: v for k, v in whole.items() if k in {"key", "obis"} or v != plain[k]}


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    order = [one.name for one in fields(MeterSettings)]
    columns = [name for name in order if any(name in row for row in rows)] or ["name", "url"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column, "")) for column in columns] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    if isinstance(value, list | Mapping | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"meters": rows}, indent=2, ensure_ascii=False) + "\n"


def _toml(rows: Sequence[Mapping[str, Any]]) -> str:
    meters = {row["name"]: {k: v for k, v in row.items() if k != "name"} for row in rows}
    return toml_text({"meters": meters})


_WRITERS = {Format.CSV: _csv, Format.JSON: _json, Format.TOML: _toml}
