"""One client shared between threads: every answer goes to who asked, and nobody waits for ever."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import dlmslite
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import (
    CURRENT,
    ENERGY,
    EPOCH,
    FREQUENCY,
    PERIOD,
    POWER,
    PROFILE,
    SERIAL,
    VOLTAGE,
    Load,
    single_phase,
)
from dlmslite.simulator.serve import serve

pytestmark = pytest.mark.interop

NOW = EPOCH + dt.timedelta(days=50)
LOAD = Load()
VALUES = {
    ENERGY: LOAD.energy(NOW),
    VOLTAGE: LOAD.voltage(NOW),
    CURRENT: LOAD.current(NOW),
    POWER: LOAD.power(NOW),
    FREQUENCY: LOAD.frequency(NOW),
}
ROWS = 288
ENERGIES = [LOAD.energy(NOW - dt.timedelta(seconds=PERIOD * n)) for n in reversed(range(ROWS))]
each_framing = pytest.mark.parametrize("framing", ["hdlc", "wrapper"])


@contextlib.contextmanager
def shared_client(framing: str, *, faults: FaultPlan | None = None) -> Iterator[dlmslite.Client]:
    meter = single_phase(days=ROWS * PERIOD // 86_400)
    with (
        serve(
            meter, framing=framing, faults=faults or FaultPlan(), wall_clock=lambda: NOW
        ) as running,
        dlmslite.connect(running.url, timeout=5.0, max_pdu=600) as client,
    ):
        yield client


def all_at_once(count: int, work: Callable[[int], None]) -> None:
    """Run some threads from one moment on; what fails in one fails here."""
    start = threading.Barrier(count)

    def one(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(count) as pool:
        for future in [pool.submit(one, number) for number in range(count)]:
            future.result(timeout=30)


def energies(rows: Iterator[dlmslite.Row]) -> list[int]:
    return [row[ENERGY].raw for row in rows]


@each_framing
def test_eight_threads_read_a_hundred_values_each(framing: str) -> None:
    names = list(VALUES)
    with shared_client(framing) as client:

        def work(number: int) -> None:
            for step in range(100):
                name = names[(number + step) % len(names)]
                assert client.read(name).raw == VALUES[name]

        all_at_once(8, work)


@each_framing
def test_some_threads_read_profiles_while_others_read_values(framing: str) -> None:
    with shared_client(framing) as client:

        def work(number: int) -> None:
            if number % 2:
                assert energies(client.profile(PROFILE).rows()) == ENERGIES
            else:
                for name, value in VALUES.items():
                    assert client.read(name).raw == value
                assert client.get(SERIAL, class_id=1) == b"SIM00000001"

        all_at_once(6, work)


@each_framing
def test_rows_arrive_while_their_own_thread_reads_values(framing: str) -> None:
    with shared_client(framing) as client:
        found = []
        for row in client.profile(PROFILE).rows():
            found.append(row[ENERGY].raw)
            if len(found) % 40 == 1:
                assert client.read(VOLTAGE).raw == VALUES[VOLTAGE]

    assert found == ENERGIES


@each_framing
def test_two_profiles_are_read_side_by_side(framing: str) -> None:
    with shared_client(framing) as client:
        pairs = zip(client.profile(PROFILE).rows(), client.profile(PROFILE).rows(), strict=True)

        assert [(a[ENERGY].raw, b[ENERGY].raw) for a, b in pairs] == [(n, n) for n in ENERGIES]


@each_framing
def test_a_profile_that_is_left_early_leaves_the_client_usable(framing: str) -> None:
    with shared_client(framing) as client:
        for taken in range(1, 40):
            rows = client.profile(PROFILE).rows()
            assert [next(rows)[ENERGY].raw for _ in range(taken)] == ENERGIES[:taken]
            rows.close()
            assert client.read(ENERGY).raw == VALUES[ENERGY]

        assert energies(client.profile(PROFILE).rows()) == ENERGIES


@each_framing
def test_abort_ends_a_call_of_another_thread_at_once(framing: str) -> None:
    with (
        serve(single_phase(), framing=framing, faults=FaultPlan(delay_seconds=1.5)) as slow,
        ThreadPoolExecutor(1) as pool,
    ):
        client = dlmslite.connect(slow.url, timeout=20.0)
        call = pool.submit(client.read, ENERGY)
        time.sleep(0.1)
        assert not call.done()

        begun = time.monotonic()
        client.abort()
        with pytest.raises(dlmslite.TransportError, match="abort"):
            call.result(timeout=5)
        assert time.monotonic() - begun < 5.0

        with pytest.raises(dlmslite.TransportError, match="abort"):
            client.read(ENERGY)
        begun = time.monotonic()
        client.close()
        assert time.monotonic() - begun < 5.0
