"""Everything that is served has the verbs of a conversation."""

from __future__ import annotations

import datetime as dt

import pytest
from rig.captures import recorded

from dlmslite.capture.replay import ReplayedMeter, Tape
from dlmslite.simulator.base import Conversation
from dlmslite.simulator.busy import BusyFront
from dlmslite.simulator.faults import NO_FAULTS
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.server import MeterServer, server_session


def meter() -> MeterServer:
    simulated = single_phase(days=1)
    return MeterServer(
        simulated, server_session(simulated, "hdlc", 1), lambda: dt.datetime.now(dt.UTC)
    )


@pytest.mark.parametrize(
    "make",
    [meter, lambda: BusyFront(meter(), NO_FAULTS), lambda: ReplayedMeter(Tape.of(recorded()))],
    ids=["simulated", "busy", "replayed"],
)
def test_whoever_is_served_answers_the_set_up_of_a_link(make: object) -> None:
    conversation: Conversation = make()  # type: ignore[operator] # a factory of the table above
    snrm = next(recorded().octets_on_the_wire()).octets

    conversation.open(0.0)
    assert conversation.data_to_send() == b""
    conversation.receive(snrm, 0.0)
    assert conversation.data_to_send()[5] == 0x73  # UA
    conversation.deadline_passed(1.0)
    conversation.next_deadline()
