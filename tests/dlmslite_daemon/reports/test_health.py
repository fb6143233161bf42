"""The old monitor's report: its shape, its keys, its exit codes."""

from __future__ import annotations

from decimal import Decimal

from rig.counted import HOUR, T1, a_meter, a_sink, facts
from rig.store_suite import a_meter as settings

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.reports.base import REPORTS, Sources, Wish
from dlmslite_daemon.reports.health import health, system_errors, troubles_of
from dlmslite_daemon.reports.judgement import Trouble
from dlmslite_daemon.reports.render import as_data, as_text
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import Diagnostic

OLD_KEYS = {
    "socket_closed", "hdlc_boundary", "hdlc_checksum", "hdlc_unterminated", "connection_timeout",
    "connection_refused", "network_unreachable", "mqtt_disconnect", "read_failure",
}  # fmt: skip


def test_the_shape_is_that_of_the_old_monitor() -> None:
    made = health(facts(a_meter(complete=350)), {}, {}, T1)
    view = as_data(made)
    assert view["analysis_period_minutes"] == 60
    assert view["overall_health"] == "HEALTHY"
    assert view["timestamp"].startswith("2023-11-14 ")
    assert view["meters"] == {
        "1": {
            "name": "kitchen",
            "ip": "192.0.2.1",
            "port": 3333,
            "status": "running",
            "health": "HEALTHY",
            "stats": {
                "cycles": 360,
                "success_rate": Decimal("97.22"),
                "mqtt_messages": 1800,
                "runtime": 3600,
            },
            "issues": [],
        }
    }
    assert view["recommendations"] == []
    assert set(view["system_errors"]) >= OLD_KEYS
    assert made.exit_code == 0


def test_errors_are_counted_under_the_old_keys() -> None:
    meter = a_meter(
        failures={"E-LINE-CLOSED": 1, "E-LINE-LOST": 2, "E-METER-SILENT": 4, "E-LINE-REFUSED": 8},
        discarded={"bad-fcs": 1, "bad-hcs": 1, "truncated": 2, "length-mismatch": 1,
                   "duplicate": 1},
        reads_failed=5,
    )  # fmt: skip
    assert system_errors(facts(meter, sinks=(a_sink(disconnections=7),))) == {
        "socket_closed": 3,
        "hdlc_boundary": 3,
        "hdlc_checksum": 2,
        "hdlc_unterminated": 2,
        "hdlc_sequence": 1,
        "connection_timeout": 4,
        "connection_refused": 8,
        "network_unreachable": 0,
        "mqtt_disconnect": 7,
        "read_failure": 5,
    }


def test_the_next_steps_are_those_of_the_worst_and_each_stands_once() -> None:
    bad = a_meter("cellar", 2, complete=0, failures={"E-LINE-REFUSED": 40})
    noisy = a_meter(discarded={"bad-fcs": 6})
    made = health(facts(noisy, bad), {}, {"cellar": ["refused"]}, T1)
    assert made.exit_code == 2
    assert made.data["recommendations"] == [
        "dlmslite-bridge diagnose cellar",
        "dlmslite-bridge diagnose kitchen",
        "dlmslite-bridge plan",
    ]
    assert made.data["meters"]["2"]["issues"][0]["probable_causes"] == ["refused"]
    assert "none of 360 polls brought every value" in as_text(made)


def test_the_journal_tells_first_last_and_a_frame() -> None:
    store = MemoryStore(FakeClock())
    store.add_meter(settings())
    for ts_ms, frame in ((T1 - 4_000_000, b"\x01"), (T1 - 9, b"\x7e"), (T1 - 5, b""), (T1, b"z")):
        store.add_diagnostic(Diagnostic("kitchen", ts_ms, "warning", "hdlc", "bad-fcs", frame))
    assert troubles_of(store, a_meter(), HOUR) == {"hdlc": Trouble(T1 - 9, T1 - 5, "7e")}


def test_nothing_can_be_said_of_an_empty_store() -> None:
    clock = FakeClock()
    kind = REPORTS.get("health")
    assert kind is not None
    made = kind.make(Sources(MemoryStore(clock), clock, lambda: None), Wish(HOUR))
    assert (made.verdict, made.exit_code) == ("UNKNOWN", 3)
    assert kind.saved_as == "health_report"
