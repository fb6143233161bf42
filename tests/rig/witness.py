"""A man in the middle of a meter's line who writes down what passes, and spoils some of it.

He knows nothing of our code but how long a frame says it is. What he wrote down is a ledger of what
really happened: connections, requests for values with their answers and times, frames whose check
sequence he spoilt, connections that he cut.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Self

from attrs import define, field

GET_REQUEST = b"\xe6\xe6\x00\xc0"  # LLC and the tag of a GET request
GET_ANSWER = b"\xe6\xe7\x00\xc4"
FLAG = 0x7E


@define
class Exchange:
    """A request for values: when its sound answer was handed on, or whether it was cut off.

    Attributes:
        asked: When.
        wanted: The attributes, each a logical name and a number.
        answered: When, if it was.
        cut: Whether the connection was cut in place of the answer.
    """

    asked: float
    wanted: frozenset[bytes]
    answered: float | None = None
    cut: bool = False


@define
class Pages:
    """What the witness wrote down."""

    connections: int = 0
    spoilt: int = 0
    cuts: int = 0
    exchanges: list[Exchange] = field(factory=list)


class Witness:
    """Stands before a meter on a port of his own.

    Args:
        port: The meter's port on loopback.
        spoil_each: Of so many answers one is spoilt; 0 for none.
        delay: Seconds that an answer is held back.
        registers: Logical names, in octets; only requests for one of them are written down.
    """

    def __init__(
        self, port: int, registers: Sequence[bytes], *, spoil_each: int = 0, delay: float = 0.0
    ) -> None:
        self.pages = Pages()
        self._port = port
        self._registers = re.compile(b"(?s)(?:%b)." % b"|".join(map(re.escape, registers)))
        self._open = False  # whether an answer to a request that counts is still to come
        self._spoil_each = spoil_each
        self._delay = delay
        self._answers = 0
        self._cut_next = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._wires: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.url = f"tcp+hdlc://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_exception: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for wire in list(self._wires):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(30)

    def cut(self) -> None:
        """Cut the connection instead of handing the next answer on."""
        self._cut_next.set()

    def polls(self) -> list[float]:
        """How long each poll took, from its first request to its last answer, s.

        No poll asks twice for what it has got; what has no answer is asked for again in the same.
        """
        found: list[list[Exchange]] = []
        for one in self.pages.exchanges:
            poll = found[-1] if found else []
            got = {wanted for before in poll if before.answered for wanted in before.wanted}
            if not poll or poll[-1].cut or one.wanted & got:
                found.append([one])
            else:
                poll.append(one)
        whole = [poll for poll in found if poll[-1].answered is not None]
        return [(poll[-1].answered or 0.0) - poll[0].asked for poll in whole]

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # a method of ours
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._stand_between, client)

    def _stand_between(self, client: socket.socket) -> None:
        address = ("127.0.0.1", self._port)
        with contextlib.suppress(OSError), client, socket.create_connection(address) as meter:
            self._wires |= {client, meter}
            self.pages.connections += 1
            self._start(self._listen, client, meter)
            self._answer(client, meter)
        self._wires.discard(client)

    def _listen(self, client: socket.socket, meter: socket.socket) -> None:
        """From the daemon to the meter."""
        with contextlib.suppress(OSError):
            for frame in frames_of(client):
                wanted = frozenset(self._registers.findall(frame))
                if GET_REQUEST in frame and wanted:
                    self._open = True
                    self.pages.exchanges.append(Exchange(time.monotonic(), wanted))
                meter.sendall(frame)
            meter.shutdown(socket.SHUT_RDWR)

    def _answer(self, client: socket.socket, meter: socket.socket) -> None:
        """From the meter to the daemon."""
        for frame in frames_of(meter):
            if GET_ANSWER in frame:
                if self._cut_next.is_set():
                    self._cut_next.clear()
                    self.pages.cuts += 1
                    self.pages.exchanges[-1].cut, self._open = self._open, False
                    client.shutdown(socket.SHUT_RDWR)
                    return
                time.sleep(self._delay)
                if self._is_to_be_spoilt():
                    client.sendall(spoilt(frame))
                    continue
            if self._open and GET_ANSWER in frame:
                # Before it goes: the next request may be here before this thread goes on.
                self._open = False
                self.pages.exchanges[-1].answered = time.monotonic()
            client.sendall(frame)

    def _is_to_be_spoilt(self) -> bool:
        self._answers += 1
        spoil = bool(self._spoil_each) and self._answers % self._spoil_each == 0
        self.pages.spoilt += spoil
        return spoil


def frames_of(wire: socket.socket) -> Iterator[bytes]:
    """Every frame that comes, whole and with both flags, however TCP joins and splits them."""
    with wire.makefile("rb") as stream:
        while len(head := stream.read(3)) == 3:
            assert head[0] == FLAG
            length = int.from_bytes(head[1:]) & 0x7FF  # counts what is between the flags
            yield head + stream.read(length - 2 + 1)


def spoilt(frame: bytes) -> bytes:
    """A frame with another check sequence, whose octets are no flag."""
    assert frame[0] == frame[-1] == FLAG
    other = frame[-2] ^ (0x01 if frame[-2] ^ 0x01 != FLAG else 0x02)
    return frame[:-2] + bytes([other]) + frame[-1:]
