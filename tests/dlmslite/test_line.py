"""Several meters on one wire, each with its own link; one talks at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.datagrams import DatagramMeter

from dlmslite.client import Client, connect
from dlmslite.errors import (
    ConfigurationError,
    ConnectionClosed,
    DeadlineExceeded,
    StateError,
    TransportError,
)
from dlmslite.line import Line
from dlmslite.simulator.models.single_phase import PROFILE, SERIAL, single_phase
from dlmslite.simulator.serial_line import LineHabits, RunningLine, serve_line
from dlmslite.simulator.serve import serve

METERS = {(1, 16 + number): single_phase(serial=f"SIM{number}", days=1) for number in range(1, 4)}


@pytest.fixture
def bus() -> Iterator[RunningLine]:
    with serve_line(METERS) as running:
        yield running


def joined(line: Line, number: int, timeout: float = 3.0) -> Client:
    return connect(line, server=(1, 16 + number), timeout=timeout)


def test_each_meter_keeps_its_own_link_while_others_talk(bus: RunningLine) -> None:
    with Line(bus.url) as line:
        clients = [joined(line, number) for number in (1, 2, 3)]
        for _ in range(3):
            texts = [client.read(SERIAL) for client in clients]
            assert texts == [b"SIM1", b"SIM2", b"SIM3"]
        for client in clients:
            client.close()


def test_threads_share_the_line_one_exchange_at_a_time(bus: RunningLine) -> None:
    wrong: list[object] = []

    def work(line: Line, number: int) -> None:
        with joined(line, number, 10.0) as client:
            wrong.extend(
                text
                for text in (client.read(SERIAL) for _ in range(5))
                if text != b"SIM%d" % number
            )

    with Line(bus.url) as line:
        threads = [threading.Thread(target=work, args=(line, number)) for number in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_profile_of_one_meter_and_a_read_of_another_do_not_mix(bus: RunningLine) -> None:
    with Line(bus.url) as line, joined(line, 1) as one, joined(line, 2) as other:
        count = 0
        for _ in one.profile(PROFILE).rows():
            count += 1
            if count % 40 == 0:
                assert other.read(SERIAL) == b"SIM2"
        assert count == 96


def test_a_dead_meter_does_not_harm_the_others(bus: RunningLine) -> None:
    with Line(bus.url) as line, joined(line, 1) as client:
        with pytest.raises(DeadlineExceeded):
            joined(line, 9, timeout=0.4)
        assert client.read(SERIAL) == b"SIM1"


def test_an_abort_ends_one_client_and_no_other(
    bus: RunningLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Line(bus.url) as line, joined(line, 1) as client:
        other = joined(line, 2, timeout=30.0)
        monkeypatch.setattr(bus.servers[1], "receive", lambda _octets, _now: None)
        threading.Timer(0.1, other.abort).start()
        began = time.monotonic()
        with pytest.raises(TransportError, match="aborted"):
            other.read(SERIAL)
        assert time.monotonic() - began < 10.0
        other.close()
        assert client.read(SERIAL) == b"SIM1"


def test_a_wire_that_breaks_ends_all_and_the_next_client_opens_it_anew(tmp_path: Path) -> None:
    with serve_line(METERS, path=tmp_path / "ttyMETER") as bus, Line(bus.url) as line:
        one, other = joined(line, 1), joined(line, 2)
        bus.unplug()
        with pytest.raises(ConnectionClosed):
            one.read(SERIAL)
        bus.plug_in()  # under another name; the stable one leads there
        with joined(line, 1) as again:
            with pytest.raises(ConnectionClosed, match="connect anew"):
                other.read(SERIAL)
            assert again.read(SERIAL) == b"SIM1"
        for lost in (one, other):
            lost.close()


def test_a_closed_line_closes_its_clients(bus: RunningLine) -> None:
    line = Line(bus.url)
    client = joined(line, 1)
    line.close()
    with pytest.raises(ConnectionClosed):
        client.read(SERIAL)
    client.close()
    with joined(line, 2) as other:  # a line can be used again
        assert other.read(SERIAL) == b"SIM2"
    line.close()


def test_mode_e_signs_on_one_meter_at_a_time() -> None:
    with serve_line({1: METERS[1, 17]}, mode_e=True) as head, Line(head.url) as line:
        with connect(line, timeout=5.0) as client:
            with pytest.raises(ConfigurationError, match="one meter at a time"):
                connect(line, timeout=5.0)
            assert client.read(SERIAL) == b"SIM1"
        with connect(line, timeout=5.0) as client:
            assert client.read(SERIAL) == b"SIM1"


def test_a_converter_carries_several_clients_on_one_connection() -> None:
    with serve(METERS[1, 17], server=(1, 17)) as meter, Line(meter.url) as line:
        with connect(line, server=(1, 17), client=16, timeout=3.0) as client:
            assert client.read(SERIAL) == b"SIM1"
        with connect(line, server=(1, 17), client=16, timeout=3.0) as client:
            assert client.read(SERIAL) == b"SIM1"
        assert meter.connections == 1


def test_w04_a_line_of_datagrams_is_a_line_like_any_other() -> None:
    with (
        DatagramMeter(METERS[1, 17]) as meter,
        Line(meter.url) as line,
        connect(line, timeout=3.0) as client,
    ):
        assert client.read(SERIAL) == b"SIM1"


def test_a_send_that_fails_breaks_the_line(bus: RunningLine) -> None:
    with Line(bus.url) as line:
        seat = line.seat()
        seat.open()
        bus.unplug()
        with pytest.raises(ConnectionClosed):
            seat.send(b"?")
        with pytest.raises(ConnectionClosed, match="connect anew"):
            seat.set_line(300, "8N1")


def test_a_wire_that_vanishes_while_a_client_waits_breaks_the_line(bus: RunningLine) -> None:
    with Line(bus.url) as line:
        seat = line.seat()
        seat.open()
        threading.Timer(0.1, bus.unplug).start()
        with pytest.raises(ConnectionClosed):
            seat.receive(30.0)
        with pytest.raises(ConnectionClosed, match="connect anew"):
            seat.send(b"?")


def test_a_speed_that_cannot_be_set_breaks_the_line(bus: RunningLine) -> None:
    with Line(bus.url) as line:
        seat = line.seat()
        seat.open()
        bus.unplug()
        with pytest.raises(ConnectionClosed):
            seat.set_line(300, "8N1")
        with pytest.raises(ConnectionClosed, match="connect anew"):
            seat.receive(0.0)


def test_a_seat_that_is_not_taken_is_the_callers_mistake(bus: RunningLine) -> None:
    with Line(bus.url) as line:
        seat = line.seat()
        with pytest.raises(StateError):
            seat.receive(0.0)
        seat.open()
        seat.close()
        with pytest.raises(StateError):
            seat.send(b"?")


def test_a_speed_is_no_thing_of_a_converter() -> None:
    with serve(METERS[1, 17]) as meter, Line(meter.url) as line:
        seat = line.seat()
        seat.open()
        with pytest.raises(ConfigurationError):
            seat.set_line(300, "7E1")


def test_a_url_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        Line("serial://ttyUSB0")


def test_s03_a_bus_that_echoes_is_told_by_its_key() -> None:
    habits = LineHabits(echo=True)
    with (
        serve_line(METERS, habits=habits) as bus,
        Line(f"{bus.url}?echo=yes") as line,
        joined(line, 1) as one,
        joined(line, 2) as other,
    ):
        assert (one.read(SERIAL), other.read(SERIAL)) == (b"SIM1", b"SIM2")
