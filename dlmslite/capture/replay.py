"""A capture as a meter: what was asked is answered as it was recorded.

The tape holds requests and their answers, APDU by APDU; a link in the server role carries them, so
a client may choose other frames, windows and invoke-ids than the recorded one. A request is looked
for from where the tape stands, then from its beginning; one that was never recorded is refused in
the words of DLMS. Any association is accepted as the recorded one was, since passwords may have
been struck out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from attrs import evolve, field

from dlmslite.capture.base import Capture, connection_of
from dlmslite.capture.conversation import Listener, Spoken, spoken
from dlmslite.errors import DecodeError
from dlmslite.link.base import ApduReceived, Link
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import SNRM, UA, Frame
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.parameters import MAX_INFO_DEFAULT, WINDOW_DEFAULT
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.wrapper import Wpdu, WrapperLink, WrapperSettings
from dlmslite.records import define, frozen
from dlmslite.role import Role
from dlmslite.trace import Direction

GET_REQUEST, SET_REQUEST, ACTION_REQUEST = 0xC0, 0xC1, 0xC3
_NUMBERED = {GET_REQUEST, SET_REQUEST, ACTION_REQUEST}  # their third octet is the invoke-id
_ANSWERS = {GET_REQUEST: 0xC4, SET_REQUEST: 0xC5, ACTION_REQUEST: 0xC7}
_ASSOCIATE, _RELEASE = 0x60, 0x62
_INVOKE_ID = 2  # its place
_OTHER_REASON = 250  # data-access-result and action-result
# exception-response: service not allowed, other reason (Green Book 9.5)
_EXCEPTION = bytes([0xD8, 1, 3])


@frozen
class Exchange:
    """One request and what was answered.

    Attributes:
        request: The APDU of the client.
        answer: The APDU of the meter; empty when none was recorded.
        seconds: How long the meter took.
    """

    request: bytes
    answer: bytes
    seconds: float


@define
class Tape:
    """All exchanges of a capture, and how far they have been played.

    Attributes:
        exchanges: In the order in which they were recorded.
        settings: The link as the meter had it.
        missed: How many requests were not found.
    """

    exchanges: tuple[Exchange, ...]
    settings: HdlcSettings | WrapperSettings
    missed: int = 0
    _place: int = field(default=0, init=False)
    _found: dict[bytes, list[int]] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._found = {}
        for number, exchange in enumerate(self.exchanges):
            self._found.setdefault(_key(exchange.request), []).append(number)

    @classmethod
    def of(cls, capture: Capture) -> Self:
        """The tape of a capture.

        Raises:
            DecodeError: ``no-conversation``: no request and answer are in it.
        """
        exchanges = tuple(_exchanges(spoken(capture)))
        if not exchanges:
            raise DecodeError("no-conversation", "the capture holds no request that was answered")
        return cls(exchanges, _settings(capture))

    @property
    def framing(self) -> str:
        """``hdlc`` or ``wrapper``."""
        return "hdlc" if isinstance(self.settings, HdlcSettings) else "wrapper"

    @property
    def server(self) -> str:
        """The meter's address, as the option ``--server`` takes it."""
        if isinstance(self.settings, WrapperSettings):
            return str(self.settings.server_port)
        address = self.settings.server
        return f"{address.upper},{address.lower}" if address.lower else str(address.upper)

    def link(self) -> Link:
        """A new link as the meter had it, not yet open."""
        if isinstance(self.settings, HdlcSettings):
            return HdlcLink(Role.SERVER, self.settings)
        return WrapperLink(Role.SERVER, self.settings)

    def play(self, request: bytes) -> Exchange:
        """The next recorded exchange of a request, with the request's own invoke-id."""
        numbers = self._found.get(_key(request))
        if numbers is None:
            self.missed += 1
            return Exchange(request, _refusal(request), 0.0)
        number = next((number for number in numbers if number >= self._place), numbers[0])
        self._place = number + 1
        exchange = self.exchanges[number]
        return evolve(exchange, answer=_with_invoke_id(exchange.answer, request))


