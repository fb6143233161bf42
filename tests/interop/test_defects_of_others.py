"""What was found wrong at the link in other libraries is right here; one test for each."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from rig.desk import Desk
from rig.pair import Pair

import dlmslite
from dlmslite.errors import ConnectionClosed, FramingError
from dlmslite.link.base import ApduReceived, Discarded, LinkOpened, NotificationReceived
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import RR, SNRM, UA, UI, I, decode
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.pushes import Pushes
from dlmslite.link.hdlc.resync import Resync
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.wrapper import Wpdu, WrapperLink, WrapperSettings
from dlmslite.role import Role
from dlmslite.simulator.models.single_phase import PROFILE
from dlmslite.simulator.serve import serve
from dlmslite.transport.tcp import TcpTransport

C, S = Address(16), Address(1)
GOOD = RR(C, S, 1).encode()
RESPONSE = b"\xe6\xe7\x00"


def linked(ua: UA, **settings: object) -> HdlcLink:
    link = HdlcLink(Role.CLIENT, HdlcSettings(**settings))
    link.open(0.0)
    link.receive(ua.encode(), 0.0)
    link.data_to_send()
    return link


def opened(ua: UA) -> dict[str, int]:
    (event,) = linked(ua).events()
    assert isinstance(event, LinkOpened)
    return dict(event.parameters)


def test_g01_the_parameters_of_a_ua_bind_us() -> None:
    block = Parameters(max_info_receive=40)
    link = linked(UA(C, S, information=block.encode()))
    link.send(bytes(100), 0.0)
    (body,) = Resync().flush(link.data_to_send())[0]
    assert len(decode(b"\x7e" + body + b"\x7e").information) == 40


@pytest.mark.parametrize("before", ["00ff12", "7e7e", "7ea0077e"])
def test_g02_garbage_holds_no_frame_back(before: str) -> None:
    resync = Resync()
    found = resync.feed(bytes.fromhex(before) + UA(C, S).encode())[0] + resync.flush()[0]
    assert found == [UA(C, S).encode()[1:-1]]


def test_g03_a_physical_address_of_128_has_four_octets() -> None:
    assert Address(1, 128).octets == bytes.fromhex("00020201")


def test_g04_a_closed_socket_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = TcpTransport("127.0.0.1", listener.getsockname()[1])
        transport.open()
        listener.accept()[0].close()
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):
            transport.receive(30.0)
        assert time.monotonic() - began < 5.0
        transport.close()


@pytest.mark.parametrize("size", range(240, 262))
def test_g05_the_length_is_right_on_both_sides_of_256_octets(size: int) -> None:
    octets = I(C, S, 0, 0, information=bytes(size)).encode()
    assert int.from_bytes(octets[1:3]) & 0x7FF == len(octets) - 2
    assert len(decode(octets).information) == size


@pytest.mark.parametrize("window", range(1, 8))
def test_g06_every_receive_window_works(window: int) -> None:
    settings = HdlcSettings(max_info_receive=32, window_receive=window)
    link, meter = HdlcLink(Role.CLIENT, settings), HdlcLink(Role.SERVER, HdlcSettings())

    def serve_twice(event: object, now: float) -> None:
        if isinstance(event, ApduReceived):
            meter.send(event.octets * 2, now)

    pair = Pair(link, meter, serve=serve_twice)
    meter.open(0.0)
    link.open(0.0)
    pair.settle()
    link.send(bytes(300), pair.now)
    pair.settle()
    assert pair.client_events[-1] == ApduReceived(bytes(600), 1, 16)


def test_g07_a_false_length_costs_no_good_frame() -> None:
    resync = Resync()
    assert resync.feed(b"\x7e\xa7\xff" + GOOD * 90)[0] == [GOOD[1:-1]] * 90


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_g08_a_lost_segment_costs_its_own_push_only(lost: int) -> None:
    link = linked(UA(C, S))
    parts = [RESPONSE + b"\x0fone", b"two", b"three"]
    for number, part in enumerate(parts):
        if number != lost:
            link.receive(UI(C, S, False, part, segmented=number < 2).encode(), 0.0)
    link.receive(UI(C, S, False, RESPONSE + b"\x0fnext").encode(), 0.0)
    assert link.events()[-1] == NotificationReceived(b"\x0fnext", 1, 16)


def test_g09_an_endless_push_fills_no_memory() -> None:
    pushes = Pushes(1000)
    for _ in range(500):
        pushes.take(UI(C, S, False, bytes(100), segmented=True))
        assert pushes._joiner._size <= 1000


def test_g10_garbage_in_a_wrapper_stream_is_over_with_the_next_apdu() -> None:
    link = WrapperLink(Role.CLIENT, WrapperSettings())
    link.open(0.0)
    link.receive(b"\xff" + Wpdu(1, 16, b"\x0f1").encode(), 0.0)
    link.receive(Wpdu(1, 16, b"\x0f2").encode(), 0.0)
    _, discarded, *received = link.events()
    assert discarded == Discarded(b"\xff", "noise")
    assert received == [ApduReceived(b"\x0f1", 1, 16), ApduReceived(b"\x0f2", 1, 16)]


def test_g11_a_ua_with_2047_is_taken() -> None:
    block = Parameters(max_info_transmit=2047, max_info_receive=2047)
    told = opened(UA(C, S, information=block.encode()))
    assert (told["max_info_transmit"], told["max_info_receive"]) == (2030, 2030)


def test_g12_one_client_in_three_threads() -> None:
    with serve(Desk().transport.server.meter) as meter:
        auth = dlmslite.Lls(b"22222222")
        with dlmslite.connect(meter.url, client=1, auth=auth) as client:
            values: list[object] = []

            def read() -> None:
                values.extend(client.read("0.0.96.1.0.255") for _ in range(40))

            threads = [threading.Thread(target=read) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert values == [b"SIM00000001"] * 120


def test_g13_a_ui_frame_has_its_control_octet() -> None:
    assert UI(C, S, pf=False).encode()[5] == 0x03
    assert UI(C, S, pf=True).encode()[5] == 0x13


def test_g14_a_ua_without_parameters_means_the_defaults() -> None:
    assert set(opened(UA(C, S)).values()) == {128, 1}
    assert SNRM(S, C).parameters == Parameters()


def test_g15_an_answer_of_many_frames_is_read() -> None:
    client = Desk().client()
    assert client.info.link["max_info_receive"] == 128
    assert len(client.get(PROFILE, class_id=7)) == 192


def test_g16_the_number_of_a_frame_is_looked_at() -> None:
    link = linked(UA(C, S))
    link.send(b"\xc0", 0.0)
    link.receive(I(C, S, 3, 1, information=RESPONSE + b"\xc4").encode(), 0.0)
    assert not any(isinstance(event, ApduReceived) for event in link.events())
    with pytest.raises(FramingError):
        decode(GOOD[:-3] + b"\x00\x00\x7e")
