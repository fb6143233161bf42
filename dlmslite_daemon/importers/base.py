"""What every import has in common: rows, the settings made of them, and faults by row and column.

A row is a mapping from column to text (CSV) or to a value (JSON, TOML, the API). The columns are
the fields of ``MeterSettings``. A password may stand in a row as a reference (``env:NAME``,
``file:/path`` …) or in the open; one in the open is sealed at once and never shown again.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from dlmslite_daemon.config.schema import (
    SECRET_SCHEMES,
    Auth,
    MeterSettings,
    SeriesSettings,
    check_url,
)
from dlmslite_daemon.errors import BridgeError, ConfigError

# An OBIS code may have colons of its own (1-0:1.8.0*255); the attribute follows its six numbers.
_SERIES = re.compile(r"(?P<key>[^=\s]+)=(?P<obis>\d+(?:[.:*-]\d+){5})(?::(?P<attribute>-?\d+))?\Z")

Row = Mapping[str, Any]
Seal = Callable[[str], str]
"""Turns a secret into a reference that may be stored."""


class ImportRefused(BridgeError):
    """An import with faults, of which nothing was applied.

    Attributes:
        faults: What is wrong, by row and column.
    """

    code = "E-IMPORT"

    def __init__(self, faults: Sequence[Fault], rows: int) -> None:
        bad = len({fault.row for fault in faults})
        what = f"{bad} of {rows} rows cannot be used" if rows else "the file cannot be used"
        super().__init__(
            f"{what}; nothing was applied",
            hint="correct them, or apply the others with --partial"
            if rows
            else "dlmslite-bridge meter import --template prints one that can",
        )
        self.faults = tuple(faults)


@frozen
class Fault:
    """One thing wrong in a file.

    Attributes:
        row: The line of a CSV file (its head is line 1), the number of the entry elsewhere; 0 for
            the file as a whole.
        column: The column or field; empty if no single one is to blame.
        message: What is wrong, and what would be right.
    """

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "the file"
        return f"{place}{f', {self.column}' if self.column else ''}: {self.message}"


@frozen
class Sheet:
    """What a file says, before anything is applied.

    Attributes:
        meters: The meters that can be used, with their rows.
        faults: What cannot.
        rows: How many rows there are.
    """

    meters: tuple[tuple[int, MeterSettings], ...]
    faults: tuple[Fault, ...]
    rows: int

    def checked(self, taken: Sequence[str], *, partial: bool) -> Sheet:
        """The sheet with names that stand twice, here or in the fleet, as faults.

        Args:
            taken: The names of the fleet.
            partial: Whether the other rows may be applied when some cannot.

        Raises:
            ImportRefused: There are faults and ``partial`` is not wanted, or no row is sound.
        """
        seen = set(taken)
        sound: list[tuple[int, MeterSettings]] = []
        faults = list(self.faults)
        for row, settings in self.meters:
            if settings.name in seen:
                faults.append(Fault(row, "name", f"a meter {settings.name!r} exists already"))
            else:
                seen.add(settings.name)
                sound.append((row, settings))
        if faults and not (partial and sound):
            raise ImportRefused(faults, self.rows)
        return Sheet(tuple(sound), tuple(faults), self.rows)


def sheet_of(
    rows: Sequence[tuple[int, Row]],
    seal: Seal,
    make: Callable[[Row, Seal], MeterSettings] | None = None,
) -> Sheet:
    """Make settings of each row, and a fault of each that cannot be used.

    Args:
        rows: The rows with their numbers.
        seal: Turns a secret into a reference.
        make: Makes the settings of a row; ``meter_of`` unless told.
    """
    make = make or meter_of
    meters: list[tuple[int, MeterSettings]] = []
    faults: list[Fault] = []
    for number, row in rows:
        if wrong := [*_wrong_cells(row)]:
            faults += [_fault(number, error) for error in wrong]
            continue
        try:
            meters.append((number, make(row, seal)))
        except ConfigError as error:
            faults.append(_fault(number, error))
    return Sheet(tuple(meters), tuple(faults), len(rows))


def _wrong_cells(row: Row) -> Iterator[ConfigError]:
    """Every cell of a row that makes no sense: all of them are told at once."""
    for column, value in row.items():
        try:
            if is_blank(value):
                _converter(column)
                continue
            column_value(column, value)
            if column == "url":
                check_url(str(value))
        except ConfigError as error:
            yield error


def is_blank(value: Any) -> bool:
    """Whether a cell says nothing: its default is meant."""
    return value is None or (isinstance(value, str) and not value.strip())


def _fault(number: int, error: ConfigError) -> Fault:
    text = f"{error.reason} ({error.hint})" if error.hint else error.reason
    return Fault(number, error.key, text)


def meter_of(row: Row, seal: Seal) -> MeterSettings:
    """The settings that one row describes; empty cells take the default.

    Raises:
        ConfigError: A column is unknown, or its value makes no sense; names the column.
    """
    values: dict[str, Any] = {}
    for column, value in row.items():
        if is_blank(value):
            _converter(column)
            continue
        values[column] = column_value(column, value)
    for needed in ("name", "url"):
        if needed not in values:
            raise ConfigError("it is missing", key=needed)
    if "password" in values:
        values["password"] = reference(values["password"], seal)
    return MeterSettings(**values)


def column_value(column: str, value: Any) -> Any:
    """The value of one column, of the type that the settings want.

    Raises:
        ConfigError: There is no such column, or the value makes no sense in it.
    """
    return _converter(column)(column, value)


def _converter(column: str) -> Callable[[str, Any], Any]:
    convert = _COLUMNS.get(column)
    if convert is None:
        raise ConfigError(
            "there is no such column", key=column, hint="columns: " + ", ".join(_COLUMNS)
        )
    return convert


def series_of(row: Row) -> SeriesSettings:
    """The settings of one series given as a mapping.

    Raises:
        ConfigError: A field is unknown or makes no sense.
    """
    values: dict[str, Any] = {}
    for field, value in row.items():
        convert = _SERIES_FIELDS.get(field)
        if convert is None:
            raise ConfigError("there is no such field of a series", key=f"series.{field}")
        if value is not None:
            values[field] = convert(f"series.{field}", value)
    for needed in ("key", "obis"):
        if needed not in values:
            raise ConfigError("it is missing", key=f"series.{needed}")
    try:
        return SeriesSettings(**values)
    except ConfigError as error:
        raise ConfigError(error.reason, key=f"series.{error.key}", hint=error.hint) from None


def parse_series(text: str) -> SeriesSettings:
    """One series as operators write it: ``KEY=OBIS[:ATTR]``.

    Raises:
        ConfigError: It is not of that form.
    """
    found = _SERIES.match(text.strip())
    if found is None:
        raise ConfigError(
            f"{text!r} is no series",
            key="series",
            hint="KEY=OBIS[:ATTR], for example voltage=1.1.32.7.0.255",
        )
    return series_of(found.groupdict())


def reference(text: str, seal: Seal) -> str:
    """A secret as it may be stored: a reference as it is, one in the open sealed.

    Args:
        text: What an operator gave.
        seal: Turns a secret into a reference.
    """
    scheme, colon, rest = text.partition(":")
    return text if colon and rest and scheme in SECRET_SCHEMES else seal(text)


def _text(column: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError("it is no text", key=column)
    return value.strip()


def _secret(column: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError("it is no text", key=column)
    return value


def _whole(column: str, value: Any) -> int:
    try:
        if isinstance(value, int | str) and not isinstance(value, bool):
            return int(value)
    except ValueError:
        pass
    raise _no(column, value, "a whole number")


def _number(column: str, value: Any) -> float:
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            number = float(value)
            if math.isfinite(number):
                return number
    except (ValueError, OverflowError):
        pass
    raise _no(column, value, "a number")


def _flag(column: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = _FLAGS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise _no(column, value, "true or false")
    return found


def _auth(column: str, value: Any) -> Auth:
    try:
        return Auth(value)
    except ValueError:
        raise _no(column, value, "one of " + ", ".join(Auth)) from None


def _series(column: str, value: Any) -> tuple[SeriesSettings, ...]:
    """A cell (``voltage=1.1.32.7.0.255 energy=…``), a list of either form, or key to OBIS."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _json(column, value)
    if isinstance(value, str):
        value = value.replace(";", " ").split()
    if isinstance(value, Mapping):
        value = [f"{key}={obis}" for key, obis in value.items()]
    if not isinstance(value, list | tuple):
        raise _no(column, value, "a list of series")
    return tuple(_one_series(column, item) for item in value)


