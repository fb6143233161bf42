"""The loop of the client: deadlines, failures, transfers, and one exchange at a time."""

from __future__ import annotations

import threading

import pytest
from rig.desk import NOW, Desk, DeskTransport

from dlmslite.apdu.get import GetRequestNext, GetRequestNormal
from dlmslite.codes import DataAccessResult, ServiceErrorReason
from dlmslite.endpoint import Endpoint, Options, make_session
from dlmslite.errors import (
    ConfigurationError,
    ConnectionClosed,
    DeadlineExceeded,
    LinkError,
    ServiceError,
    StateError,
    TransportError,
)
from dlmslite.link.hdlc.resync import Resync
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.procedures.base import Ask, AskBlocks, Block, More, Procedure
from dlmslite.procedures.read import ANY_ID, read_attribute
from dlmslite.pump import Pump
from dlmslite.quirks import Quirks
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import ENERGY, PROFILE, SERIAL, VOLTAGE, single_phase
from dlmslite.simulator.server import MeterServer, server_session
from dlmslite.trace import Direction, TraceEvent
from dlmslite.values.references import AttributeReference

SERIAL_NUMBER = AttributeReference(1, SERIAL, 2)
FRAMINGS = pytest.mark.parametrize("framing", ["hdlc", "wrapper"])


def blocks_of(reference: AttributeReference) -> Procedure[list[Block]]:
    taken = [(yield AskBlocks(GetRequestNormal(ANY_ID, reference)))]
    while not taken[-1].last:
        taken.append((yield More()))
    return taken


@FRAMINGS
def test_a_procedure_is_performed_step_by_step(framing: str) -> None:
    desk = Desk(framing=framing)
    desk.client()
    assert desk.pump.run(read_attribute(SERIAL_NUMBER)).plain == b"SIM00000001"


@FRAMINGS
def test_silence_ends_at_the_deadline_with_evidence(framing: str) -> None:
    desk = Desk(framing=framing, timeout=4.0)
    desk.client()
    desk.transport.is_silent = True
    begun = desk.clock.now
    with pytest.raises((DeadlineExceeded, LinkError)):
        desk.pump.run(read_attribute(SERIAL_NUMBER))
    assert desk.clock.now - begun == pytest.approx(4.0)


@FRAMINGS
def test_w06_a_late_answer_is_discarded_and_the_next_request_has_its_own(framing: str) -> None:
    desk = Desk(framing=framing, timeout=1.0)
    desk.client()
    desk.transport.wire.plan = FaultPlan(delay_seconds=1.2)
    with pytest.raises(DeadlineExceeded):
        desk.pump.run(read_attribute(SERIAL_NUMBER))
    desk.transport.wire.plan = FaultPlan(delay_seconds=0.8)
    voltage = desk.pump.run(read_attribute(AttributeReference(3, VOLTAGE, 2))).plain
    assert isinstance(voltage, int)


def test_a_trickle_of_octets_does_not_extend_the_deadline() -> None:
    desk = Desk(framing="hdlc", timeout=4.0)
    desk.client()
    desk.transport.is_silent = True

    def trickle() -> None:
        desk.transport.wire.send(b"\x7e", desk.clock.now + 0.2)

    desk.transport.on_receive = trickle
    begun = desk.clock.now
    with pytest.raises((DeadlineExceeded, LinkError)):
        desk.pump.run(read_attribute(SERIAL_NUMBER))
    assert desk.clock.now - begun <= 4.5


def test_progress_extends_the_deadline() -> None:
    # Each of the many segments takes one second; the whole answer takes far longer than the limit.
    desk = Desk(framing="hdlc", timeout=4.0)
    client = desk.client()
    desk.transport.wire.plan = FaultPlan(delay_seconds=1.0)
    begun = desk.clock.now
    assert len(client.get(PROFILE, class_id=7)) == 192
    assert desk.clock.now - begun > 20


def test_w03_a_cut_wire_is_an_error_at_once_and_stays_one() -> None:
    desk = Desk(faults=FaultPlan())
    client = desk.client()
    desk.transport.wire.plan = FaultPlan(cut=1.0)
    begun = desk.clock.now
    with pytest.raises(ConnectionClosed):
        client.read(VOLTAGE)
    with pytest.raises(ConnectionClosed):
        client.read(VOLTAGE)
    assert desk.clock.now == begun
    client.close()
    assert not desk.transport.is_open


def test_a_write_that_fails_ends_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    client = desk.client()

    def fail(_octets: bytes) -> None:
        raise ConnectionClosed("reset")

    monkeypatch.setattr(desk.transport, "send", fail)
    with pytest.raises(ConnectionClosed):
        client.read(VOLTAGE)
    monkeypatch.undo()
    with pytest.raises(ConnectionClosed):
        client.read(VOLTAGE)


