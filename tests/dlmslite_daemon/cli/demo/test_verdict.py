"""The books are compared: what is stored, what is pending, what arrived."""

from __future__ import annotations

import pytest
from rig.bridge import NOW_MS, Bridge, reading

from dlmslite_daemon.cli.demo import verdict as module
from dlmslite_daemon.cli.demo.ledger import Ledger
from dlmslite_daemon.cli.demo.verdict import Verdict, judge, settle
from dlmslite_daemon.cli.reach import Where
from dlmslite_daemon.config.schema import SinkSettings


@pytest.mark.parametrize(
    ("verdict", "good", "word"),
    [
        (Verdict(4, 0, (), ()), True, "every stored reading arrived"),
        (Verdict(4, 1, (), ()), False, "FAILED"),
        (Verdict(4, 0, (("a", "v", 1),), ()), False, "FAILED"),
        (Verdict(4, 0, (), ("a",)), False, "FAILED"),
    ],
)
def test_it_is_good_only_if_all_arrived(verdict: Verdict, good: bool, word: str) -> None:
    assert verdict.good is good
    assert verdict.lines()[-1] == word


def test_stored_and_received_are_compared_page_by_page(
    daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    daemon.store.add_sink(SinkSettings("demo", "mqtt"))
    daemon.keep(*(reading("voltage", NOW_MS + n, n) for n in range(10)))
    ledger = Ledger("meters")
    for n in range(9):
        payload = f'{{"ts": {NOW_MS + n}, "values": {{"voltage": 1}}}}'
        ledger("meters/kitchen/state", payload.encode())
    way = Where().open(offline=False)
    try:
        verdict = judge(way, ledger, ["kitchen", "garage"], 0.4)
    finally:
        way.close()
    assert (verdict.stored, verdict.pending) == (10, 10)
    assert verdict.missing == [("kitchen", "voltage", NOW_MS + 9)]
    assert verdict.silent == ["garage"]


def test_to_settle_is_to_pause_every_meter_and_to_wait_no_longer_than_told(
    daemon: Bridge,
) -> None:
    way = Where().open(offline=False)
    try:
        settle(way, 0.4)
    finally:
        way.close()
    assert daemon.control.calls == [("pause", "kitchen", None)]