class ReplayedMeter:
    """One conversation with one client, answered from a tape.

    Args:
        tape: What is answered; clients that come one after the other share its place.
        timing: Whether answers take as long as they took.
    """

    def __init__(self, tape: Tape, *, timing: bool = False) -> None:
        self._tape = tape
        self._timing = timing
        self._link = tape.link()
        self._due: list[tuple[float, bytes]] = []

    def open(self, now: float) -> None:
        """Listen for the client."""
        self._link.open(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets of the client and prepare the answer."""
        self._link.receive(octets, now)
        for event in self._link.events():
            if isinstance(event, ApduReceived):
                exchange = self._tape.play(event.octets)
                if exchange.answer:
                    self._due.append(
                        (now + (exchange.seconds if self._timing else 0.0), exchange.answer)
                    )
        self._answer(now)

    def data_to_send(self) -> bytes:
        """Octets for the client since the last call."""
        return self._link.data_to_send()

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""
        moments = [moment for moment, _ in self._due]
        deadline = self._link.next_deadline()
        return min(moments if deadline is None else [*moments, deadline], default=None)

    def deadline_passed(self, now: float) -> None:
        """Give the answers that are due."""
        self._link.deadline_passed(now)
        self._link.events()
        self._answer(now)

    def _answer(self, now: float) -> None:
        due = [answer for moment, answer in self._due if moment <= now]
        self._due = [entry for entry in self._due if entry[0] > now]
        for answer in due:
            self._link.send(answer, now)


def _exchanges(said: Iterable[Spoken]) -> Iterable[Exchange]:
    """Each request with the first answer behind it; a request sent anew is asked once."""
    waiting: dict[int, Spoken] = {}
    for one in said:
        if one.is_push:
            continue
        if one.direction is Direction.SENT:
            waiting[one.connection] = one
            continue
        request = waiting.pop(one.connection, None)
        if request is not None:
            yield Exchange(request.octets, one.octets, max(one.at - request.at, 0.0))


def _key(request: bytes) -> bytes:
    """What makes two requests the same: all but the invoke-id; an association is an association."""
    tag = request[0] if request else 0
    if tag in {_ASSOCIATE, _RELEASE}:
        return request[:1]
    if tag in _NUMBERED:
        return request[:_INVOKE_ID] + request[_INVOKE_ID + 1 :]
    return request


def _with_invoke_id(answer: bytes, request: bytes) -> bytes:
    if request[0] in _NUMBERED and answer[:1] == bytes([_ANSWERS[request[0]]]):
        return answer[:_INVOKE_ID] + request[_INVOKE_ID : _INVOKE_ID + 1] + answer[_INVOKE_ID + 1 :]
    return answer


def _refusal(request: bytes) -> bytes:
    """What is answered to a request that was never recorded."""
    if request[:1] == bytes([GET_REQUEST]) and request[1:2] == b"\x01" and len(request) > 2:
        return bytes([0xC4, 1, request[_INVOKE_ID], 1, _OTHER_REASON])
    return _EXCEPTION


def _settings(capture: Capture) -> HdlcSettings | WrapperSettings:
    """How the meter's link was set: its address, and what it agreed to."""
    framing = capture.header.framing
    listener = Listener(framing)
    server: Address | None = None
    agreed: UA | None = None
    for event in capture.octets_on_the_wire():
        way = (connection_of(event), event.direction)
        for unit in listener.hear(*way, event.octets)[0]:
            content = unit.content
            if isinstance(content, Wpdu):
                if event.direction is Direction.SENT:
                    return WrapperSettings(server_port=content.destination)
                continue
            if event.direction is Direction.SENT:
                server = _server_of(content, server)
            elif isinstance(content, UA) and content.information:
                agreed = agreed or content
    if framing == "wrapper":
        return WrapperSettings()
    parameters = agreed.parameters if agreed is not None else None
    return HdlcSettings(
        server_address=server if server is not None else Address(1),
        max_info_transmit=(parameters and parameters.max_info_transmit) or MAX_INFO_DEFAULT,
        max_info_receive=(parameters and parameters.max_info_receive) or MAX_INFO_DEFAULT,
        window_transmit=(parameters and parameters.window_transmit) or WINDOW_DEFAULT,
        window_receive=(parameters and parameters.window_receive) or WINDOW_DEFAULT,
    )


def _server_of(frame: Frame, known: Address | None) -> Address:
    """The meter's address: that of the link set-up before that of any other frame."""
    return frame.destination if known is None or isinstance(frame, SNRM) else known
