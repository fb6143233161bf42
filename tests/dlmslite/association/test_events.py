"""Events are frozen values, and the union names them all."""

from __future__ import annotations

import typing

import attrs
import pytest

from dlmslite.association import events
from dlmslite.association.events import AssociationEvent, Ignored


def test_the_union_names_every_event() -> None:
    defined = {
        value
        for value in vars(events).values()
        if attrs.has(value) and value.__module__ == events.__name__
    }

    assert set(typing.get_args(AssociationEvent)) == defined


def test_events_are_frozen_and_equal_by_value() -> None:
    event = Ignored(b"\x01", "stale")

    assert event == Ignored(b"\x01", "stale")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.reason = "other"  # type: ignore[misc] - that is the point
