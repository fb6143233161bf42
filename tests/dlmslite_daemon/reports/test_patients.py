"""What is known of each meter beside its counters is asked of the store."""

from __future__ import annotations

from rig.counted import T1, a_meter, facts
from rig.patients import found
from rig.store_suite import a_meter as settings
from rig.store_suite import a_reading

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.finding import FindingRecord
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.judgement import judge_meter
from dlmslite_daemon.reports.patients import open_causes, patients
from dlmslite_daemon.store.memory import MemoryStore


def test_findings_and_last_readings_of_each_meter() -> None:
    store = MemoryStore(FakeClock())
    for name in ("kitchen", "cellar"):
        store.add_meter(settings(name))
    store.add_sink(SinkSettings("tb", "mqtt"))
    store.append([a_reading(T1), a_reading(T1 + 1)])
    store.advance("tb", Lane.LIVE, "", 1)
    old, new = found("association", Cause.WRONG_SAP, 600), found("link", Cause.LINE_NOISE, 60)
    other = found("connect", Cause.REFUSED, 60, meter="cellar")
    for finding in (old, other, new):
        store.add_finding(FindingRecord(finding))
    verdicts = [judge_meter(a_meter(name), facts()) for name in ("kitchen", "cellar")]
    kitchen, cellar = patients(store, verdicts)
    assert kitchen.findings == (new, old)
    assert (kitchen.read_ms, kitchen.delivered_ms) == (T1 + 1, T1)
    assert (cellar.findings, cellar.read_ms, cellar.delivered_ms) == ((other,), None, None)
    (alone,) = patients(store, verdicts[:1])
    assert alone == kitchen
    # A reading since then has closed what kept it from being read.
    assert open_causes([kitchen, cellar]) == {"kitchen": ("line-noise",), "cellar": ("refused",)}
    assert patients(store, []) == []
