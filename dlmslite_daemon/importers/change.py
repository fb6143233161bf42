"""Changes of a meter that stands, as a row: what is named is replaced, None takes the default back.

Beside the columns of an import there are ``host`` and ``port`` for a meter that moved, and
``profile`` for what is known of its kind. What is said beside a profile stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from attrs import NOTHING, Factory, evolve, fields_dict

from dlmslite_daemon.config.schema import Auth, MeterSettings
from dlmslite_daemon.engine.tuning import Changes, merged
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import Row, Seal, column_value, meter_of, reference
from dlmslite_daemon.meters.profiles import Advised, advised

FIXED = ("name", "paused")  # a meter keeps its name; pause and resume have verbs of their own


def meters_of(row: Row, seal: Seal) -> tuple[MeterSettings, ...]:
    """The settings that a row describes, one for each form in which the meter may be addressed.

    Args:
        row: The columns of an import; ``profile`` fills in what they leave out, ``serial`` helps it
            to address the meter.
        seal: Turns a secret into a reference.

    Raises:
        ConfigError: A column is unknown, or its value makes no sense; names the column.
    """
    own = {key: value for key, value in row.items() if key not in {"profile", "serial"}}
    said = _advice(row, str(own.get("auth") or "none"))
    if said is None:
        return (meter_of(own, seal),)
    if not own.get("series"):
        own["series"] = list(said.series)
    filled = {**said.row, **own, "policies": merged(_policies(said.row), _policies(own))}
    if own.get("server") is not None or len(said.forms) < 2:
        return (meter_of(filled, seal),)
    return tuple(meter_of({**filled, **form, **own}, seal) for form in said.forms)


def changed(settings: MeterSettings, row: Row, seal: Seal) -> tuple[MeterSettings, Changes]:
    """A meter's settings with changes, and the changes of its policies, which are not in them yet.

    Args:
        settings: As they are.
        row: What changes.
        seal: Turns a secret into a reference.

    Raises:
        ConfigError: A column is unknown or cannot be changed, or its value makes no sense.
    """
    own = {key: value for key, value in row.items() if key not in {"profile", "serial"}}
    policies = own.pop("policies", None) or {}
    said = _advice(row, str(own.get("auth") or settings.auth))
    if said is not None:
        own = {**said.row, **own}
        policies = merged(_policies(own), policies)
        own.pop("policies", None)
    host, port = own.pop("host", None), own.pop("port", None)
    values: dict[str, Any] = {}
    for column, value in own.items():
        if column in FIXED:
            raise ConfigError("it cannot be changed here", key=column)
        values[column] = _default(column) if value is None else column_value(column, value)
    if host is not None or port is not None:
        values["url"] = _moved(values.get("url", settings.url), host, port)
    if values.get("password"):
        values["password"] = reference(values["password"], seal)
        values.setdefault("auth", Auth.LLS)
    elif values.get("auth") is Auth.NONE:
        values["password"] = ""
    return evolve(settings, **values), policies


def _advice(row: Row, auth: str) -> Advised | None:
    names = row.get("profile")
    if not names:
        return None
    if row.get("password") and not row.get("auth"):
        auth = Auth.LLS.value
    words = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    return advised(words, auth, str(row.get("serial") or ""))


def _policies(row: Row) -> Changes:
    tables = row.get("policies") or {}
    if not isinstance(tables, Mapping):
        raise ConfigError("a table is wanted here", key="policies")
    return tables


def _default(column: str) -> Any:
    field = fields_dict(MeterSettings).get(column)
    if field is None or field.default is NOTHING:
        raise ConfigError("it has no default to go back to", key=column)
    default: Any = field.default
    return default.factory() if isinstance(default, Factory) else default  # type: ignore[arg-type]  # attrs' own class


def _moved(url: str, host: str | None, port: int | None) -> str:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ConfigError("a serial line has no host", key="host", hint="give another --url")
    name = host or parts.hostname
    name = f"[{name}]" if ":" in name and not name.startswith("[") else name
    number = port if port is not None else parts.port
    return urlunsplit(parts._replace(netloc=name if number is None else f"{name}:{number}"))
