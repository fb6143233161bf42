"""Rows are gathered once for all viewers of a second; what an address asks is one of several."""

from __future__ import annotations

from rig.bridge import KITCHEN, NOW_MS, Bridge

from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.page.formats import zone_of
from dlmslite_daemon.api.page.screens.base import (
    FRESH_SECONDS,
    SCREENS,
    Look,
    Pages,
    chosen,
    operation,
)
from dlmslite_daemon.api.page.words import Words


def test_rows_are_gathered_anew_after_a_second_or_a_change(parts: Bridge) -> None:
    pages = Pages(parts.services)
    assert [row["name"] for row in pages.rows()] == ["kitchen"]
    parts.store.remove_meter(KITCHEN.name)
    assert len(pages.rows()) == 1
    pages.forget()
    assert pages.rows() == []
    parts.store.add_meter(KITCHEN)
    assert pages.rows() == []
    parts.clock.advance(FRESH_SECONDS)
    assert len(pages.rows()) == 1


def test_nonsense_is_the_first_of_several() -> None:
    assert chosen({"span": "6h"}, "span", ("1h", "6h")) == "6h"
    assert chosen({"span": "9h"}, "span", ("1h", "6h")) == "1h"
    assert chosen({}, "span", ("1h", "6h")) == "1h"


def test_an_operation_that_is_forgotten_is_none(parts: Bridge) -> None:
    pages = Pages(parts.services)
    begun = parts.services.operations.start("sink test", dict)
    found = operation(pages, {"operation": begun.id})
    assert found is not None
    assert found["verb"] == "sink test"
    assert operation(pages, {"operation": "99"}) is None
    assert operation(pages, {}) is None


def test_only_an_operator_operates() -> None:
    def look(caller: Caller | None) -> Look:
        return Look(Words(), zone_of(None), "system", "/", NOW_MS, caller)

    assert not look(None).operates
    assert not look(Caller("a", Role.VIEWER)).operates
    assert look(Caller("a", Role.OPERATOR)).operates


def test_every_screen_has_an_address_of_its_own() -> None:
    paths = [screen.path for _, screen in SCREENS.items()]
    assert len(set(paths)) == len(paths) >= 6
