"""Meters from CSV, JSON and TOML, with errors by row and column.

CSV has a head and one meter a line. JSON is a list of objects, or an object with such a list under
``meters``. TOML has ``[[meters]]``, or ``[meters.NAME]`` as the daemon's own configuration may.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import (
    Fault,
    ImportRefused,
    Row,
    Seal,
    Sheet,
    is_blank,
    meter_of,
    sheet_of,
)
from dlmslite_daemon.importers.change import meters_of

ROWS_MAX = 20_000  # meters in one file; the daemon is built for a few thousand


class Format(StrEnum):
    """What a file is written in."""

    CSV = "csv"
    JSON = "json"
    TOML = "toml"


_TEMPLATES = {
    Format.CSV: """\
name,url,client,server,auth,password,every,series
kitchen,tcp+hdlc://192.0.2.7:3333,1,0,lls,env:KITCHEN,10,v=1.1.32.7.0.255 e=1.1.1.8.0.255
garage,tcp+hdlc://192.0.2.8:3333,16,1,none,,60,energy=1.1.1.8.0.255
""",
    Format.JSON: """\
{"meters": [
  {"name": "kitchen", "url": "tcp+hdlc://192.0.2.7:3333", "client": 1, "server": 0,
   "auth": "lls", "password": "env:KITCHEN", "every": 10,
   "series": ["v=1.1.32.7.0.255", {"key": "e", "obis": "1.1.1.8.0.255", "unit": "Wh"}]},
  {"name": "garage", "url": "tcp+hdlc://192.0.2.8:3333", "series": ["energy=1.1.1.8.0.255"]}
]}
""",
    Format.TOML: """\
[meters.kitchen]
url = "tcp+hdlc://192.0.2.7:3333"
client = 1
server = 0
auth = "lls"
password = "env:KITCHEN"
every = 10
series = ["v=1.1.32.7.0.255", "e=1.1.1.8.0.255"]

[meters.garage]
url = "tcp+hdlc://192.0.2.8:3333"
series = ["energy=1.1.1.8.0.255"]
""",
}


def template(form: Format) -> str:
    """A file to begin with."""
    return _TEMPLATES[form]


def format_of(name: str) -> Format:
    """The format that a file's name tells.

    Raises:
        ConfigError: It tells none.
    """
    try:
        return Format(PurePath(name).suffix.lower().lstrip("."))
    except ValueError:
        raise ConfigError(
            f"{name} is not named .csv, .json or .toml", hint="say which with --format"
        ) from None


def read(text: str, form: Format, seal: Seal) -> Sheet:
    """What a file says.

    Args:
        text: The file.
        form: What it is written in.
        seal: Turns a password in the open into a reference.

    Raises:
        ImportRefused: The file as a whole cannot be read.
    """
    rows = _READERS[form](text)
    if len(rows) > ROWS_MAX:
        raise _unusable(f"{len(rows)} rows are more than {ROWS_MAX}")
    if not rows:
        raise _unusable("there is no meter in it")
    return sheet_of(rows, seal, _made)


def _made(row: Row, seal: Seal) -> MeterSettings:
    """A row's meter; a profile fills in what a row without series leaves out.

    A row with series is whole: an export names the profile too, and comes back as it was.
    """
    said = {column: value for column, value in row.items() if not is_blank(value)}
    if "profile" not in said or "series" in said:
        return meter_of(row, seal)
    return meters_of(said, seal)[0]


def _csv(text: str) -> list[tuple[int, Row]]:
    # A spreadsheet may put a byte order mark in front, and may separate by semicolons.
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ","
    )
    try:
        columns = [column.strip() for column in next(reader, [])]
        rows: list[tuple[int, Row]] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            # Cells beyond the head have no column; they are a fault of that row, not of the file.
            names = [*columns, *(f"column {n + 1}" for n in range(len(columns), len(cells)))]
            rows.append((reader.line_num, dict(zip(names, cells, strict=False))))
    except csv.Error as error:
        raise _unusable(f"line {reader.line_num} is no CSV: {error}") from error
    if len(set(columns)) < len(columns):
        raise _unusable("a column stands twice in its head")
    return rows


def _json(text: str) -> list[tuple[int, Row]]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise _unusable(
            f"line {error.lineno}, column {error.colno} is no JSON: {error.msg}"
        ) from error
    except RecursionError as error:
        raise _unusable("it is nested too deeply") from error
    return _entries(value.get("meters", []) if isinstance(value, Mapping) else value)


def _toml(text: str) -> list[tuple[int, Row]]:
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unusable(f"it is no TOML: {error}") from error
    return _entries(value.get("meters", []))


def _entries(value: Any) -> list[tuple[int, Row]]:
    if isinstance(value, Mapping):
        value = [
            {"name": name, **table} if isinstance(table, Mapping) else table
            for name, table in value.items()
        ]
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise _unusable("its meters are no list of tables")
    return list(enumerate(value, 1))


def _unusable(why: str) -> ImportRefused:
    return ImportRefused([Fault(0, "", why)], 0)


_READERS = {Format.CSV: _csv, Format.JSON: _json, Format.TOML: _toml}
