"""A busy meter says so in the words of its link, or says nothing, and then has time again."""

from __future__ import annotations

import datetime as dt

import pytest

from dlmslite.client import connect
from dlmslite.errors import DeadlineExceeded, DlmsError, LinkError
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import DM, RNR, RR, SNRM, UA, Frame, I, decode
from dlmslite.simulator.busy import BusyFront
from dlmslite.simulator.faults import Busy, FaultPlan
from dlmslite.simulator.models.single_phase import SERIAL, single_phase
from dlmslite.simulator.serve import serve
from dlmslite.simulator.server import MeterServer, server_session

METER, CLIENT = Address(1), Address(16)
SNRM_FRAME = SNRM(METER, CLIENT)
AARQ = I(
    METER,
    CLIENT,
    0,
    0,
    True,
    False,
    bytes.fromhex("e6e600601da109060760857405080101be10040e01000000065f1f0400001e1dffff"),
)


def front(kind: Busy, busy: float = 1.0, framing: str = "hdlc") -> BusyFront:
    simulated = single_phase(days=1)
    session = server_session(simulated, framing, 1)
    meter = MeterServer(simulated, session, lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    found = BusyFront(meter, FaultPlan(busy=busy, busy_kind=kind, busy_seconds=5.0))
    found.open(0.0)
    return found


def say(meter: BusyFront, frame: Frame, now: float) -> Frame | None:
    meter.receive(frame.encode(), now)
    octets = meter.data_to_send()
    return decode(octets) if octets else None


def test_a_busy_meter_asks_to_be_polled_and_then_answers() -> None:
    meter = front(Busy.NOT_READY)
    assert isinstance(say(meter, SNRM_FRAME, 0.0), UA)

    assert say(meter, AARQ, 1.0) == RNR(CLIENT, METER, 1)
    assert say(meter, RR(METER, CLIENT, 0), 3.0) == RNR(CLIENT, METER, 1)
    answer = say(meter, RR(METER, CLIENT, 0), 6.0)

    assert isinstance(answer, I)
    assert answer.information[3] == 0x61  # the AARE


def test_a_busy_meter_denies_the_link_and_then_sets_it_up() -> None:
    meter = front(Busy.DENIES)

    assert isinstance(say(meter, SNRM_FRAME, 1.0), DM)
    assert isinstance(say(meter, SNRM_FRAME, 5.9), DM)
    idle = front(Busy.DENIES, busy=0.0)
    assert isinstance(say(idle, SNRM_FRAME, 1.0), UA)


def test_a_busy_meter_is_silent_and_then_answers() -> None:
    meter = front(Busy.SILENT)

    assert say(meter, SNRM_FRAME, 1.0) is None
    assert isinstance(say(front(Busy.SILENT, busy=0.0), SNRM_FRAME, 1.0), UA)


def test_half_a_frame_waits_for_its_other_half() -> None:
    meter = front(Busy.DENIES, busy=0.0)
    octets = SNRM_FRAME.encode()
    meter.receive(octets[:4], 0.0)
    assert meter.data_to_send() == b""
    meter.receive(octets[4:], 0.0)

    assert isinstance(decode(meter.data_to_send()), UA)


@pytest.mark.parametrize("busy", [0.3, 1.0])
def test_a_client_waits_for_a_meter_that_asks_to_be_polled(busy: float) -> None:
    plan = FaultPlan(seed=3, busy=busy, busy_kind=Busy.NOT_READY, busy_seconds=0.3)
    with (
        serve(single_phase(days=1), faults=plan) as meter,
        connect(meter.url, timeout=5.0) as client,
    ):
        assert client.read(SERIAL) == b"SIM00000001"


@pytest.mark.parametrize(
    ("kind", "error"), [(Busy.DENIES, LinkError), (Busy.SILENT, DeadlineExceeded)]
)
def test_a_client_is_told_what_the_meter_did(kind: Busy, error: type[DlmsError]) -> None:
    plan = FaultPlan(busy=1.0, busy_kind=kind, busy_seconds=60.0)
    with serve(single_phase(days=1), faults=plan) as meter, pytest.raises(error):
        connect(meter.url, timeout=0.5)


def test_a_wrapped_meter_can_only_be_silent() -> None:
    plan = FaultPlan(busy=1.0, busy_kind=Busy.SILENT, busy_seconds=60.0)
    with (
        serve(single_phase(days=1), framing="wrapper", faults=plan) as meter,
        pytest.raises(DeadlineExceeded),
    ):
        connect(meter.url, timeout=0.5)
