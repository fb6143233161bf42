"""A scan is gentle: four connections a second, nobody's line, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.engine import Bench
from rig.ladder import HastyClock

import dlmslite
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import RunningMeter, serve
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.acquaintance import SERIAL
from dlmslite_daemon.engine.scan import PLACES_MAX, Scan, Wanted
from dlmslite_daemon.errors import BridgeError, ConfigError
from dlmslite_daemon.meters.client import library_connect
from dlmslite_daemon.meters.line import Line


class HastyFake(FakeClock):
    """A fake clock whose waits pass at once."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.advance(max(0.0, seconds))
        return event.is_set()


class Street:
    """Addresses at which nobody is, unless told."""

    def __init__(self) -> None:
        self.bench = Bench(HastyFake())
        self.connects: list[tuple[float, str]] = []
        self.told: list[str] = []
        self.known: Callable[[str], list[str]] = lambda host: [host]
        self.scan = Scan(self.bench.shared, self.connect, self.line, self.names)

    def names(self, host: str) -> list[str]:
        return self.known(host)

    def line(self, endpoint: str) -> Line:
        return Line(endpoint, self.bench.clock)

    def connect(self, url: str, **_options: Any) -> Any:
        self.connects.append((self.bench.clock.monotonic(), url))
        raise dlmslite.TransportError("connection refused")


def test_no_second_has_more_than_four_connections() -> None:
    street = Street()
    scanned = street.scan.run(Wanted(networks=("127.0.0.0/27",)), street.told.append)
    times = sorted(at for at, _ in street.connects)

    assert (scanned.places, scanned.found, len(times)) == (30, (), 30)
    for index, begun in enumerate(times):
        assert sum(1 for at in times[index:] if at < begun + 1.0) <= 4 + 1
    assert times[-1] - times[0] >= 29 / 4
    assert street.told[-1].startswith("30 of 30: 127.0.0.30:3333 closed")


def test_an_endpoint_that_a_line_owns_is_never_opened() -> None:
    street = Street()
    street.bench.add("kitchen", url="tcp+hdlc://127.0.0.2:3333")
    street.bench.add("cellar", url="tcp+hdlc://meter.example:3333")
    street.bench.add("hall", url="serial:///dev/ttyUSB0")
    street.bench.add("attic", url="tcp+hdlc://gone.example:3333")

    def names(host: str) -> list[str]:
        if host == "gone.example":
            raise OSError("no such name")
        return {"meter.example": ["127.0.0.3"]}.get(host, [host])

    street.known = names
    scanned = street.scan.run(Wanted(networks=("127.0.0.0/29",)))

    assert {seen.host: seen.told for seen in scanned.found} == {
        "127.0.0.2": "the line of kitchen", "127.0.0.3": "the line of cellar",
    }  # fmt: skip
    assert not any(".2:" in url or ".3:" in url for _, url in street.connects)


def test_a_serial_number_that_a_line_of_ours_has_is_told_with_its_meter() -> None:
    street = Street()
    for name, serial, physical in (("left", "MS0001", 17), ("right", "MS0002", 18)):
        street.bench.add(name, url="tcp+hdlc://127.0.0.2:3333", physical=physical)
        street.bench.store.note(name, {SERIAL: serial})
    scanned = street.scan.run(Wanted(networks=("127.0.0.0/29",), serial="MS0002"))

    assert scanned.match is not None
    assert (scanned.match.meter, scanned.match.serial) == ("right", "MS0002")
    assert (scanned.match.state, scanned.match.server) == ("skipped", "1,18")
    assert scanned.match.told == "the line of left (serial MS0001), right (serial MS0002)"
    assert not any(".2:" in url for _, url in street.connects)
    nobody = street.scan.run(Wanted(networks=("127.0.0.2",), serial="MS0003"))
    assert nobody.match is None


def test_a_second_scan_at_the_same_time_is_refused() -> None:
    street = Street()
    refused: list[str] = []

    def again(_text: str) -> None:
        with pytest.raises(BridgeError) as error:
            street.scan.run(Wanted(networks=("127.0.0.9",)))
        refused.append(error.value.code)

    street.scan.run(Wanted(networks=("127.0.0.1",)), again)

    assert refused == ["E-SCAN-RUNNING"]
    assert street.scan.run(Wanted(networks=("127.0.0.1",))).places == 1


@pytest.fixture
def meter() -> Any:
    with serve(single_phase(days=1, serial="MS00001234"), host="127.0.0.5") as running:
        yield running


def test_the_meter_that_is_looked_for_ends_the_scan(meter: RunningMeter) -> None:
    bench = Bench(HastyClock())  # type: ignore[arg-type]  # it only has to tell the time
    scan = Scan(bench.shared, library_connect, lambda endpoint: Line(endpoint, bench.clock))
    wanted = Wanted(networks=("127.0.0.0/24",), ports=(meter.port,), serial="MS00001234")
    scanned = scan.run(wanted)

    assert scanned.match is not None
    assert (scanned.match.host, scanned.match.serial) == ("127.0.0.5", "MS00001234")
    assert scanned.places < 30


@pytest.mark.parametrize(
    ("networks", "ports"),
    [
        ((), (3333,)),
        (("10.0.0.0/8",), (3333,)),
        (("10.0.0.0/20",), (3333, 4059)),
        (("kitchen",), (3333,)),
        (("127.0.0.1",), ()),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(
    networks: tuple[str, ...], ports: tuple[int, ...]
) -> None:
    with pytest.raises(ConfigError):
        Wanted(networks=networks, ports=ports).places()


@given(st.integers(20, 32), st.sampled_from([(3333,), (3333, 4059)]))
def test_every_place_is_there_once_and_never_too_many(bits: int, ports: tuple[int, ...]) -> None:
    wanted = Wanted(networks=(f"192.0.2.0/{bits}",), ports=ports)
    if 2 ** (32 - bits) * len(ports) > PLACES_MAX:
        return
    places = wanted.places()

    assert len(places) == len(set(places))
    assert {port for _, port in places} == set(ports)


def test_what_is_spoken_follows_the_port_unless_told() -> None:
    wanted = Wanted(networks=("::1",))

    assert wanted.url("192.0.2.1", 3333) == "tcp+hdlc://192.0.2.1:3333"
    assert wanted.url("192.0.2.1", 4059) == "tcp://192.0.2.1:4059"
    assert wanted.url("::1", 4061) == "tcp://[::1]:4061"
    assert Wanted(networks=(), wrapper=True).url("a", 1) == "tcp://a:1"
