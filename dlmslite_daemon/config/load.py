"""TOML and environment to schema; every fault names its dotted key.

Tables of policies and the options of sinks are handed up as they are; whoever knows their class
structures them with ``structure`` and gets the same checks and the same paths in errors.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from attrs import fields_dict, has
from cattrs import (
    BaseValidationError,
    ClassValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
)

from dlmslite_daemon.config.retention import RetentionSettings
from dlmslite_daemon.config.schema import (
    ApiSettings,
    BridgeConfig,
    LogSettings,
    MeterSettings,
    SecretSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
    Table,
)
from dlmslite_daemon.errors import ConfigError

T = TypeVar("T")

DEFAULT_PATHS = (Path("bridge.toml"), Path("/etc/dlmslite/bridge.toml"))
"""Where a configuration is looked for when none is named."""

ENVIRONMENT_PREFIX = "DLMSLITE_BRIDGE_"
"""``DLMSLITE_BRIDGE_API_PORT=5002`` stands above ``[api] port`` of the file."""

# The sections whose keys are plain values; the environment may set these.
_SECTIONS: dict[str, type] = {
    "store": StoreSettings,
    "api": ApiSettings,
    "log": LogSettings,
    "secrets": SecretSettings,
    "retention": RetentionSettings,
}


def load(path: Path | None, environ: Mapping[str, str]) -> BridgeConfig:
    """Read a configuration file and the environment.

    Args:
        path: The file; None takes the first of ``DEFAULT_PATHS`` that exists, or none at all.
        environ: The environment.

    Raises:
        ConfigError: The file cannot be read or makes no sense; names the dotted key.
    """
    return parse(text_of(found(path)), environ)


def found(path: Path | None) -> Path | None:
    """The file that is meant: the one that was named, else the first of the usual ones there is."""
    if path is not None:
        return path
    return next((candidate for candidate in DEFAULT_PATHS if candidate.is_file()), None)


def text_of(path: Path | None) -> str:
    """What stands in a configuration file; nothing where there is none.

    Raises:
        ConfigError: It cannot be read (``E-CONFIG-FILE``).
    """
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            f"{path} cannot be read: {reason}", code="E-CONFIG-FILE", hint="see --config"
        ) from error


def parse(text: str, environ: Mapping[str, str] | None = None) -> BridgeConfig:
    """A configuration from TOML text and an environment.

    Raises:
        ConfigError: It makes no sense; names the dotted key, or the line where TOML is broken.
    """
    config, faults = examine(text, environ)
    if faults:
        raise faults[0]
    return config


def examine(
    text: str, environ: Mapping[str, str] | None = None
) -> tuple[BridgeConfig, list[ConfigError]]:
    """What of a configuration makes sense, and everything in it that does not."""
    faults: list[ConfigError] = []

    def tried(make: Callable[[], T]) -> list[T]:
        try:
            return [make()]
        except ConfigError as error:
            faults.append(error)
            return []

    try:
        document: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return BridgeConfig(), [ConfigError(f"not TOML: {error}", code="E-CONFIG-TOML")]
    tried(lambda: _apply_environment(document, environ or {}))
    parts: dict[str, object] = {}
    for key, value in document.items():
        for table in tried(partial(_table, value, key)):
            parts |= _part(key, table, tried)
    whole = tried(lambda: BridgeConfig(**parts))  # type: ignore[arg-type]  # structured above
    return (whole[0] if whole else BridgeConfig()), faults


def _part(
    key: str, table: Table, tried: Callable[[Callable[[], Any]], list[Any]]
) -> dict[str, object]:
    """One table of the document as a part of the configuration; nothing where it has a fault."""
    if key in _SECTIONS:
        section = tried(lambda: structure(table, _SECTIONS[key], key))
        return {key: section[0]} if section else {}
    if key == "policies":
        return {key: dict(_each(table, key, lambda _, entry, __: entry, tried))}
    if key in _NAMED:
        make = _NAMED[key]
        return {key: tuple(one for _, one in _each(table, key, make, tried))}
    known = f"there are {', '.join([*_SECTIONS, 'policies', *_NAMED])}"

    def unknown() -> None:
        raise ConfigError("there is no such table", key=key, code="E-CONFIG-KEY", hint=known)

    tried(unknown)
    return {}


def _each(
    table: Table,
    key: str,
    make: Callable[[str, Table, str], Any],
    tried: Callable[[Callable[[], Any]], list[Any]],
) -> Iterator[tuple[str, Any]]:
    """The entries of a table of tables, those without a fault."""
    for name, value in table.items():
        place = f"{key}.{name}"
        for entry in tried(partial(_table, value, place)):
            for made in tried(partial(make, name, entry, place)):
                yield name, made


def structure(table: Table, kind: type[T], key: str = "") -> T:
    """A table as an attrs class; unknown keys and wrong types are refused.

    Args:
        table: What a file, an importer or a request said.
        kind: The class.
        key: Where the table stands; goes in front of the keys in errors.

    Raises:
        ConfigError: It does not fit; names the dotted key.
    """
    try:
        return _CONVERTER.structure(table, kind)
    except (BaseValidationError, ConfigError, ForbiddenExtraKeysError, TypeError) as error:
        raise _named(error, key) from error


def meter(name: str, table: Table, key: str = "") -> MeterSettings:
    """A meter from its table; a series is ``key = "OBIS"``, ``"OBIS:ATTRIBUTE"`` or a table.

    Raises:
        ConfigError: It does not fit; names the dotted key.
    """
    series = table.get("series", {})
    below = f"{key}.series" if key else "series"
    entries = [
        series_of(str(one), value, f"{below}.{one}") for one, value in _table(series, below).items()
    ]
    rest = {field: value for field, value in table.items() if field != "series"}
    if "name" in rest:
        raise ConfigError("the name stands in the table's own name", key=f"{key}.name".lstrip("."))
    plain = [unstructure(entry) for entry in entries]
    return structure({"name": name, **rest, "series": plain}, MeterSettings, key)


def meter_table(settings: MeterSettings) -> dict[str, object]:
    """What ``meter`` makes these settings of: the table without the name, as short as it goes."""
    table = unstructure(settings)
    del table["name"]
    series: dict[str, object] = {}
    for one in settings.series:
        entry = unstructure(one)
        del entry["key"]
        series[one.key] = entry["obis"] if entry.keys() == {"obis"} else entry
    if series:
        table["series"] = series
    return table


def series_of(name: str, value: object, key: str = "") -> SeriesSettings:
    """A series from ``"OBIS"``, ``"OBIS:ATTRIBUTE"`` or its table.

    Raises:
        ConfigError: It does not fit; names the dotted key.
    """
    if isinstance(value, str):
        obis, colon, attribute = value.rpartition(":")
        # 1-0:1.8.0*255 has a colon of its own: only what follows six groups is an attribute.
        if not colon or not attribute.lstrip("-").isdigit():
            return structure({"key": name, "obis": value}, SeriesSettings, key)
        return structure(
            {"key": name, "obis": obis, "attribute": int(attribute)}, SeriesSettings, key
        )
    return structure({"key": name, **_table(value, key)}, SeriesSettings, key)


def sink(name: str, table: Table, key: str = "") -> SinkSettings:
    """A sink from its table: ``kind`` and ``enabled``; the rest are the sink's own options.

    Raises:
        ConfigError: It does not fit; names the dotted key.
    """
    own = {field: table[field] for field in ("kind", "enabled") if field in table}
    options = {field: value for field, value in table.items() if field not in own}
    if "name" in options:
        raise ConfigError("the name stands in the table's own name", key=f"{key}.name".lstrip("."))
    return structure({"name": name, **own, "options": options}, SinkSettings, key)


def unstructure(value: object) -> dict[str, object]:
    """An attrs value as plain tables, lists and scalars, defaults left out: fit for TOML or JSON.

    Raises:
        TypeError: It is no attrs value.
    """
    kind = type(value)
    if not has(kind):
        raise TypeError(f"{value!r} is no attrs value")
    table: dict[str, object] = {}
    for name, attribute in fields_dict(kind).items():
        given = getattr(value, name)
        default = attribute.default
        if default is not None and getattr(default, "factory", None) is not None:
            default = default.factory()
        if given != default:
            table[name] = _plain(given)
    return table


def _plain(value: object) -> object:
    if has(type(value)):
        return unstructure(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value


def _table(value: object, key: str) -> Table:
    if not isinstance(value, Mapping):
        raise ConfigError("a table is wanted here", key=key, code="E-CONFIG-TYPE")
    return value


def _apply_environment(document: dict[str, object], environ: Mapping[str, str]) -> None:
    for variable, text in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        section, _, name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("_")
        kind = _SECTIONS.get(section)
        attribute = fields_dict(kind).get(name) if kind else None
        if attribute is None:
            raise ConfigError(
                "the environment sets what is no setting", key=variable, code="E-CONFIG-KEY"
            )
        value: object = text
        if attribute.type in {"bool", bool} and text.lower() in {"true", "false"}:
            value = text.lower() == "true"
        elif attribute.type in {"int", "float", int, float}:
            try:
                value = int(text) if attribute.type in {"int", int} else float(text)
            except ValueError:
                raise ConfigError(
                    f"{text!r} is no number", key=variable, code="E-CONFIG-TYPE"
                ) from None
        table = document.setdefault(section, {})
        if isinstance(table, dict):
            table[name] = value


# ---------------------------------------------------------------- cattrs and its errors


def _named(error: BaseException, key: str) -> ConfigError:
    """The first fault inside a tree of cattrs' errors, with its dotted key."""
    if isinstance(error, ClassValidationError):
        noted, rest = error.group_exceptions()
        for inner, note in noted:
            return _named(inner, f"{key}.{note.name}" if key else note.name)
        return _named(rest[0], key)
    if isinstance(error, IterableValidationError):
        entries, others = error.group_exceptions()
        for inner, place in entries:
            return _named(inner, f"{key}.{place.index}")
        return _named(others[0], key)
    if isinstance(error, ForbiddenExtraKeysError):
        extra = min(error.extra_fields)
        known = ", ".join(sorted(fields_dict(error.cl)))
        return ConfigError(
            "there is no such key",
            key=f"{key}.{extra}" if key else extra,
            code="E-CONFIG-KEY",
            hint=f"there are {known}",
        )
    if isinstance(error, ConfigError):
        path = ".".join(part for part in (key, error.key) if part)
        return type(error)(error.reason, key=path, code=error.code, hint=error.hint)
    if isinstance(error, KeyError):
        return ConfigError("it is missing", key=key, code="E-CONFIG-MISSING")
    return ConfigError(str(error), key=key, code="E-CONFIG-TYPE")