def _one_series(column: str, item: Any) -> SeriesSettings:
    if isinstance(item, str):
        return parse_series(item)
    if isinstance(item, Mapping):
        return series_of(item)
    raise _no(column, item, "a series")


def _json(column: str, value: str) -> Any:
    """A cell that holds more than a cell can: JSON."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise _no(column, value, "JSON") from None


def _table(column: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        value = _json(column, value)
    if isinstance(value, Mapping):
        return value
    raise _no(column, value, "a table")


def _no(column: str, value: Any, wanted: str) -> ConfigError:
    return ConfigError(f"{value!r} is not {wanted}", key=column)


_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_COLUMNS: dict[str, Callable[[str, Any], Any]] = {
    "name": _text,
    "url": _text,
    "client": _whole,
    "server": _whole,
    "auth": _auth,
    "password": _secret,
    "series": _series,
    "every": _number,
    "timeout": _number,
    "pause": _number,
    "release_after": _number,
    "zone": _text,
    "max_info": _whole,
    "window": _whole,
    "max_pdu": _whole,
    "paused": _flag,
    "physical": _whole,
    "battery": _flag,
    "profile": _text,
    "quirks": _table,
    "policies": _table,
}
_SERIES_FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "key": _text,
    "obis": _text,
    "class_id": _whole,
    "attribute": _whole,
    "unit": _text,
    "enabled": _flag,
}
