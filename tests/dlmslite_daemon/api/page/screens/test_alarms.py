"""The alarms: active ones, or all there were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.bridge import NOW_MS, Bridge
from rig.gallery import gallery
from rig.visitor import Visitor, elements

from dlmslite_daemon.alarm import Alarm, Condition


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with gallery(tmp_path_factory.mktemp("gallery")) as place:
        yield Visitor(place.parts)


def rows(visitor: Visitor, path: str) -> list[str]:
    found = elements(visitor.get(path).text)
    return [e.text for e in found if e.attributes.get("id", "").startswith("alarm-")]


def test_active_ones_and_all_there_were(visitor: Visitor) -> None:
    assert len(rows(visitor, "/alarms")) == 5
    everything = rows(visitor, "/alarms?which=all")
    assert len(everything) == 6
    assert [row for row in everything if "cleared" in row]


def test_who_acknowledged_is_shown_and_the_rest_can_be(visitor: Visitor) -> None:
    shown = {row.split()[1]: row for row in rows(visitor, "/alarms")}
    assert "jonas" in shown["boiler-room"]
    assert "Acknowledge:" not in shown["boiler-room"]
    assert "Acknowledge : annex" in shown["annex"]


def test_what_is_muted_is_shown_and_says_so(parts: Bridge) -> None:
    condition = Condition("silence", "no good reading")
    parts.store.save_alarm(Alarm("kitchen", condition, NOW_MS, NOW_MS, muted=True))
    (row,) = rows(Visitor(parts), "/alarms")
    assert "muted" in row


def test_none_is_good_news(parts: Bridge, tmp_path: Path) -> None:
    del tmp_path
    assert "No active alarm" in Visitor(parts).get("/alarms").text
