"""No repr shows a key, a password or a token."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import attrs
import pytest

import dlmslite
import dlmslite_daemon

SECRET = re.compile(
    r"(^|_)(password|passphrase|secret|token|proof)$|^(encryption|authentication|dedicated|master|private|sealing)_key$"
)
# Fields whose names look like secrets and are none, each with the reason.
HARMLESS = {
    "dlmslite_daemon.cli.without_config.Wish.password": "a reference",
    "dlmslite_daemon.cli.without_config.Wish.token": "a reference",
    "dlmslite_daemon.config.schema.MeterSettings.password": "a reference; plain text is refused",
    "dlmslite_daemon.sinks.mqtt_plain.PlainMqtt.secret": "a reference; plain text is refused",
    "dlmslite_daemon.sinks.thingsboard.ThingsBoard.secret": "a reference; plain text is refused",
    "dlmslite_daemon.sinks.base.Acknowledged.token": "the number of a message in flight",
}


def classes() -> Iterator[type]:
    """Every attrs class of both packages."""
    for package in (dlmslite, dlmslite_daemon):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith("__main__"):
                continue
            module = importlib.import_module(found.name)
            for value in vars(module).values():
                if isinstance(value, type) and value.__module__ == found.name and attrs.has(value):
                    yield value


CLASSES = {f"{cls.__module__}.{cls.__qualname__}": cls for cls in classes()}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_no_field_with_a_secret_name_is_in_the_repr(name: str) -> None:
    shown = [
        field.name
        for field in attrs.fields(CLASSES[name])
        if SECRET.search(field.name)
        and field.repr is True
        and f"{name}.{field.name}" not in HARMLESS
    ]

    assert shown == [], f"{name} shows {shown}: field(repr=False), or a reason in HARMLESS"


def test_every_harmless_field_is_there() -> None:
    known = {f"{name}.{field.name}" for name, cls in CLASSES.items() for field in attrs.fields(cls)}

    assert set(HARMLESS) <= known
