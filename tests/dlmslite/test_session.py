"""A link and an association together, both roles, on friendly and hostile wires."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import wires
from rig.pair import Pair
from rig.talk import ENERGY, VALUE, Meter, aarq, answer, get, get_list
from rig.wires import Wire
from strategies.apdus import apdus

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import GetRequestNormal, GetResponseNormal, GetResponseWithList
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.association import Association
from dlmslite.association.events import (
    Answered,
    AssociationEnded,
    AssociationOpened,
    BlockReceived,
    Ignored,
    Notified,
    Requested,
)
from dlmslite.association.state import AssociationState
from dlmslite.errors import (
    DeadlineExceeded,
    DlmsError,
    LinkError,
    ProtocolError,
    ServiceError,
    StateError,
)
from dlmslite.link.base import Discarded, Link, LinkClosed, LinkFailed, LinkOpened, SpeedWanted
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import UI
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.wrapper import Wpdu, WrapperLink, WrapperSettings
from dlmslite.role import Role
from dlmslite.session import Session, failure_of
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

LinkMaker = Callable[[Role], Link]


def wrapper(role: Role) -> Link:
    return WrapperLink(role, WrapperSettings(client_port=16, server_port=1))


def hdlc(role: Role) -> Link:
    return HdlcLink(role, HdlcSettings(client_address=16, server_address=1))


def hdlc_small(role: Role) -> Link:
    settings = HdlcSettings(max_info_transmit=60, max_info_receive=60, window_receive=1, retries=10)
    return HdlcLink(role, settings)


def value_of(reference: AttributeReference) -> Data:
    """Tells which question it answers; every third is long."""
    name = reference.obis.octets
    if name[2] % 3 == 0:
        return Data.of(DataType.OCTET_STRING, name * 50)
    return Data.of(DataType.DOUBLE_LONG_UNSIGNED, 1_000_000 + name[2] * 0x10001)


class Owner:
    """Who has a wire to a meter and two sessions; waits so long, and connects anew where it must.

    Args:
        ports: The client's and the server's.
        lines: Makes the wires of each connection.
    """

    PATIENCE = 60.0  # s for one answer

    def __init__(self, ports: tuple[int, int], lines: Callable[[], tuple[Wire, Wire]]) -> None:
        settings = WrapperSettings(client_port=ports[0], server_port=ports[1])
        self.lines = lines
        self._client, self._server = (
            Session(WrapperLink(role, settings), Association(role)) for role in Role
        )
        self._pair = Pair(self._client, self._server)
        self._is_connected = False

    def tries(self, reference: AttributeReference) -> Data | DlmsError:
        """The value, or why there is none."""
        try:
            if not self._is_connected:
                self._connect()
            answered = self._ask(get(reference), Answered)
        except DlmsError as error:
            if not isinstance(error, DeadlineExceeded):
                self.leaves()
            return error
        result = answered.answer.result
        # A block that is asked for twice by the line is refused.
        return result if isinstance(result, Data) else ServiceError(repr(result), result=result)

    def leaves(self) -> None:
        """The connection is over, on both sides."""
        now = self._pair.now
        self._is_connected = False
        for side in (self._client, self._server):
            side.close(now)
            side.events()

    def _connect(self) -> None:
        now = self._pair.now
        self._pair = Pair(self._client, self._server, self.lines(), self._serve)
        self._pair.now = now
        self._server.open(now)
        self._client.open(now)
        self._is_connected = True
        try:
            self._ask(aarq(max_pdu=100), AssociationOpened)
        except DeadlineExceeded as error:
            raise LinkError("no-answer", "nobody is there") from error

    def _ask(self, request: Apdu, wanted: type) -> Any:
        pair, events = self._pair, self._pair.client_events
        seen, until = len(events), self._pair.now + self.PATIENCE
        self._client.send(request, pair.now)

        def news() -> list[Any]:
            return [e for e in events[seen:] if isinstance(e, wanted) or failure_of(e)]

        if not pair.run(lambda: bool(news()), self.PATIENCE):
            pair.advance(until - pair.now)
            self._client.cancel(pair.now)
            raise DeadlineExceeded("no answer")
        event = news()[0]
        failure = failure_of(event)
        if failure is not None:
            raise failure.error
        if isinstance(event, Answered) and isinstance(event.answer, ExceptionResponse):
            raise ProtocolError("refused")
        return event

    def _serve(self, event: Any, now: float) -> None:
        if isinstance(event, Requested):
            self._server.send(answer(event.apdu, value_of), now)


LINKS = pytest.mark.parametrize("link", [wrapper, hdlc, hdlc_small])


class Conversation:
    """A client's session and a server's that answers, over two wires."""

    def __init__(
        self,
        link: LinkMaker,
        meter: Meter = lambda _: VALUE,
        lines: tuple[Wire, Wire] | None = None,
    ) -> None:
        self.client = Session(link(Role.CLIENT), Association(Role.CLIENT))
        self.server = Session(link(Role.SERVER), Association(Role.SERVER))
        self._meter = meter
        self.pair = Pair(self.client, self.server, lines, self._serve)
        self.server.open(0.0)

    def _serve(self, event: Any, now: float) -> None:
        if isinstance(event, Requested):
            self.server.send(answer(event.apdu, self._meter), now)

    def open(self, max_pdu: int = 0xFFFF) -> None:
        """Set the link up and associate."""
        self.client.open(self.pair.now)
        self.waits_for(LinkOpened)
        self.client.send(aarq(max_pdu), self.pair.now)
        self.waits_for(Answered)

    def read(self, request: Apdu | None = None) -> Apdu:
        """Ask, and wait for the answer."""
        self.client.send(request or get(), self.pair.now)
        answered = self.waits_for(Answered)
        assert isinstance(answered, Answered)
        return answered.answer

    def waits_for(self, kind: type) -> Any:
        """The next event of a kind."""
        events = self.pair.client_events
        before = sum(isinstance(event, kind) for event in events)
        found = self.pair.run(lambda: sum(isinstance(e, kind) for e in events) > before)
        assert found, events[-3:]
        return [event for event in events if isinstance(event, kind)][-1]


@LINKS
def test_a_session_opens_serves_and_ends(link: LinkMaker) -> None:
    conversation = Conversation(link)
    conversation.open()

    answered = conversation.read()
    assert isinstance(answered, GetResponseNormal)
    assert answered.result == VALUE

    assert conversation.read(Rlrq()) == Rlre()
    conversation.client.close(conversation.pair.now)
    conversation.waits_for(LinkClosed)
    kinds = [type(event) for event in conversation.pair.client_events]
    assert kinds == [
        LinkOpened,
        AssociationOpened,
        Answered,
        Answered,
        AssociationEnded,
        Answered,
        LinkClosed,
    ]


@LINKS
def test_p16_a_session_may_end_without_a_release(link: LinkMaker) -> None:
    conversation = Conversation(link)
    conversation.open()

    conversation.client.close(conversation.pair.now)
    conversation.waits_for(LinkClosed)

    ended, closed = conversation.pair.client_events[-2:]
    assert ended == AssociationEnded("link-lost")
    assert closed.by_peer is False
    assert conversation.client.association.state is AssociationState.IDLE


@LINKS
def test_x01_six_hundred_requests_on_one_session(link: LinkMaker) -> None:
    # The old bridge counted the whole octet up to 255 and died at the 126th request, octet 7E.
    numbers = iter(range(0x7E00, 0x7E00 + 600))
    conversation = Conversation(
        link, lambda _: Data.of(DataType.DOUBLE_LONG_UNSIGNED, next(numbers))
    )
    conversation.open()

    for expected in range(0x7E00, 0x7E00 + 600):
        answered = conversation.read()
        assert isinstance(answered, GetResponseNormal)
        assert isinstance(answered.result, Data)
        assert answered.result.plain == expected
        assert answered.invoke_id.octet >= 0xC0

    used = {
        event.request.invoke_id.number
        for event in conversation.pair.client_events
        if isinstance(event, Answered) and isinstance(event.request, GetRequestNormal)
    }
    assert used == set(range(16))
    assert not any(isinstance(e, Discarded | Ignored) for e in conversation.pair.client_events)


@LINKS
@pytest.mark.parametrize("octet", range(0, 256, 5))
def test_x01_every_invoke_id_octet_crosses_every_link(link: LinkMaker, octet: int) -> None:
    conversation = Conversation(link)
    conversation.open()
    request = GetRequestNormal(InvokeId(octet), ENERGY)

    conversation.read(request)

    asked = conversation.pair.server_events[-1]
    assert isinstance(asked, Requested)
    assert isinstance(asked.apdu, GetRequestNormal)
    assert asked.apdu.invoke_id.octet & 0xF0 == octet & 0xF0


@LINKS
def test_d27_blocks_and_segments_at_once(link: LinkMaker) -> None:
    value = Data.of(DataType.OCTET_STRING, bytes(range(256)) * 8)
    conversation = Conversation(link, lambda _: value)
    conversation.open(max_pdu=300)

    answered = conversation.read()

    assert isinstance(answered, GetResponseNormal)
    assert answered.result == value


@LINKS
def test_x05_a_list_in_blocks(link: LinkMaker) -> None:
    conversation = Conversation(link)
    conversation.open(max_pdu=30)

    answered = conversation.read(get_list(*[ENERGY] * 20))

    assert isinstance(answered, GetResponseWithList)
    assert answered.results == (VALUE,) * 20


@LINKS
def test_a_streamed_read_waits_for_its_owner(link: LinkMaker) -> None:
    value = Data.of(DataType.OCTET_STRING, bytes(500))
    conversation = Conversation(link, lambda _: value)
    conversation.open(max_pdu=100)
    client, pair = conversation.client, conversation.pair

    client.send(get(), pair.now, streamed=True)
    octets = b""
    while True:
        block = conversation.waits_for(BlockReceived)
        octets += block.octets
        if block.last:
            break
        pair.advance(60.0)  # the owner takes its time; nothing comes unasked
        client.proceed(pair.now)

    assert octets == value.octets
    assert sum(isinstance(event, BlockReceived) for event in pair.client_events) == 6


@LINKS
def test_a_cancelled_read_makes_room_for_the_next(link: LinkMaker) -> None:
    values = iter([Data.of(DataType.OCTET_STRING, bytes(500)), VALUE])
    conversation = Conversation(link, lambda _: next(values))
    conversation.open(max_pdu=100)
    conversation.client.send(get(), conversation.pair.now, streamed=True)
    conversation.waits_for(BlockReceived)

    conversation.client.cancel(conversation.pair.now)
    answered = conversation.read()

    assert isinstance(answered, GetResponseNormal)
    assert answered.result == VALUE


GENTLY = {"noisy": 0.05, "lossy": 0.05, "holed": 0.1}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", wires.LINES)
def test_h10_i07_reads_survive_every_line(name: str, seed: int) -> None:
    make = wires.LINES[name]
    lines = partial(make, harm=GENTLY[name])(seed) if name in GENTLY else make(seed)
    numbers = iter(range(1000))
    conversation = Conversation(
        hdlc_small, lambda _: Data.of(DataType.DOUBLE_LONG_UNSIGNED, next(numbers)), lines
    )
    conversation.open()

    got = [conversation.read() for _ in range(10)]

    plain = [each.result.plain for each in got if isinstance(each, GetResponseNormal)]  # type: ignore[union-attr] - values
    # Each request was executed once and each answer belongs to its own request.
    assert plain == list(range(10))


def test_h08_its_own_echo_is_not_taken_for_an_answer() -> None:
    conversation = Conversation(hdlc, lines=wires.echoing())
    conversation.open()

    assert isinstance(conversation.read(), GetResponseNormal)


HARMLESS = {"clean", "slow", "echoing"}


@pytest.mark.parametrize("ports", [(16, 1), (1, 1)], ids=["16-1", "1-1"])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", wires.WRAPPER_LINES)
def test_w02_a_wrapper_tells_the_truth_or_nothing_on_every_line(
    name: str, seed: int, ports: tuple[int, int]
) -> None:
    # It has no check sequence and repeats nothing: what is lost is missed at a deadline.
    number = itertools.count(seed)
    owner = Owner(ports, lambda: wires.WRAPPER_LINES[name](next(number)))
    wanted = [AttributeReference(3, Obis.parse(f"1.0.{n}.8.0.255"), 2) for n in range(1, 22)]

    told = [owner.tries(reference) for reference in wanted]

    values = [(t, value_of(w)) for t, w in zip(told, wanted, strict=True) if isinstance(t, Data)]
    assert [value for value, _ in values] == [value for _, value in values]
    assert 0 < len(values) < len(wanted) or (name in HARMLESS and len(values) == len(wanted)), told
    # On the next line all is well again, whatever both sides went through.
    owner.leaves()
    owner.lines = wires.clean
    assert [owner.tries(reference) for reference in wanted] == list(map(value_of, wanted))


def test_w05_what_a_converter_says_between_two_answers_is_no_answer() -> None:
    conversation = Conversation(wrapper)
    conversation.open()

    conversation.client.receive(b"No TCP client connected, cannot send data\r\n", 0.0)

    assert isinstance(conversation.read(), GetResponseNormal)


def test_i11_i13_a_push_in_segments_between_two_answers_is_one_notification() -> None:
    conversation = Conversation(hdlc_small)
    conversation.open()
    push = bytes.fromhex("0f00000001000209") + b"\x78" + bytes(120)
    link = conversation.server._link
    assert isinstance(link, HdlcLink)

    conversation.client.send(get(), conversation.pair.now)
    link.notify(push)
    conversation.waits_for(Answered)
    conversation.read()

    notified = [e for e in conversation.pair.client_events if isinstance(e, Notified)]
    assert notified == [Notified(push)]


def test_a_dead_wire_ends_link_and_association() -> None:
    lost = Conversation(hdlc, lines=wires.cut(after=400))
    lost.open()
    client, events = lost.client, lost.pair.client_events

    while client.association.is_open:
        client.send(get(), lost.pair.now)
        heard = len(events)
        assert lost.pair.run(lambda: len(events) > heard)  # noqa: B023 - called at once

    ended, failed = events[-2:]
    assert ended == AssociationEnded("link-lost")
    assert isinstance(failed, LinkFailed)
    assert isinstance(failed.error, DeadlineExceeded | LinkError)
    with pytest.raises(StateError):
        client.send(get(), lost.pair.now)


def test_l08_a_new_link_is_a_new_association() -> None:
    conversation = Conversation(hdlc)
    conversation.open()

    # The client died without a word; another one comes on the same wire.
    conversation.pair.client = conversation.client = Session(
        hdlc(Role.CLIENT), Association(Role.CLIENT)
    )
    conversation.open()

    assert isinstance(conversation.read(), GetResponseNormal)


def test_a_server_knows_who_asked() -> None:
    conversation = Conversation(wrapper)
    assert conversation.server.peer == 0

    conversation.open()

    assert conversation.server.peer == 16
    assert conversation.client.peer == 1


def test_p18_another_client_on_the_same_wire_has_no_share_in_the_association() -> None:
    conversation = Conversation(wrapper)
    conversation.open()
    server = conversation.server

    server.receive(Wpdu(17, 1, get().encode()).encode(), 0.0)

    assert server.events()[0] == AssociationEnded("another-client")
    assert server.association.state is AssociationState.IDLE
    assert server.data_to_send()[8:9] == b"\xd8"  # an exception response


def test_nothing_is_sent_before_the_link_is_open() -> None:
    session = Session(wrapper(Role.CLIENT), Association(Role.CLIENT))

    with pytest.raises(StateError):
        session.send(aarq(), 0.0)


def test_a_push_that_a_link_tells_apart_is_handed_over() -> None:
    conversation = Conversation(wrapper)
    conversation.open()
    push = bytes.fromhex("0f00000001000203")

    conversation.client.receive(Wpdu(1, 16, push).encode(), 0.0)

    assert conversation.client.events() == [Notified(push)]


def test_i11_a_ui_frame_between_i_frames_is_a_push_and_never_the_answer() -> None:
    conversation = Conversation(hdlc)
    conversation.open()
    client, pair = conversation.client, conversation.pair
    push = bytes.fromhex("0f00000001000203")
    body = b"\xe6\xe7\x00" + push
    client.send(get(), pair.now)

    client.receive(UI(Address(16), Address(1), False, body).encode(), pair.now)

    assert client.events() == [Notified(push)]
    assert isinstance(conversation.waits_for(Answered).answer, GetResponseNormal)


def test_what_was_answered_before_the_link_ended_is_told_first() -> None:
    session = Session(wrapper(Role.SERVER), Association(Role.SERVER))
    session.open(0.0)
    session.receive(Wpdu(16, 1, aarq().encode()).encode(), 0.0)

    session.close(0.0)

    assert [type(event) for event in session.events()] == [
        LinkOpened,
        Requested,
        AssociationEnded,
        LinkClosed,
    ]
    assert session.association.state is AssociationState.IDLE
    assert session.data_to_send() == b""


@given(
    received=st.lists(
        st.binary(max_size=40)
        | apdus().map(lambda apdu: Wpdu(1, 16, apdu.encode()).encode())
        | st.just(Wpdu(1, 16, b"").encode()),
        max_size=6,
    ),
    seed=st.integers(0, 9),
)
def test_h11_octets_in_any_pieces_give_the_same_events(received: list[bytes], seed: int) -> None:
    stream = b"".join(received)
    whole, split = (Session(wrapper(Role.CLIENT), Association(Role.CLIENT)) for _ in range(2))
    for session in (whole, split):
        session.open(0.0)
        session.send(aarq(), 0.0)
    step = seed + 1

    whole.receive(stream, 0.0)
    for start in range(0, len(stream), step):
        split.receive(stream[start : start + step], 0.0)

    def heard(session: Session) -> list[Any]:
        return [event for event in session.events() if not isinstance(event, Discarded)]

    first, second = heard(whole), heard(split)
    assert [type(event) for event in first] == [type(event) for event in second]


def test_a_change_of_speed_is_handed_on_and_ends_no_association() -> None:
    class Changing(WrapperLink):
        def close(self, now: float) -> None:
            self._events.append(SpeedWanted(9600, "8N1"))

    side = Session(Changing(Role.CLIENT, WrapperSettings()), Association(Role.CLIENT))
    side.open(0.0)
    side.send(aarq(), 0.0)
    side.events()
    side.close(0.0)
    assert side.events() == [SpeedWanted(9600, "8N1")]
    assert side.association.state is AssociationState.REQUESTED
