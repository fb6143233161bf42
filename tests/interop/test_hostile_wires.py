"""The whole client on hostile wires: a value that is read is right, or an error of ours says no.

A meter whose every value tells which question it answers stands behind a simulator that loses,
damages, delays and cuts its answers, from a seed. The wrapper has no check sequence, so what it
carries is lost, late, cut, doubled or damaged in its headers; HDLC must notice any damage.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from rig.desk import Desk

import dlmslite
from dlmslite.errors import DlmsError
from dlmslite.simulator.faults import FaultPlan, FaultyWire
from dlmslite.simulator.meter import SimulatedMeter, SimulatedObject, array, structure
from dlmslite.simulator.models.single_phase import meter_time
from dlmslite.simulator.serve import serve
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis

pytestmark = pytest.mark.interop

OBJECTS = 40
NAMES = [Obis.parse(f"1.0.{n}.8.0.255") for n in range(1, OBJECTS + 1)]
LONG = Obis.parse("0.0.96.1.0.255")
PROFILE = Obis.parse("1.0.99.1.0.255")
CLOCK = Obis.parse("0.0.1.0.0.255")
TEXT = bytes(n * 7 % 251 for n in range(3000))
ROWS = 60
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TIMEOUT = 1.0  # s for one exchange
SEEDS = range(6)
PASSWORD = b"22222222"


def value_of(name: Obis) -> int:
    return 1_000_000 + name.octets[2] * 0x7E


def row(number: int) -> tuple[dt.datetime, int]:
    return START + dt.timedelta(minutes=15 * number), number * 0x7E7


def meter() -> SimulatedMeter:
    def captured(class_id: int, name: Obis) -> Data:
        return structure(
            Data.of(DataType.LONG_UNSIGNED, class_id),
            Data.of(DataType.OCTET_STRING, name.octets),
            Data.of(DataType.INTEGER, 2),
            Data.of(DataType.LONG_UNSIGNED, 0),
        )

    scale = structure(Data.of(DataType.INTEGER, 0), Data.of(DataType.ENUM, 30))
    buffer = array(
        structure(
            Data.of(DataType.OCTET_STRING, meter_time(at).encode()),
            Data.of(DataType.DOUBLE_LONG_UNSIGNED, number),
        )
        for at, number in map(row, range(ROWS))
    )
    return SimulatedMeter(
        objects=(
            SimulatedObject(1, LONG, {2: Data.of(DataType.OCTET_STRING, TEXT)}),
            *(
                SimulatedObject(
                    3, name, {2: Data.of(DataType.DOUBLE_LONG_UNSIGNED, value_of(name)), 3: scale}
                )
                for name in NAMES
            ),
            SimulatedObject(
                7,
                PROFILE,
                {
                    2: buffer,
                    3: array([captured(8, CLOCK), captured(3, NAMES[0])]),
                    4: Data.of(DataType.DOUBLE_LONG_UNSIGNED, 900),
                },
                version=1,
            ),
        ),
        credentials={1: PASSWORD},
    )


METER = meter()


class Conversation:
    """Reads again and again, on a new connection where the old one broke.

    Attributes:
        right: How many answers came and were right.
        errors: What failed, each an error of our tree.
        connections: How often it connected.
    """

    def __init__(self, connect: Callable[[int], dlmslite.Client]) -> None:
        self.right = self.connections = 0
        self.errors: list[DlmsError] = []
        self._connect = connect
        self._client: dlmslite.Client | None = None
        self._failed = False

    def ask(self, question: Callable[[dlmslite.Client], Any], answer: object) -> None:
        try:
            if self._client is None:
                self.connections += 1
                self._client = self._connect(self.connections)
            told = question(self._client)
        except DlmsError as error:
            self.errors.append(error)
            # A deadline may leave all as it is: the late answer can come any time.
            if self._failed or not isinstance(error, dlmslite.DeadlineExceeded):
                self.close()
            self._failed = True
        else:
            assert told == answer
            self.right += 1
            self._failed = False

    def everything(self, times: int) -> None:
        for _ in range(times):
            for name in NAMES:
                self.ask(partial(read, name=name), value_of(name))
            self.ask(read_text, TEXT)
            self.ask(read_rows, [row(number) for number in range(ROWS)])

    def close(self) -> None:
        client, self._client = self._client, None
        self._failed = False
        if client is not None:
            client.close()


def read(client: dlmslite.Client, name: Obis) -> Any:
    return client.read(name).raw


def read_text(client: dlmslite.Client) -> Any:
    return client.get(LONG, class_id=1)


def read_rows(client: dlmslite.Client) -> Any:
    return [(each.time, each.raw[1]) for each in client.profile(PROFILE).rows()]


FAULTS: dict[str, dict[str, float]] = {
    "loss": {"loss": 0.05},
    "late": {"late": 0.05, "late_seconds": 1.2},
    "later": {"late": 0.05, "late_seconds": 1.5, "delay_seconds": 0.02},
    "jitter": {"jitter_seconds": 0.9},
    "cuts": {"cut": 0.02},
    "corruption": {"corruption": 0.1},
    "noise": {"noise": 0.2},
    "stumps": {"truncation": 0.05},
    "doubles": {"duplication": 0.05},
    "repeats": {"stale": 0.05},
    "resets": {"reset": 0.02},
    "half open": {"half_open": 0.01},
    "echo": {},
    "all": {"loss": 0.01, "corruption": 0.02, "noise": 0.05, "late": 0.01, "cut": 0.002},
}
HEADER = 8  # octets of a wrapper


class WrapperWire(FaultyWire):
    """Damages nothing but headers: no other damage to a wrapper can be noticed."""

    def _corrupted(self, octets: bytes) -> bytes:
        return super()._corrupted(octets[:HEADER]) + octets[HEADER:]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_value_is_right_or_an_error(framing: str, name: str, seed: int) -> None:
    def connect(number: int) -> dlmslite.Client:
        plan = FaultPlan(seed=100 * seed + number, **{"delay_seconds": 0.005, **FAULTS[name]})
        desk = Desk(
            framing=framing, meter=METER, faults=plan, timeout=TIMEOUT, echoing=name == "echo"
        )
        if framing == "wrapper":
            desk.transport.wire = WrapperWire(plan)
        return desk.client(PASSWORD, max_pdu=700)

    conversation = Conversation(connect)
    conversation.everything(times=4)
    conversation.close()

    assert conversation.right > len(NAMES)


def test_hdlc_asks_for_what_was_lost_without_connecting_anew() -> None:
    def connect(number: int) -> dlmslite.Client:
        plan = FaultPlan(seed=number, loss=0.1, corruption=0.1, noise=0.1)
        return Desk(meter=METER, faults=plan, timeout=3.0).client(PASSWORD, max_pdu=700)

    conversation = Conversation(connect)
    conversation.everything(times=4)

    assert conversation.connections == 1
    assert len(conversation.errors) <= 1  # three losses in a row are possible


def test_w06_a_meter_that_was_long_silent_answers_nobody_else() -> None:
    # Each answer comes when sixteen later requests were given up or are under way: there are only
    # sixteen numbers, so it could be taken for that of the request under way.
    desk = Desk(framing="wrapper", meter=METER, timeout=1.0)
    client = desk.client(PASSWORD)
    client.read_many(NAMES)
    desk.transport.wire.plan = FaultPlan(late=1.0, late_seconds=16.5)
    told = []
    for name in NAMES[:30]:
        try:
            told.append((value_of(name), client.read(name).raw))
        except DlmsError as error:
            told.append((error, error))

    assert [right for right, _ in told] == [value for _, value in told]


@pytest.mark.parametrize(("framing", "corruption"), [("hdlc", 0.02), ("wrapper", 0.0)])
def test_the_same_on_a_real_socket(framing: str, corruption: float) -> None:
    plan = FaultPlan(seed=4, loss=0.02, corruption=corruption, cut=0.02, jitter_seconds=0.004)
    with serve(METER, framing=framing, faults=plan) as running:

        def connect(_number: int) -> dlmslite.Client:
            auth = dlmslite.Lls(PASSWORD)
            return dlmslite.connect(running.url, client=1, auth=auth, timeout=0.6, max_pdu=700)

        conversation = Conversation(connect)
        conversation.everything(times=3)
        conversation.close()

    assert conversation.right > 2 * len(NAMES)
