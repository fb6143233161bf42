"""Reads device profiles: those of this package by name, a user's own by path.

The file is checked to its last key: what is unknown, of the wrong kind or out of range is an error
that names the file and the place in it. A profile is copied from hand to hand, so a key that could
hold a secret is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import attrs

from dlmslite.errors import ConfigurationError, DecodeError, EncodeError
from dlmslite.profiles.base import (
    Advice,
    ClientAddress,
    DeviceProfile,
    Kind,
    Limits,
    Physical,
    Series,
    ServerAddress,
    combine,
)
from dlmslite.quirks import Quirks
from dlmslite.values.obis import Obis

SUFFIX = ".toml"
FILE_MAX = 256 * 1024  # octets; a longer file is no profile
_SECRETS = {"password", "passphrase", "secret", "secrets", "token", "pin", "keys"}
_AUTHENTICATIONS = ("none", "lls", "hls")
_FRAMINGS = ("", "hdlc", "wrapper")

T = TypeVar("T")


def names() -> list[str]:
    """The profiles of this package."""
    return sorted(
        entry.name.removesuffix(SUFFIX)
        for entry in _shipped().iterdir()
        if entry.name.endswith(SUFFIX)
    )


def load_profile(name: str) -> DeviceProfile:
    """One profile.

    Args:
        name: A name that ``names`` lists, or the path of a TOML file.

    Raises:
        ConfigurationError: There is no such profile, or it says something that makes no sense.
    """
    if name.endswith(SUFFIX):
        try:
            octets = Path(name).expanduser().read_bytes()
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise ConfigurationError(f"the profile {name}: {reason}") from None
    elif name in names():
        octets = _shipped().joinpath(name + SUFFIX).read_bytes()
    else:
        raise ConfigurationError(
            f"no device profile {name!r}",
            hint=f"there are {', '.join(names())}, or a {SUFFIX} file",
        )
    return parse(octets, name)


def device_advice(*devices: str) -> Advice:
    """What device profiles say together about one connection: a meter's, and its converter's.

    Args:
        devices: Names that this package knows, such as ``microstar-single-phase``, or paths of
            TOML files.

    Raises:
        ConfigurationError: There is no such profile, or it says something that makes no sense; the
            hint names those that there are.
    """
    return combine(load_profile(name) for name in devices)


def parse(octets: bytes, name: str) -> DeviceProfile:
    """A profile from the octets of its file.

    Args:
        octets: TOML.
        name: Of the file, for errors.

    Raises:
        ConfigurationError: It says something that makes no sense.
    """
    if len(octets) > FILE_MAX:
        raise ConfigurationError(f"the profile {name} is too long")
    try:
        table = tomllib.loads(octets.decode())
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"the profile {name} is no TOML: {error}") from None
    return _Reader(name).profile(table)


class _Reader:
    """Reads tables and knows where in the file it is."""

    def __init__(self, name: str) -> None:
        self._name = name

    def profile(self, table: dict[str, Any]) -> DeviceProfile:
        _refuse_secrets(table, self._name)
        known = {attribute.name for attribute in attrs.fields(DeviceProfile)}
        self._only(table, known, "")
        for needed in ("name", "kind", "title", "sources"):
            if needed not in table:
                raise self._error(needed, "is missing")
        framing = self._one(table, "framing", str, "")
        if framing not in _FRAMINGS:
            raise self._error("framing", f"{framing!r} is neither hdlc nor wrapper")
        sources = tuple(self._texts(table["sources"], "sources"))
        if not sources:
            raise self._error("sources", "names none: who is to believe it?")
        return DeviceProfile(
            name=self._one(table, "name", str, ""),
            kind=self._value("kind", Kind, table["kind"]),
            title=self._one(table, "title", str, ""),
            sources=sources,
            framing=framing,
            port=self._number(table, "port", 0, 0xFFFF),
            servers=tuple(self._each(table, "servers", self._server)),
            clients=tuple(self._each(table, "clients", self._client)),
            limits=self._numbers(table, "limits", Limits),
            quirks=self._numbers(table, "quirks", Quirks),
            series=tuple(self._each(table, "series", self._series)),
            messages=tuple(self._messages(table.get("messages", {}))),
            battery=self._one(table, "battery", bool, False, ""),
        )

    def _server(self, table: dict[str, Any], where: str) -> ServerAddress:
        self._only(table, {"logical", "physical", "octets", "note"}, where)
        physical = table.get("physical")
        if isinstance(physical, str):
            physical = self._value(f"{where}.physical", Physical, physical)
        elif physical is not None:
            physical = self._number(table, "physical", 0, 0x3FFF, where)
        octets = self._number(table, "octets", 0, 4, where)
        if octets == 3:
            raise self._error(f"{where}.octets", "an address has 1, 2 or 4 octets")
        return ServerAddress(
            logical=self._number(table, "logical", 0, 0xFFFF, where, needed=True),
            physical=physical,
            octets=octets,
            note=self._one(table, "note", str, "", where),
        )

    def _client(self, table: dict[str, Any], where: str) -> ClientAddress:
        self._only(table, {"address", "auth", "access"}, where)
        auth = self._one(table, "auth", str, "none", where)
        if auth not in _AUTHENTICATIONS:
            raise self._error(f"{where}.auth", f"{auth!r} is none of {', '.join(_AUTHENTICATIONS)}")
        return ClientAddress(
            address=self._number(table, "address", 0, 0xFFFF, where, needed=True),
            auth=auth,
            access=self._one(table, "access", str, "", where),
        )

    def _series(self, table: dict[str, Any], where: str) -> Series:
        self._only(table, {"key", "obis", "class", "attribute", "unit"}, where)
        for needed in ("key", "obis"):
            if needed not in table:
                raise self._error(f"{where}.{needed}", "is missing")
        try:
            obis = Obis.parse(self._one(table, "obis", str, "", where))
        except (EncodeError, DecodeError) as error:
            raise self._error(f"{where}.obis", str(error)) from None
        return Series(
            key=self._one(table, "key", str, "", where),
            obis=obis,
            class_id=self._number(table, "class", 0, 0xFFFF, where) or 3,
            attribute=self._number(table, "attribute", 0, 127, where) or 2,
            unit=self._one(table, "unit", str, "", where),
        )

    def _messages(self, table: Any) -> list[tuple[str, str]]:
        if not isinstance(table, dict):
            raise self._error("messages", "is no table of texts")
        return list(zip(table, self._texts(list(table.values()), "messages"), strict=True))

    def _numbers(self, table: dict[str, Any], name: str, kind: type[T]) -> T:
        """A table whose members are the numbers and flags of a class."""
        values = table.get(name, {})
        if not isinstance(values, dict):
            raise self._error(name, "is no table")
        defaults = {field.name: field.default for field in attrs.fields(kind)}  # type: ignore[arg-type] # attrs classes both
        self._only(values, set(defaults), name)
        for member, value in values.items():
            expected = type(defaults[member])
            fits = isinstance(value, expected) or (expected is float and isinstance(value, int))
            if not fits or isinstance(value, bool) is not (expected is bool):
                raise self._error(f"{name}.{member}", f"{value!r} is no {expected.__name__}")
            if not 0 <= value <= 1_000_000:
                raise self._error(f"{name}.{member}", f"{value!r} is out of range")
        return kind(**values)

    def _each(
        self, table: dict[str, Any], name: str, read: Callable[[dict[str, Any], str], T]
    ) -> list[T]:
        entries = table.get(name, [])
        if not isinstance(entries, list):
            raise self._error(name, f"is no list: write [[{name}]]")
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, dict):
                raise self._error(f"{name} {number}", "is no table")
        return [read(entry, f"{name} {number}") for number, entry in enumerate(entries, 1)]

    def _one(
        self, table: dict[str, Any], name: str, kind: type[T], default: T, where: str = ""
    ) -> T:
        value = table.get(name, default)
        if not isinstance(value, kind):
            raise self._error(f"{where}.{name}".lstrip("."), f"{value!r} is no {kind.__name__}")
        return value

    def _number(
        self,
        table: dict[str, Any],
        name: str,
        least: int,
        most: int,
        where: str = "",
        *,
        needed: bool = False,
    ) -> int:
        place = f"{where}.{name}".lstrip(".")
        if needed and name not in table:
            raise self._error(place, "is missing")
        value = self._one(table, name, int, 0, where)
        if isinstance(value, bool) or not least <= value <= most:
            raise self._error(place, f"{value!r} is not from {least} to {most}")
        return value

    def _texts(self, values: Any, where: str) -> list[str]:
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._error(where, "is no list of texts")
        return values

    def _value(self, where: str, kind: Callable[[Any], T], value: Any) -> T:
        try:
            return kind(value)
        except ValueError as error:
            raise self._error(where, str(error)) from None

    def _only(self, table: Mapping[str, Any], known: set[str], where: str) -> None:
        for name in table:
            if name not in known:
                place = f"{where}.{name}".lstrip(".")
                raise self._error(place, f"is unknown; there are {', '.join(sorted(known))}")

    def _error(self, where: str, reason: str) -> ConfigurationError:
        return ConfigurationError(f"the profile {self._name}: {where}: {reason}")


def _refuse_secrets(value: Any, name: str) -> None:
    entries = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    if isinstance(value, dict):
        for key in value:
            words = set(re.findall("[a-z]+", key.lower()))
            if words & _SECRETS or (words > {"key"}):
                raise ConfigurationError(
                    f"the profile {name}: {key}: a profile holds no secrets",
                    hint="give it with --password-file, --password-env or --password-prompt",
                )
    for entry in entries:
        _refuse_secrets(entry, name)


def _shipped() -> Traversable:
    return resources.files("dlmslite.profiles")
