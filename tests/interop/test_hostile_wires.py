"""The whole client on hostile wires: a value that is read is right, or an error of ours says no.

A meter whose every value tells which question it answers stands behind a simulator that loses,
damages, delays and cuts its answers, from a seed. The wrapper has no check sequence, so what it
carries is only lost, late or cut; HDLC must notice damage too.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest

import dlmslite
from dlmslite.errors import DlmsError
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.meter import SimulatedMeter, SimulatedObject, array, structure
from dlmslite.simulator.serve import serve
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.times import CosemDateTime

pytestmark = pytest.mark.interop

OBJECTS = 40
NAMES = [Obis.parse(f"1.0.{n}.8.0.255") for n in range(1, OBJECTS + 1)]
LONG = Obis.parse("0.0.96.1.0.255")
PROFILE = Obis.parse("1.0.99.1.0.255")
CLOCK = Obis.parse("0.0.1.0.0.255")
TEXT = bytes(n * 7 % 251 for n in range(3000))
ROWS = 60
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TIMEOUT = 0.3  # s for one exchange
SEEDS = range(3)

# Whatever goes wrong, a conversation ends: an exchange may be made anew for each part of an answer.
PATIENCE = 20.0


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
            Data.of(DataType.OCTET_STRING, CosemDateTime.from_datetime(at).encode()),
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
        credentials={16: None},
    )


class Conversation:
    """Reads again and again, on a new connection where the old one broke.

    Attributes:
        right: How many answers came and were right.
        errors: What failed, each an error of our tree.
        connections: How often it connected.
    """

    def __init__(self, url: str) -> None:
        self.right = self.connections = 0
        self.errors: list[DlmsError] = []
        self._url = url
        self._client: dlmslite.Client | None = None

    def ask(self, question: Callable[[dlmslite.Client], Any], answer: object) -> None:
        try:
            if self._client is None:
                self._client = dlmslite.connect(self._url, timeout=TIMEOUT, max_pdu=700, window=1)
                self.connections += 1
            told = question(self._client)
        except DlmsError as error:
            self.errors.append(error)
            if not isinstance(error, dlmslite.DeadlineExceeded):
                self.close()
        else:
            assert told == answer
            self.right += 1

    def everything(self, times: int = 1) -> None:
        """Every object, and what is long, in the order of chance's worst friend: one by one."""
        for _ in range(times):
            for name in NAMES:
                self.ask(lambda client, name=name: client.read(name).raw, value_of(name))  # type: ignore[misc] # a lambda's default
            self.ask(lambda client: client.get(LONG, class_id=1), TEXT)
            self.ask(
                lambda client: [
                    (each.time, each.raw[1]) for each in client.profile(PROFILE).rows()
                ],
                [row(number) for number in range(ROWS)],
            )

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


@contextlib.contextmanager
def patience() -> Any:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < PATIENCE


FAULTS: dict[str, dict[str, float]] = {
    "loss": {"loss": 0.05},
    "late": {"late": 0.05, "late_seconds": 0.45},
    "later": {"late": 0.03, "late_seconds": 1.0},
    "delay": {"delay_seconds": 0.005, "jitter_seconds": 0.01},
    "cuts": {"cut": 0.03},
}
HDLC_FAULTS = FAULTS | {
    "corruption": {"corruption": 0.05},
    "noise": {"noise": 0.1},
    "all": {"loss": 0.01, "corruption": 0.01, "noise": 0.02, "late": 0.01, "cut": 0.003}
    | {"late_seconds": 0.4, "jitter_seconds": 0.002},
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("framing", "name"),
    [*(("hdlc", name) for name in HDLC_FAULTS), *(("wrapper", name) for name in FAULTS)],
)
def test_a_value_is_right_or_an_error(framing: str, name: str, seed: int) -> None:
    plan = FaultPlan(seed=seed, **HDLC_FAULTS[name])  # type: ignore[arg-type] # numbers by name
    with serve(meter(), framing=framing, faults=plan) as running, patience():
        conversation = Conversation(running.url)
        conversation.everything(times=2)
        conversation.close()

    assert conversation.right > 2 * len(NAMES) // 3
