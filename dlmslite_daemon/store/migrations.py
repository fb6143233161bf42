"""Which numbered files of ``store/schema`` are due, in order; pure but for reading them.

A schema file is named ``<nnnn>_<what>.sql``; its number is the schema number that a database has
after it. Numbers begin at 1 and have no gap, and there is no way back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

from attrs import frozen

from dlmslite_daemon.errors import StoreError

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql\Z")


@frozen
class Migration:
    """One step of the schema.

    Attributes:
        number: The schema number after it.
        name: The file's name.
        sql: What to run.
    """

    number: int
    name: str
    sql: str


def ordered(schema: Mapping[str, str]) -> tuple[Migration, ...]:
    """Schema files in their order.

    Args:
        schema: Each file's name and text.

    Raises:
        StoreError: A name is no schema file's, or a number is missing or there twice.
    """
    steps = []
    for name, sql in schema.items():
        match = _NAME.match(name)
        if match is None:
            raise StoreError(f"{name} is no schema file", code="E-STORE-SCHEMA")
        steps.append(Migration(int(match[1]), name, sql))
    steps.sort(key=lambda step: (step.number, step.name))
    for expected, step in enumerate(steps, start=1):
        if step.number != expected:
            raise StoreError(
                f"schema number {expected} is missing or there twice at {step.name}",
                code="E-STORE-SCHEMA",
            )
    return tuple(steps)


def packaged() -> tuple[Migration, ...]:
    """The schema files that come with this version."""
    folder = files("dlmslite_daemon.store").joinpath("schema")
    return ordered(
        {
            entry.name: entry.read_text(encoding="utf-8")
            for entry in folder.iterdir()
            if entry.name.endswith(".sql")
        }
    )


def due(number: int, steps: Iterable[Migration]) -> tuple[Migration, ...]:
    """The steps that a database with this schema number still needs.

    Raises:
        StoreError: The database is of a later version than this one.
    """
    steps = tuple(steps)
    newest = steps[-1].number if steps else 0
    if number > newest:
        raise StoreError(
            f"the store has schema {number}, this version knows up to {newest}",
            code="E-STORE-NEWER",
            hint="use the newer dlmslite, or restore the backup made before its migration",
        )
    return tuple(step for step in steps if step.number > number)
