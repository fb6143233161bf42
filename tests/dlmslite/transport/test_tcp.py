from __future__ import annotations

import os
import resource
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from rig.ports import free_port
from rig.required import missing

from dlmslite.errors import ConnectionClosed, DeadlineExceeded, StateError, TransportError
from dlmslite.transport.tcp import TcpTransport


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def line(listener: socket.socket) -> Iterator[tuple[TcpTransport, socket.socket]]:
    transport = TcpTransport("127.0.0.1", listener.getsockname()[1], timeout=5.0)
    transport.open()
    peer, _ = listener.accept()
    with peer:
        yield transport, peer
        peer.close()
        transport.close()


def test_octets_go_both_ways(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, peer = line
    transport.send(b"ask")
    assert peer.recv(100) == b"ask"
    peer.sendall(b"answer")
    assert transport.receive(5.0) == b"answer"
    assert transport.receive(0.0) == b""


def test_options_of_the_connection(line: tuple[TcpTransport, socket.socket]) -> None:
    connection = line[0]._socket
    assert connection is not None
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_nothing_in_time_is_emptiness(line: tuple[TcpTransport, socket.socket]) -> None:
    began = time.monotonic()
    assert line[0].receive(0.05) == b""
    assert time.monotonic() - began >= 0.05


def test_w03_a_closed_socket_is_an_error_at_once(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, peer = line
    peer.sendall(b"\x7e\xa0last")
    peer.close()
    assert transport.receive(5.0) == b"\x7e\xa0last"
    began = time.monotonic()
    with pytest.raises(ConnectionClosed) as caught:
        transport.receive(60.0)
    assert time.monotonic() - began < 5.0
    assert caught.value.banner == b""


def test_v34_of_the_old_bridge_is_a_banner(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, peer = line
    peer.sendall(bytes.fromhex("506f727420616c726561647920696e207573650d0a"))
    peer.close()
    assert transport.receive(5.0) == b"Port already in use\r\n"
    with pytest.raises(ConnectionClosed, match="Port already in use") as caught:
        transport.receive(5.0)
    assert caught.value.banner == b"Port already in use\r\n"


def test_a_long_text_is_no_banner(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, peer = line
    peer.sendall(b"x" * 300)
    peer.close()
    assert transport.receive(5.0) == b"x" * 300
    with pytest.raises(ConnectionClosed) as caught:
        transport.receive(5.0)
    assert caught.value.banner == b""


def test_a_reset_connection_is_closed(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, peer = line
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()
    with pytest.raises(ConnectionClosed, match="reset"):
        transport.receive(5.0)
    with pytest.raises(ConnectionClosed):
        transport.send(b"into the void")


def test_w03_our_side_is_closed_alone_before_the_rest(
    line: tuple[TcpTransport, socket.socket],
) -> None:
    transport, peer = line
    transport.send(b"last words")
    seen: list[bytes] = []

    def serve() -> None:
        while octets := peer.recv(100):
            seen.append(octets)
        peer.sendall(b"good bye")  # would fail, or reset what we sent, without the half-close
        peer.close()

    thread = threading.Thread(target=serve)
    thread.start()
    transport.close()
    thread.join()
    assert b"".join(seen) == b"last words"
    transport.close()
    with pytest.raises(StateError):
        transport.receive(0.0)
    with pytest.raises(StateError):
        transport.send(b"?")


def test_a_peer_that_never_closes_delays_close_for_a_moment_only(
    line: tuple[TcpTransport, socket.socket],
) -> None:
    began = time.monotonic()
    line[0].close()
    assert time.monotonic() - began < 10.0


def test_an_interrupt_wakes_who_waits(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, _ = line
    thread = threading.Timer(0.05, transport.interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TransportError, match="interrupted"):
        transport.receive(30.0)
    assert time.monotonic() - began < 10.0
    thread.join()
    with pytest.raises(TransportError, match="interrupted"):
        transport.send(b"too late")


def test_an_interrupt_before_waiting_counts(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, _ = line
    for _ in range(10):
        transport.interrupt()
    with pytest.raises(TransportError, match="interrupted"):
        transport.receive(30.0)


def test_an_interrupt_ends_a_connect_that_waits() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(8):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
            waiting.append(caller)
        time.sleep(0.05)
        transport = TcpTransport(*full.getsockname(), timeout=30.0)
        thread = threading.Timer(0.1, transport.interrupt)
        thread.start()
        began = time.monotonic()
        with pytest.raises(TransportError, match="interrupted"):
            transport.open()
        assert time.monotonic() - began < 10.0
        thread.join()
        for caller in waiting:
            caller.close()


def test_nobody_to_wake_is_no_error() -> None:
    TcpTransport("127.0.0.1", 1).interrupt()


def test_a_refused_connection_says_so() -> None:
    port = free_port()
    transport = TcpTransport("127.0.0.1", port, timeout=5.0)
    with pytest.raises(TransportError, match=f":{port}: connection refused"):
        transport.open()
    transport.close()


def test_an_unknown_host_says_so() -> None:
    with pytest.raises(TransportError, match="no-such-host"):
        TcpTransport("no-such-host.invalid", 1, timeout=5.0).open()


def test_a_connection_that_nobody_answers_ends_at_its_deadline() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        # The queue of a listener that accepts nobody fills up; further callers hear nothing.
        for _ in range(8):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
            waiting.append(caller)
        time.sleep(0.05)
        transport = TcpTransport(*full.getsockname(), timeout=0.2)
        with pytest.raises(DeadlineExceeded, match="nobody answered"):
            transport.open()
        for caller in waiting:
            caller.close()


def test_a_peer_that_takes_nothing_is_late(listener: socket.socket) -> None:
    transport = TcpTransport("127.0.0.1", listener.getsockname()[1], timeout=0.2)
    transport.open()
    peer, _ = listener.accept()
    with peer, pytest.raises(DeadlineExceeded, match="takes nothing"):
        transport.send(bytes(50_000_000))
    transport.close()


def test_an_interrupt_ends_a_write_that_waits(
    line: tuple[TcpTransport, socket.socket],
) -> None:
    transport, _ = line
    thread = threading.Timer(0.05, transport.interrupt)
    thread.start()
    with pytest.raises(TransportError, match="interrupted"):
        transport.send(bytes(50_000_000))
    thread.join()


def test_a_host_with_several_addresses_is_tried_in_order(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listener.getsockname()[1]
    stream = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
    found = [(*stream, ("127.0.0.2", free_port())), (*stream, ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    transport = TcpTransport("meter.example", port, timeout=5.0)
    transport.open()
    peer, _ = listener.accept()
    peer.close()
    transport.close()


def test_a_large_write_goes_out_whole(line: tuple[TcpTransport, socket.socket]) -> None:
    transport, peer = line
    total = 3_000_000
    received = []

    def drain() -> None:
        while sum(received) < total:
            received.append(len(peer.recv(65536)))

    thread = threading.Thread(target=drain)
    thread.start()
    transport.send(bytes(total))
    thread.join(10.0)
    assert sum(received) == total


@pytest.fixture
def crowded() -> Iterator[None]:
    """Every descriptor up to 1100 is taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        missing("a limit of 1200 descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    held = [os.open(os.devnull, os.O_RDONLY)]
    while held[-1] < 1100:
        held.append(os.dup(held[0]))
    yield
    for number in held:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("crowded")
def test_a_descriptor_above_1023_works(listener: socket.socket) -> None:
    transport = TcpTransport("127.0.0.1", listener.getsockname()[1], timeout=5.0)
    transport.open()
    peer, _ = listener.accept()
    with peer:
        assert peer.fileno() > 1023
        peer.sendall(b"far up")
        assert transport.receive(5.0) == b"far up"
    transport.close()


def test_an_accepted_connection_can_be_adopted(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as caller:
        accepted, _ = listener.accept()
        transport = TcpTransport.adopt(accepted)
        transport.send(b"hello")
        assert caller.recv(10) == b"hello"
        caller.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionClosed):
            transport.receive(5.0)
        transport.close()


def test_it_can_be_opened_again(listener: socket.socket) -> None:
    transport = TcpTransport("127.0.0.1", listener.getsockname()[1], timeout=5.0)
    for _ in range(2):
        transport.open()
        peer, _ = listener.accept()
        peer.sendall(b"hi")
        assert transport.receive(5.0) == b"hi"
        peer.close()
    transport.close()