def _exactly(kind: type, name: str) -> None:
    """Take a scalar as it is: TOML and JSON have types, and "10" is not 10."""

    def hook(value: object, wanted: Callable[[object], object]) -> object:
        if kind is float and type(value) is int:
            value = float(value)
        # TOML has nan and inf; no setting of ours has a use for them.
        if type(value) is not kind or (type(value) is float and not math.isfinite(value)):
            raise ConfigError(f"{name} is wanted here", code="E-CONFIG-TYPE")
        # An enumeration of texts is a kind of text, and knows its members.
        return value if wanted is kind else wanted(value)

    _CONVERTER.register_structure_hook(kind, hook)


def _mapping(value: object, _: object) -> Table:
    if not isinstance(value, Mapping):
        raise ConfigError("a table is wanted here", code="E-CONFIG-TYPE")
    return value


def _tables(value: object, _: object) -> Mapping[str, Table]:
    tables = _mapping(value, None)
    return {name: _table(entry, name) for name, entry in tables.items()}


_CONVERTER = Converter(forbid_extra_keys=True, detailed_validation=True)
_exactly(bool, "true or false")
_exactly(int, "a whole number")
_exactly(float, "a number")
_exactly(str, "text")
_CONVERTER.register_structure_hook_func(lambda wanted: wanted is object, lambda value, _: value)
_CONVERTER.register_structure_hook_func(lambda wanted: wanted == Table, _mapping)
_CONVERTER.register_structure_hook_func(lambda wanted: wanted == Mapping[str, Table], _tables)

_NAMED: Mapping[str, Callable[[str, Table, str], Any]] = {"meters": meter, "sinks": sink}
"""The tables of tables whose entries are known by name: what makes one of its table."""
