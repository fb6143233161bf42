"""Seven targets: their formulas, their edges, and that no data is never a pass."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from rig.counted import HOUR, T1, a_meter, a_sink, facts, spans

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.reports.base import Report, Sources, Verdict, Wish
from dlmslite_daemon.reports.facts import Facts, MeterFacts
from dlmslite_daemon.reports.qos import REPORTS, TARGETS, figures, qos, shown
from dlmslite_daemon.reports.render import as_data, as_markdown, as_text
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import Desired

NOTHING = Facts(HOUR.before)


def report(now: Facts, before: Facts = NOTHING) -> Report:
    return qos(now, before, T1)


def one(now: Facts, key: str) -> tuple[Decimal | None, str, Decimal]:
    found = next(figure for figure in figures(now) if figure.target.key == key)
    return found.actual, found.verdict.value, found.sample


def test_there_are_seven_with_the_promised_limits() -> None:
    assert [(target.key, target.text()) for target in TARGETS] == [
        ("success", ">= 98 %"),
        ("publish", ">= 95 % (ours 99.9 %)"),
        ("latency", "< 2 s"),
        ("reassociations", "< 2/h"),
        ("hdlc_errors", "< 5/h"),
        ("uptime", ">= 99 %"),
        ("mqtt_disconnections", "0/h"),
    ]


def test_all_is_well() -> None:
    made = report(facts(), facts(window=HOUR.before))
    assert (made.verdict, made.exit_code) == ("pass", 0)
    actual = [entry["actual"] for entry in made.data["targets"]]
    assert actual == [1, 1, Decimal("0.4"), 0, 0, 1, 0]
    assert [entry["verdict"] for entry in made.data["meters"][0]["targets"]] == ["pass"] * 7
    assert [entry["previous"]["verdict"] for entry in made.data["targets"]] == ["pass"] * 7


@pytest.mark.parametrize(
    ("key", "changed", "actual", "verdict", "sample"),
    [
        ("success", {"complete": 353}, Decimal("0.980556"), "pass", 360),
        ("success", {"complete": 352}, Decimal("0.977778"), "fail", 360),
        ("success", {"complete": 0, "partial": 360}, Decimal(0), "fail", 360),
        ("publish", {"undelivered": 90}, Decimal("0.95"), "pass", 1800),
        ("publish", {"undelivered": 91}, Decimal("0.949444"), "fail", 1800),
        ("latency", {"latency": spans(0, 355, 0, 5), "latency_max": 1.9}, Decimal("1.9"), "pass",
         360),
        ("latency", {"latency": spans(0, 355, 0, 0, 5), "latency_max": 2.0}, Decimal("2.0"),
         "fail", 360),
        ("reassociations", {"reassociations": 1}, Decimal(1), "pass", 1),
        ("reassociations", {"reassociations": 2}, Decimal(2), "fail", 1),
        ("hdlc_errors", {"discarded": {"bad-fcs": 4, "noise": 99}}, Decimal(4), "pass", 1),
        ("hdlc_errors", {"discarded": {"bad-fcs": 3, "duplicate": 2}}, Decimal(5), "fail", 1),
    ],
)  # fmt: skip
def test_each_limit_of_a_meter(
    key: str, changed: dict[str, Any], actual: Decimal, verdict: str, sample: int
) -> None:
    now = facts(a_meter(**changed))
    assert one(now, key) == (actual, verdict, sample)
    assert report(now, facts()).exit_code == (1 if verdict == "fail" else 0)


def test_uptime_and_disconnections_are_the_bridges() -> None:
    assert one(facts(ready_seconds=3564.0), "uptime") == (Decimal("0.99"), "pass", 3600)
    assert one(facts(ready_seconds=3560.0), "uptime")[1] == "fail"
    young = facts(born_ms=T1 - 100_000, ready_seconds=99.5)
    assert one(young, "uptime") == (Decimal("0.995"), "pass", 100)
    assert "uptime counts from then" in as_text(report(young))
    off = a_sink("off", enabled=False, disconnections=5)
    cut = facts(sinks=(a_sink(disconnections=1), a_sink("b"), off))
    assert one(cut, "mqtt_disconnections") == (1, "fail", 1)


def test_rates_of_a_fleet_are_for_each_hour_of_a_meter() -> None:
    many = facts(*(a_meter(f"m{n}", n, reassociations=3 if n == 1 else 0) for n in range(1, 5)))
    assert one(many, "reassociations") == (Decimal("0.75"), "pass", 4)
    # The one that is bad fails none the less.
    assert report(many, facts()).exit_code == 1
    half = facts(a_meter(running_seconds=1800.0, reassociations=1))
    assert one(half, "reassociations") == (2, "fail", Decimal("0.5"))


def test_no_data_is_never_a_pass() -> None:
    empty = report(Facts(HOUR))
    assert (empty.verdict, empty.exit_code) == ("no data", 2)
    assert {entry["verdict"] for entry in empty.data["targets"]} == {"no data"}
    unheard = MeterFacts(1, "kitchen", running_seconds=3600.0, due=360)
    made = report(facts(unheard, sinks=(a_sink(connected_seconds=0.0, acknowledged=0),)))
    verdicts = {entry["key"]: entry["verdict"] for entry in made.data["targets"]}
    # Nothing was connected: that there were no errors is no merit (old-bridge.md 0, item 10).
    assert verdicts == {
        "success": "fail",
        "publish": "no data",
        "latency": "no data",
        "reassociations": "no data",
        "hdlc_errors": "no data",
        "uptime": "pass",
        "mqtt_disconnections": "no data",
    }
    assert made.exit_code == 1


def test_without_a_sink_nothing_can_be_published() -> None:
    made = report(facts(sinks=()), facts())
    assert made.exit_code == 2
    assert "no sink is enabled" in as_text(made)
    assert report(facts(sinks=(a_sink(enabled=False),)), facts()).exit_code == 2


def test_a_paused_meter_has_no_figures_and_spoils_none() -> None:
    paused = MeterFacts(2, "cellar", desired=Desired.PAUSED)
    made = report(facts(a_meter(), paused), facts())
    assert made.exit_code == 0
    cellar = made.data["meters"][1]
    assert [entry["verdict"] for entry in cellar["targets"][:5]] == ["no data"] * 5
    # One that is wanted and has no data is another matter.
    wanted = evolve(paused, desired=Desired.RUNNING, running_seconds=5.0)
    assert report(facts(a_meter(), wanted), facts()).exit_code == 2


def test_the_window_before_stands_beside_it() -> None:
    made = report(facts(), facts(a_meter(complete=180), window=HOUR.before))
    success = made.data["targets"][0]
    assert success["previous"] == {"actual": Decimal("0.5"), "verdict": "fail", "sample": 360}
    assert made.data["previous"]["until"] == made.window.since_ms
    line = next(line for line in as_text(made).splitlines() if "polls complete" in line)
    assert line.split()[-3:] == ["50", "%", "fail"]
    assert made.exit_code == 0


def test_text_and_markdown_show_every_figure_and_what_it_is_made_of() -> None:
    now = facts(a_meter(discarded={"bad-fcs": 6, "bad-hcs": 1}, undelivered=900), dropped=3)
    text = as_text(report(now))
    for words in (
        "HDLC errors by kind: fcs 6, hcs 1",
        "latency, at most: p50 0.4 s, p95 0.4 s, p99 0.4 s",
        "900 readings of this window are not acknowledged",
        "3 readings were dropped",
        "7/h FAIL",
        "50 % FAIL",
    ):
        assert words in text
    assert "| polls complete | \\>= 98 % | 100 % | pass | 360 | polls due |" in as_markdown(
        report(now)
    )


def test_json_names_target_actual_verdict_and_sample() -> None:
    view = as_data(report(facts(a_meter(discarded={"bad-fcs": 2}))))
    errors = view["targets"][4]
    assert errors["target"] == {"sign": "<", "value": 5, "unit": "/h", "ours": None}
    assert (errors["actual"], errors["verdict"]) == (2, "pass")
    assert errors["detail"]["by_kind"] == {"fcs": 2, "hcs": 0, "length": 0, "sequence": 0}
    assert view["targets"][0]["detail"] == {"complete": 360, "partial": 0, "due": 360}


def test_an_endless_latency_is_named_and_fails() -> None:
    now = facts(a_meter(latency=spans(0, 0, 0, 0, 0, 360), latency_max=None))
    assert one(now, "latency")[1] == Verdict.FAIL.value
    assert shown(Decimal("Infinity"), "s") == "above all bounds"
    assert as_text(report(now))


def test_an_empty_store_has_no_data() -> None:
    clock = FakeClock()
    kind = REPORTS.get("qos")
    assert kind is not None
    made = kind.make(Sources(MemoryStore(clock), clock, lambda: None), Wish(HOUR))
    assert made.exit_code == 2
