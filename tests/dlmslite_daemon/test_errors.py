"""Each error has a stable code, says what happened, and the next step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dlmslite_daemon import errors
from dlmslite_daemon.errors import (
    BridgeError,
    ConfigError,
    StoreError,
    UnknownMeter,
    UnknownSeries,
    UnknownSink,
)


def kinds(root: type[BridgeError] = BridgeError) -> Iterator[type[BridgeError]]:
    """The kinds of this module; stations above derive their own."""
    yield root
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from kinds(kind)


def test_every_kind_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("E-") for code in codes)


def test_every_kind_is_drawn_in_the_tree() -> None:
    assert errors.__doc__ is not None
    assert [kind.__name__ for kind in kinds() if kind.__name__ not in errors.__doc__] == []


def test_the_text_has_code_message_and_hint() -> None:
    error = StoreError("the disk is full", code="E-STORE-FULL", hint="free some space")
    assert str(error) == "E-STORE-FULL: the disk is full (free some space)"
    assert str(StoreError("broken")) == "E-STORE: broken"


def test_a_config_error_begins_with_its_key() -> None:
    error = ConfigError("a number is wanted", key="meters.kitchen.every")
    assert str(error) == "E-CONFIG: meters.kitchen.every: a number is wanted"
    assert (error.key, error.reason) == ("meters.kitchen.every", "a number is wanted")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UnknownMeter("attic"), "no meter 'attic'"),
        (UnknownSeries("attic", "v"), "series list attic"),
        (UnknownSink("tb"), "no sink 'tb'"),
    ],
)
def test_what_is_unknown_is_named(error: BridgeError, text: str) -> None:
    assert text in str(error)
