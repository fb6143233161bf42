"""The seven figures of ``report qos`` against a ledger of what really happened.

The ledger knows nothing of our counters: witnesses on the meters' lines count requests, answers and
their times, spoil frames and cut connections; an independent subscriber counts what arrived at a
real mosquitto, which is stopped and started; the test itself knows how long the daemon ran.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from rig.broker import Broker, Subscriber
from rig.daemon import Daemon, until
from rig.ports import free_port
from rig.witness import Witness

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve

pytestmark = pytest.mark.e2e

SERIES = {"voltage": "1.1.32.7.0.255", "energy": "1.1.1.8.0.255"}
EVERY = {"good": 1.0, "noisy": 3.0, "cut": 1.0, "slow": 2.0, "dead": 1.0}
SPOIL_EACH = 7  # answers
DELAY = 0.3  # s, of each answer of the slow meter
DURABLE = (
    "persistence true\npersistence_location {}/\nautosave_interval 1\nautosave_on_changes true"
)


@frozen
class Stage:
    """What plays in the test."""

    folder: Path
    daemon: Daemon
    broker: Broker
    subscriber: Subscriber
    witnesses: Mapping[str, Witness]

    def states(self, meter: str) -> dict[int, dict[str, Any]]:
        """What arrived of a meter, by its time: a duplicate is the same."""
        found = {}
        for message in list(self.subscriber.messages):
            if message.topic == f"meters/{meter}/state":
                payload = json.loads(message.payload)
                found[int(payload["ts"])] = payload["values"]
        return found

    def ask(self, *words: str) -> Any:
        """A verb with ``--json``; its answer."""
        done = self.daemon.ask(*words, "--json", "--config", "bridge.toml")
        return json.loads(done.stdout, parse_float=Decimal)

    def qos(self, since_ms: int) -> dict[str, Any]:
        """The report, whose spare time of five seconds is over."""
        time.sleep(5.2)
        view: dict[str, Any] = self.ask("report", "qos", "--since", str(since_ms))
        return view


def config(folder: Path, urls: Mapping[str, str], broker: int) -> str:
    series = "\n".join(f'{key} = "{obis}"' for key, obis in SERIES.items())
    meters = "".join(
        f"""
[meters.{name}]
url = "{url}"
client = 1
auth = "lls"
password = "env:PW"
every = {EVERY[name]}

[meters.{name}.series]
{series}
"""
        for name, url in urls.items()
    )
    return f"""
[store]
path = "{folder}/bridge.db"

[api]
port = 0
socket = "{folder}/bridge.sock"

