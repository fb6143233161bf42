"""Who is at an address: one connection at a time, as the public client, without a password."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from attrs import evolve
from rig.converter import Converter
from rig.engine import FakeLocks
from rig.ladder import HastyClock, place, says
from rig.ports import free_port

from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite_daemon.meters import knock
from dlmslite_daemon.meters.client import library_connect
from dlmslite_daemon.meters.knock import Knocker, Seen
from dlmslite_daemon.meters.line import Line

METER = single_phase(days=1)


class Visit:
    """A knocker that counts what it does."""

    def __init__(self, locks: FakeLocks | None = None) -> None:
        self.slots = 0
        self.options: list[dict[str, Any]] = []
        clock = HastyClock()

        def connect(url: str, **options: Any) -> Any:
            self.options.append(options)
            return library_connect(url, **options)

        def slot() -> None:
            self.slots += 1

        def line(endpoint: str) -> Line:
            return Line(endpoint, clock, locks and locks.of)

        self.knocker = Knocker(clock, connect, slot, threading.Event(), line)

    def at(self, url: str, serial: str = "") -> Seen:
        return self.knocker.knock(url, "127.0.0.1", 3333, serial)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knock, "KNOCK_SECONDS", 0.4)


def test_a_meter_tells_its_serial_number_to_everybody() -> None:
    visit = Visit()
    with serve(METER) as meter:
        seen = visit.at(meter.url)

    assert (seen.state, seen.serial, seen.server, seen.connects) == ("meter", "SIM00000001", "1", 1)
    assert visit.slots == 1
    assert visit.options[0]["client"] == 16
    assert "auth" not in visit.options[0]


def test_a_meter_that_is_addressed_by_its_serial_number_is_found_by_it() -> None:
    visit = Visit()
    with serve(METER, server=(1, 1234)) as meter:
        seen = visit.at(meter.url, "MS00991234")

    assert (seen.state, seen.server, seen.connects) == ("meter", "1,1234", 2)
    assert visit.slots == 2


def test_a_meter_without_public_client_is_an_entrance() -> None:
    with serve(evolve(METER, credentials={1: b"22222222"})) as meter:
        assert Visit().at(meter.url).state == "entrance"


def test_a_meter_without_a_number_is_a_meter() -> None:
    with serve(SimulatedMeter(objects=())) as meter:
        seen = Visit().at(meter.url)

    assert (seen.state, seen.serial) == ("meter", "")


def test_a_busy_converter_a_silent_one_and_another_protocol_are_told_apart() -> None:
    with place(says(b"Port already in use\r\n")) as url:
        assert Visit().at(url).state == "busy"
    with Converter(is_mute=True) as converter:
        assert Visit().at(converter.url).state == "silent"
    with place(says(b"SSH-2.0-OpenSSH_9.2\r\n")) as url:
        assert Visit().at(url).state == "other"


def test_a_closed_port_is_closed_and_asked_once() -> None:
    visit = Visit()

    assert visit.at(f"tcp+hdlc://127.0.0.1:{free_port()}", "MS00991234").state == "closed"
    assert visit.slots == 1


def test_a_line_of_another_process_is_left_alone() -> None:
    visit = Visit(FakeLocks(shell="dlmslite (process 7)"))
    seen = visit.at("tcp+hdlc://127.0.0.1:1")

    assert (seen.state, visit.slots) == ("skipped", 0)
    assert "process 7" in seen.told


def test_the_lock_of_a_line_is_given_back() -> None:
    locks = FakeLocks()
    with serve(METER) as meter:
        Visit(locks).at(meter.url)

    assert locks.held == []