def test_a_failure_of_the_set_up_closes_the_wire() -> None:
    desk = Desk(timeout=2.0)
    desk.transport.is_silent = True
    with pytest.raises((DeadlineExceeded, LinkError)):
        desk.client()
    assert not desk.transport.is_open


def test_an_aborted_exchange_fails_and_so_does_the_next() -> None:
    desk = Desk()
    client = desk.client()
    desk.transport.is_silent = True
    desk.transport.on_receive = client.abort
    with pytest.raises(TransportError, match="aborted"):
        client.read(VOLTAGE)
    with pytest.raises(TransportError, match="aborted"):
        client.read(VOLTAGE)
    client.close()
    assert not desk.transport.is_open


def test_a_closed_client_says_so() -> None:
    client = Desk().client()
    client.close()
    client.close()
    with pytest.raises(StateError, match="closed"):
        client.read(VOLTAGE)


@FRAMINGS
def test_x02_a_long_answer_comes_block_by_block(framing: str) -> None:
    desk = Desk(framing=framing)
    desk.client(max_pdu=200)
    taken = desk.pump.run(blocks_of(AttributeReference(7, PROFILE, 2)))
    assert len(taken) > 20
    assert [block.last for block in taken] == [False] * (len(taken) - 1) + [True]


def test_a_short_answer_is_one_block() -> None:
    desk = Desk()
    desk.client()
    (block,) = desk.pump.run(blocks_of(SERIAL_NUMBER))
    assert block == Block(b"\x09\x0bSIM00000001", last=True)


def test_x04_an_error_instead_of_blocks_is_a_service_error() -> None:
    desk = Desk()
    desk.client()
    with pytest.raises(ServiceError) as caught:
        desk.pump.run(blocks_of(AttributeReference(7, ENERGY, 2)))
    assert caught.value.result is DataAccessResult.OBJECT_CLASS_INCONSISTENT


def test_another_call_takes_the_rest_of_a_transfer_off_the_wire_first() -> None:
    desk = Desk()
    client = desk.client(max_pdu=200)
    rows = client.profile(PROFILE).rows()
    first = next(rows)
    energy = client.read(ENERGY)
    rest = list(rows)
    assert len(rest) == 191
    assert first.time < rest[0].time < rest[-1].time
    assert energy.raw >= rest[-1][str(ENERGY)].raw


def test_a_closed_iterator_cancels_its_transfer() -> None:
    desk = Desk()
    client = desk.client(max_pdu=200)
    rows = client.profile(PROFILE).rows()
    next(rows)
    sent = len(desk.transport.sent)
    rows.close()  # type: ignore[attr-defined] # a generator
    assert len(desk.transport.sent) == sent
    assert client.read(ENERGY).raw > 0


def test_going_on_without_a_transfer_is_an_error_of_the_caller() -> None:
    def nothing_to_go_on_with() -> Procedure[None]:
        yield More()

    desk = Desk()
    desk.client()
    with pytest.raises(StateError, match="no transfer"):
        desk.pump.run(nothing_to_go_on_with())


def test_x09_an_exception_response_is_a_service_error_with_its_reason() -> None:
    desk = Desk()
    desk.client()

    def odd() -> Procedure[None]:
        yield Ask(GetRequestNext(ANY_ID, 7))

    with pytest.raises((ServiceError, StateError)) as caught:
        desk.pump.run(odd())
    if isinstance(caught.value, ServiceError):
        assert isinstance(caught.value.result, ServiceErrorReason | DataAccessResult)


def test_the_pause_that_a_meter_needs_is_kept_before_each_request() -> None:
    desk = Desk(request_pause=0.03)
    client = desk.client()
    begun = desk.clock.now
    client.read(SERIAL)
    client.read(SERIAL)
    assert desk.clock.now - begun >= 0.06


def test_every_octet_is_traced() -> None:
    heard: list[TraceEvent] = []
    desk = Desk(trace=heard.append)
    desk.client().close()
    sent = [event.octets for event in heard if event.direction is Direction.SENT]
    assert sent == desk.transport.sent
    assert any(event.direction is Direction.RECEIVED for event in heard)


def test_the_frames_of_what_moved_are_counted() -> None:
    heard: list[TraceEvent] = []
    desk = Desk(trace=heard.append)
    client = desk.client()
    desk.transport.sent.clear()
    heard.clear()
    assert client.read_many([SERIAL, VOLTAGE])
    for direction in (Direction.SENT, Direction.RECEIVED):
        events = [event for event in heard if event.direction is direction]
        frames, noise = Resync().flush(b"".join(event.octets for event in events))
        counts = [event.details["frames"] for event in events]
        assert sum(count for count in counts if isinstance(count, int)) == len(frames) > 0
        assert not noise


