"""A serial port, over a pseudo terminal whose other end is the test."""

from __future__ import annotations

import contextlib
import os
import resource
import termios
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial
from rig.required import missing

from dlmslite.errors import (
    ConfigurationError,
    ConnectionClosed,
    DeadlineExceeded,
    StateError,
    TransportError,
)
from dlmslite.transport import serial as module
from dlmslite.transport.base import LineSettings
from dlmslite.transport.serial import SerialTransport


class Terminal:
    """A pseudo terminal; ``master`` is the wire's other end."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._ends = [self.master, self._slave]

    def vanish(self) -> None:
        # Called by a timer and by the fixture: each end is closed once, whoever is first.
        with contextlib.suppress(IndexError):
            while True:
                os.close(self._ends.pop())

    def hears(self, count: int) -> bytes:
        """So many octets; a terminal hands them over in pieces of its own."""
        heard = b""
        while len(heard) < count:
            heard += os.read(self.master, count - len(heard))
        return heard

    def baud(self) -> int:
        return int(termios.tcgetattr(self.master)[5])


def received(port: SerialTransport, count: int) -> bytes:
    """So many octets, in whatever pieces they come."""
    octets = b""
    while len(octets) < count:
        octets += port.receive(5.0) or pytest.fail(f"no more than {octets!r} came")
    return octets


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.vanish()


@pytest.fixture
def port(terminal: Terminal) -> Iterator[SerialTransport]:
    transport = SerialTransport(terminal.path, timeout=5.0)
    transport.open()
    yield transport
    transport.close()


def test_octets_go_both_ways_unchanged(terminal: Terminal, port: SerialTransport) -> None:
    every = bytes(range(256))
    port.send(every)
    assert terminal.hears(256) == every
    os.write(terminal.master, every)
    assert received(port, 256) == every
    assert port.receive(0.0) == b""
    assert str(port) == f"serial://{terminal.path}"


def test_nothing_in_time_is_emptiness(port: SerialTransport) -> None:
    began = time.monotonic()
    assert port.receive(0.05) == b""
    assert time.monotonic() - began >= 0.04


def test_what_waited_before_the_port_was_opened_is_thrown_away(terminal: Terminal) -> None:
    os.write(terminal.master, b"old")
    transport = SerialTransport(terminal.path)
    transport.open()
    assert transport.receive(0.05) == b""
    transport.close()


def test_s01_speed_and_format_change_while_the_port_is_open(
    terminal: Terminal, port: SerialTransport
) -> None:
    assert terminal.baud() == termios.B9600
    port.set_line(300, "7E1")
    assert terminal.baud() == termios.B300
    port.send(b"/?!\r\n")
    assert terminal.hears(5) == b"/?!\r\n"
    port.set_line(19200, "8N1")
    assert terminal.baud() == termios.B19200
    os.write(terminal.master, b"\x7e")
    assert port.receive(5.0) == b"\x7e"


def test_s01_a_real_port_is_asked_for_seven_bits_and_parity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A pseudo terminal has neither; what is asked of pyserial is seen without a port.
    asked: dict[str, Any] = {}

    def refuse(self: serial.Serial) -> None:
        asked.update(self.get_settings())
        raise serial.SerialException(2, "no such port")

    monkeypatch.setattr(serial.Serial, "open", refuse)
    transport = SerialTransport("/dev/ttyUSB9", LineSettings(300, "7E1"))
    with pytest.raises(TransportError, match="no such file"):
        transport.open()
    assert (asked["baudrate"], asked["bytesize"], asked["parity"]) == (300, 7, "E")
    assert asked["stopbits"] == 1
    assert not any(asked[name] for name in ("rtscts", "xonxoff", "dsrdtr"))


def test_s01_what_was_sent_leaves_at_the_old_speed(
    terminal: Terminal, port: SerialTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[tuple[str, int]] = []
    monkeypatch.setattr(
        module.termios, "tcdrain", lambda _number: order.append(("drained", terminal.baud()))
    )
    port.set_line(300, "8N1")
    order.append(("set", terminal.baud()))
    assert order == [("drained", termios.B9600), ("set", termios.B300)]


@pytest.mark.parametrize(
    ("baud", "form"), [(0, "8N1"), (-1, "8N1"), (9600, "9N1"), (9600, "8X1"), (9600, "8n1x")]
)
def test_a_line_that_makes_no_sense_is_refused(port: SerialTransport, baud: int, form: str) -> None:
    with pytest.raises(ConfigurationError):
        port.set_line(baud, form)


def test_a_speed_that_the_port_does_not_do_is_an_error(
    port: SerialTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise ValueError("Failed to set custom baud rate")

    monkeypatch.setattr(serial.Serial, "_reconfigure_port", refuse)
    with pytest.raises(TransportError, match="does not do 12345 baud"):
        port.set_line(12345, "8N1")
    monkeypatch.undo()


def test_s03_an_echo_is_taken_out_where_it_is_told_of(terminal: Terminal) -> None:
    transport = SerialTransport(terminal.path, echo=True)
    transport.open()
    transport.send(b"ask")
    os.write(terminal.master, terminal.hears(3))
    assert transport.receive(0.05) == b""
    transport.send(b"more")
    os.write(terminal.master, terminal.hears(4) + b"answer")
    assert received(transport, 6) == b"answer"
    transport.close()


def test_w03_a_port_that_vanishes_is_an_error_at_once(
    terminal: Terminal, port: SerialTransport
) -> None:
    os.write(terminal.master, b"last")
    assert received(port, 4) == b"last"
    threading.Timer(0.05, terminal.vanish).start()
    began = time.monotonic()
    with pytest.raises(ConnectionClosed):
        port.receive(30.0)
    assert time.monotonic() - began < 10.0
    with pytest.raises(ConnectionClosed):
        port.send(b"?")
    with pytest.raises(ConnectionClosed):
        port.set_line(300, "8N1")
    port.close()


def test_readiness_without_octets_is_a_vanished_adapter(
    terminal: Terminal, port: SerialTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.write(terminal.master, b"x")
    monkeypatch.setattr(module.os, "read", lambda _number, _size: b"")
    with pytest.raises(ConnectionClosed, match="the port is gone"):
        port.receive(5.0)


def test_a_reader_that_was_too_late_waits_on(
    terminal: Terminal, port: SerialTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.write(terminal.master, b"x")
    true_read = os.read

    def busy(number: int, size: int) -> bytes:
        monkeypatch.setattr(module.os, "read", true_read)
        raise BlockingIOError

    monkeypatch.setattr(module.os, "read", busy)
    assert port.receive(5.0) == b"x"


def test_a_port_that_takes_nothing_ends_the_send_in_time(terminal: Terminal) -> None:
    transport = SerialTransport(terminal.path, timeout=0.2)
    transport.open()
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        transport.send(bytes(400_000))
    assert time.monotonic() - began < 10.0
    termios.tcflush(terminal.master, termios.TCIOFLUSH)
    transport.close()


def test_a_port_is_ours_alone(terminal: Terminal, port: SerialTransport) -> None:
    other = SerialTransport(terminal.path)
    with pytest.raises(TransportError) as caught:
        other.open()
    assert "another program" in caught.value.hint
    port.close()
    other.open()
    other.close()


def test_a_port_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="no such file") as caught:
        SerialTransport(str(tmp_path / "ttyUSB7")).open()
    assert "by-id" in caught.value.hint
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(TransportError):
        SerialTransport(str(file)).open()


def test_an_interrupt_wakes_who_waits(port: SerialTransport) -> None:
    thread = threading.Timer(0.05, port.interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TransportError, match="interrupted"):
        port.receive(30.0)
    assert time.monotonic() - began < 10.0
    thread.join()
    with pytest.raises(TransportError, match="interrupted"):
        port.send(b"too late")
    port.close()
    port.open()
    assert port.receive(0.0) == b""


def test_nobody_to_wake_is_no_error(terminal: Terminal) -> None:
    SerialTransport(terminal.path).interrupt()


def test_a_port_that_is_not_open_is_the_callers_mistake(port: SerialTransport) -> None:
    port.close()
    port.close()
    for verb in (lambda: port.receive(0.0), lambda: port.send(b"?")):
        with pytest.raises(StateError):
            verb()
    with pytest.raises(StateError):
        port.set_line(300, "8N1")


def test_t11_descriptors_above_1023_work() -> None:
    # pyserial's own reads and writes call select(), which fails from descriptor 1024 on.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        missing(f"{wanted} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        terminal = Terminal()
        stack.callback(terminal.vanish)
        number = os.open(os.devnull, os.O_RDONLY)
        stack.callback(os.close, number)
        while number < 1050:
            number = os.dup(number)
            stack.callback(os.close, number)
        transport = SerialTransport(terminal.path, timeout=5.0)
        transport.open()
        stack.callback(transport.close)
        assert transport._port is not None
        assert transport._port.fileno() > 1023
        transport.set_line(300, "7E1")
        transport.send(b"ask")
        assert terminal.hears(3) == b"ask"
        os.write(terminal.master, b"answer")
        assert received(transport, 6) == b"answer"
        assert transport.receive(0.01) == b""
