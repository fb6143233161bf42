"""The live table's stream: test_logs.py listens to it over a socket; here, what it says."""

from __future__ import annotations

import asyncio
from typing import cast

from rig.bridge import KITCHEN, Bridge, ask

from dlmslite_daemon.api.routes.fleet import _Fleet
from dlmslite_daemon.engine.control import Control
from dlmslite_daemon.engine.health import Fault


def test_only_rows_that_changed_are_told_again(parts: Bridge) -> None:
    fleet = _Fleet(cast("Control", parts.control))
    (event,) = fleet._look()
    assert [row["observed"] for row in event.data["meters"]] == ["online"]
    assert fleet._look() == []
    parts.fault = Fault("E-LINE-REFUSED", "refused")
    (event,) = fleet._look()
    assert [row["observed"] for row in event.data["meters"]] == ["offline"]
    assert event.data["overall"] == "failed"
    parts.store.remove_meter(KITCHEN.name)
    (event,) = fleet._look()
    assert (event.data["meters"], event.data["gone"]) == ([], ["kitchen"])


def test_it_looks_each_two_seconds(parts: Bridge) -> None:
    fleet = _Fleet(cast("Control", parts.control))
    looks = [len(asyncio.run(fleet.news())) for _ in range(8)]
    assert looks == [1, 0, 0, 0, 0, 0, 0, 0]


def test_nobody_watches_the_fleet_without_a_token(parts: Bridge) -> None:
    assert ask(parts.app, "GET", "/api/events/fleet", local=False)[0] == 401