[sinks.plain]
kind = "mqtt"
host = "127.0.0.1"
port = {broker}
{meters}"""


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(Broker(folder, DURABLE.format(folder)))
        subscriber = stack.enter_context(Subscriber(broker.port))
        witnesses = {}
        for name in ("good", "noisy", "cut", "slow"):
            meter = stack.enter_context(
                serve(single_phase(serial=f"LEDGER{len(witnesses):04}", days=1))
            )
            witnesses[name] = stack.enter_context(
                Witness(
                    meter.port,
                    [bytes(map(int, obis.split("."))) for obis in SERIES.values()],
                    spoil_each=SPOIL_EACH if name == "noisy" else 0,
                    delay=DELAY if name == "slow" else 0.0,
                )
            )
        urls = {name: witness.url for name, witness in witnesses.items()}
        urls["dead"] = f"tcp+hdlc://127.0.0.1:{free_port()}"
        (folder / "bridge.toml").write_text(config(folder, urls, broker.port), encoding="utf-8")
        daemon = stack.enter_context(Daemon(folder, "--config", "bridge.toml", PW="22222222"))
        yield Stage(folder, daemon, broker, subscriber, witnesses)


def play(on: Stage) -> dict[str, tuple[float, float]]:
    """Let it all happen; between which two times each meter was paused, s."""

    def polls(meter: str, count: int) -> None:
        until(lambda: len(on.states(meter)) >= count, f"{count} polls of {meter} arrive", 60)

    for meter in on.witnesses:
        polls(meter, 3)
    for cut in (1, 2):
        on.witnesses["cut"].cut()
        until(lambda n=cut: on.witnesses["cut"].pages.cuts == n, "it is cut")  # type: ignore[misc]  # n is bound now
        polls("cut", len(on.states("cut")) + 3)
    on.broker.stop()
    time.sleep(3.0)
    on.broker.start()
    for meter in on.witnesses:
        polls(meter, len(on.states(meter)) + 3)
    until(lambda: on.witnesses["noisy"].pages.spoilt >= 3, "three frames are spoilt", 60)
    paused = {}
    for meter in EVERY:
        asked = time.monotonic()
        on.ask("pause", meter)
        paused[meter] = (asked, time.monotonic())
    return paused


def of(view: Mapping[str, Any], key: str) -> dict[str, Any]:
    """One figure of a report, or of one of its meters."""
    found: dict[str, Any] = next(entry for entry in view["targets"] if entry["key"] == key)
    return found


def drained(on: Stage) -> bool:
    sinks = on.ask("health")["sinks"]
    return all(sum(sink["pending"].values()) == 0 for sink in sinks)


def test_seven_figures_agree_with_what_really_happened(tmp_path: Path) -> None:
    begun_ms = time.time_ns() // 1_000_000
    with stage(tmp_path) as on:
        until(lambda: "socket " in on.daemon.said(), "it runs")
        ready = time.monotonic()
        paused = play(on)
        until(lambda: drained(on), "all that is stored is acknowledged")
        ran = time.monotonic() - ready
        first = on.qos(begun_ms)
        check_meters(on, first, ready, paused)
        check_bridge(on, first)
        asked = time.monotonic()
        assert on.daemon.terminate() == 0
        stopped = time.monotonic()
        time.sleep(4.0)
        on.daemon.start()
        until(lambda: on.daemon.said().count("socket ") == 2, "it runs again")
        again = time.monotonic()
        second = on.qos(begun_ms)
        check_uptime(second, again - stopped, again - asked)
        # What was counted before it was stopped is still counted.
        for key in ("success", "publish", "reassociations", "hdlc_errors"):
            assert of(second, key)["detail"] == of(first, key)["detail"], key
        assert ran > 0
        assert on.daemon.terminate() == 0


def check_meters(
    on: Stage, view: Mapping[str, Any], ready: float, paused: Mapping[str, tuple[float, float]]
) -> None:
    meters = {meter["name"]: meter for meter in view["meters"]}
    assert set(meters) == set(EVERY)
    produced_by_all = 0
    for name, witness in on.witnesses.items():
        arrived = on.states(name)
        whole = [values for values in arrived.values() if set(values) == set(SERIES)]
        success, publish = of(meters[name], "success"), of(meters[name], "publish")
        # Complete polls are those of which every value arrived at the subscriber.
        assert success["detail"]["complete"] == len(whole), name
        begun = witness.pages.exchanges[0].asked
        least, most = (math.floor((at - begun) / EVERY[name]) + 1 for at in paused[name])
        assert least - 1 <= success["sample"] <= most + 1, name
        ratio = Decimal(success["detail"]["complete"]) / success["sample"]
        assert abs(success["actual"] - min(ratio, Decimal(1))) < Decimal("0.000002")
        produced = sum(len(values) for values in arrived.values())
        produced_by_all += produced
        assert publish["sample"] == produced, name
        assert (publish["actual"], publish["verdict"]) == (1, "pass")
        check_latency(witness, of(meters[name], "latency"), name)
        lost = of(meters[name], "reassociations")["detail"]["count"]
        assert lost == witness.pages.cuts == witness.pages.connections - 1, name
        kinds = of(meters[name], "hdlc_errors")["detail"]["by_kind"]
        assert kinds == {"fcs": witness.pages.spoilt, "hcs": 0, "length": 0, "sequence": 0}, name
    dead = meters["dead"]
    assert (of(dead, "success")["actual"], of(dead, "success")["verdict"]) == (0, "fail")
    # Nobody heard the dead meter; between two starts on a busy machine some slots have no owner.
    least, most = (math.floor((at - ready) / EVERY["dead"]) for at in paused["dead"])
    assert least * 0.7 <= of(dead, "success")["sample"] <= most + 2
    for key in ("publish", "latency", "reassociations", "hdlc_errors"):
        assert of(dead, key)["verdict"] == "no data", key
    assert of(view, "publish")["sample"] == produced_by_all
    assert of(view, "reassociations")["detail"]["count"] == 2


def check_latency(witness: Witness, figure: Mapping[str, Any], name: str) -> None:
    """The report's times are the witness's, but for the way between the two and a bound above.

    On a busy machine that way is long, for the slowest poll at most.
    """
    took = sorted(witness.polls())
    assert abs(figure["sample"] - len(took)) <= 2, name
    for quantile, share, longer in (("p50", 0.5, 0.5), ("p99", 0.99, 3.0)):
        true = took[max(0, math.ceil(len(took) * share) - 1)]
        told = float(figure["detail"][quantile])
        assert true - 0.25 < told < true + longer, (name, quantile, told, true)
        assert name != "slow" or told >= DELAY


def check_bridge(on: Stage, view: Mapping[str, Any]) -> None:
    assert of(view, "mqtt_disconnections")["detail"]["count"] == 1
    assert of(view, "mqtt_disconnections")["verdict"] == "fail"
    assert of(view, "uptime")["verdict"] == "pass", of(view, "uptime")
    assert view["exit_code"] == 1


def check_uptime(view: Mapping[str, Any], least: float, most: float) -> None:
    """Of the time since it first ran, all but the time that it was gone, and on its way out."""
    detail = of(view, "uptime")["detail"]
    away = float(detail["seconds"] - detail["ready_seconds"])
    assert least - 2.5 < away < most + 2.5
    told = float(of(view, "uptime")["actual"])
    assert abs(told - (1 - away / float(detail["seconds"]))) < 0.001
    assert of(view, "uptime")["verdict"] == "fail"