def test_a_discarded_frame_is_traced_with_its_reason() -> None:
    heard: list[TraceEvent] = []
    desk = Desk(trace=heard.append, faults=FaultPlan(seed=1, noise=1.0))
    desk.client()
    assert any(event.note.startswith("discarded: ") for event in heard)


def test_no_release_is_sent_to_a_meter_that_knows_none() -> None:
    polite, short = Desk(), Desk(quirks=Quirks(no_release=True))
    polite.client().close()
    short.client().close()
    assert len(polite.transport.sent) == len(short.transport.sent) + 1


class Adjustable(DeskTransport):
    """A wire whose speed changes; ``said`` is what went out at which speed."""

    def __init__(self, desk: Desk, mode_e: ModeESettings) -> None:
        meter = single_phase(days=1)
        super().__init__(meter, "hdlc", desk.clock)
        self.server = MeterServer(meter, server_session(meter, "hdlc", 1, mode_e), lambda: NOW)
        self.baud = 0
        self.said: list[tuple[int, bytes]] = []

    def set_line(self, baud: int, form: str) -> None:
        assert form in {"7E1", "8N1"}
        self.baud = baud

    def send(self, octets: bytes) -> None:
        self.said.append((self.baud, octets))
        if self.baud == self.server.baud:
            super().send(octets)

    def receive(self, timeout: float) -> bytes:
        due = self.server.session.next_deadline()
        if due is not None and due <= self.now + timeout:
            self.clock.now = max(self.now, due)
            self.server.deadline_passed(self.now)
            self.wire.send(self.server.session.data_to_send(), self.now)
            return self.wire.receive(self.now)
        return super().receive(timeout)


def signing_on(url: str, timeout: float = 2.0) -> tuple[Pump, Adjustable]:
    desk = Desk(timeout=timeout)
    options = Options(client=1, server=1, quirks=Quirks(), max_info=128, window=1, timeout=timeout)
    transport = Adjustable(desk, ModeESettings())
    session = make_session(Endpoint.parse(url), options)
    return Pump(transport, session, timeout=timeout, clock=desk.clock), transport


def test_s01_the_speed_changes_before_anything_is_said_at_the_new_one() -> None:
    pump, transport = signing_on("serial:///dev/ttyUSB0?mode=e")
    pump.open()
    assert [(baud, octets[:2]) for baud, octets in transport.said] == [
        (300, b"/?"),
        (300, b"\x062"),
        (9600, b"\x7e\xa0"),
    ]


def test_s04_a_sign_on_may_take_longer_than_the_patience_for_an_exchange() -> None:
    # Waking alone takes 3.8 s at 300 baud.
    pump, transport = signing_on("serial:///dev/ttyUSB0?mode=e&wake_up=yes", timeout=1.0)
    pump.open()
    assert transport.now > 4.0


def test_s04_and_yet_a_sign_on_that_nobody_answers_ends() -> None:
    pump, transport = signing_on("serial:///dev/ttyUSB0?mode=e", timeout=1.0)
    transport.is_silent = True
    transport.server.session.close(0.0)
    with pytest.raises(DeadlineExceeded, match="sign-on"):
        pump.open()
    assert transport.now == pytest.approx(2 * (5 / 30 + 2.0) + 5.0)
    assert not transport.is_open


def test_a_wire_whose_speed_cannot_change_is_no_wire_for_mode_e() -> None:
    desk = Desk()
    options = Options(client=1, server=1, quirks=Quirks(), max_info=128, window=1, timeout=2.0)
    session = make_session(Endpoint.parse("serial:///dev/ttyUSB0?mode=e"), options)
    pump = Pump(desk.transport, session, timeout=2.0, clock=desk.clock)
    with pytest.raises(ConfigurationError, match="cannot be changed"):
        pump.open()


def test_a_speed_that_cannot_be_set_ends_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    pump, transport = signing_on("serial:///dev/ttyUSB0?mode=e")

    def fail(_baud: int, _form: str) -> None:
        raise TransportError("no such speed")

    monkeypatch.setattr(transport, "set_line", fail)
    with pytest.raises(TransportError, match="no such speed"):
        pump.open()
    assert not transport.is_open


def test_pumps_of_one_wire_talk_one_at_a_time() -> None:
    lock = threading.RLock()
    desk = Desk(lock=lock)
    desk.client()
    reading = threading.Thread(target=desk.pump.run, args=(read_attribute(SERIAL_NUMBER),))
    with lock:
        reading.start()
        reading.join(0.1)
        assert reading.is_alive()
    reading.join(30.0)
    assert not reading.is_alive()
