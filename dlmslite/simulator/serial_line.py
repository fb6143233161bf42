"""Puts simulated meters on a pseudo terminal: an optical head, or a bus with several meters.

The client opens the terminal as a serial port. Who speaks at another speed than the meter hears and
says rubbish, as on a real line; parity cannot be shown, since a pseudo terminal has none. Usable in
tests::

    with serve_line({1: single_phase()}, mode_e=True) as line:
        with dlmslite.connect(line.url) as client:
            ...
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import evolve

from dlmslite.link.mode_e.link import IDLE_RESET
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.records import frozen
from dlmslite.simulator.faults import NO_FAULTS, FaultPlan, FaultyWire
from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.server import MeterServer, server_session

READ_MAX = 4096  # octets taken at once; the kernel's buffer holds as many
WAKING_NULS = 20  # in a row, which is two thirds of a second at 300 baud, wake a meter

Address = int | tuple[int, int]


@frozen(kw_only=True)
class LineHabits:
    """What the line and the meters on it are like.

    Attributes:
        baud: The speed of meters that need no sign-on.
        sign_on: How a client signs on by mode E; None for HDLC at once.
        echo: Whether the line gives back what the client sends.
        sleeps: Whether the meters sleep until they are woken by NULs, and again after a sign-on
            that was not finished.
        faults: What goes wrong on the way to the client.
    """

    baud: int = 9600
    sign_on: ModeESettings | None = None
    echo: bool = False
    sleeps: bool = False
    faults: FaultPlan = NO_FAULTS


class RunningLine:
    """Simulated meters on a pseudo terminal of this machine.

    Args:
        meters: What is served, by address.
        habits: What the line is like.
        path: A stable name for the terminal, as udev gives to adapters; None for its own name.
        wall_clock: The time that values are taken at.

    Attributes:
        url: Where a client finds it.
        servers: The conversations, in the order of the meters.
    """

    def __init__(
        self,
        meters: Mapping[Address, SimulatedMeter],
        *,
        habits: LineHabits,
        path: Path | None,
        wall_clock: Callable[[], dt.datetime],
    ) -> None:
        self._meters = meters
        self._habits = habits
        self._path = path
        self._wall_clock = wall_clock
        self._wire = FaultyWire(habits.faults)
        self._cuts = 0
        self._thread: threading.Thread | None = None
        self.servers: list[MeterServer] = []
        self.plug_in()

    def plug_in(self) -> None:
        """Make the terminal and serve on it; after ``unplug`` it has another name."""
        self._master, self._slave = os.openpty()
        self._wake = os.pipe()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        device = os.ttyname(self._slave)
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path.symlink_to(device)
        self.url = f"serial://{self._path or device}{self._query()}"
        self._is_asleep = self._habits.sleeps
        self._nuls = 0
        self._heard = time.monotonic()
        self.servers = [self._server(address) for address in self._meters]
        self._thread = threading.Thread(target=self._run, name="simulated line", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Take the terminal away, as when an adapter is pulled out."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        os.write(self._wake[1], b"\0")
        thread.join()
        for number in (self._master, self._slave, *self._wake):
            os.close(number)
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Take the terminal away for good."""
        self.unplug()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _query(self) -> str:
        habits = self._habits
        sign_on = habits.sign_on
        keys = []
        if sign_on is not None:
            keys = ["mode=e"] + ["wake_up=yes"] * habits.sleeps
            if sign_on.address:
                keys.append(f"address={sign_on.address}")
        elif habits.baud != LineHabits().baud:
            keys = [f"baud={habits.baud}"]
        return "?" + "&".join(keys) if keys else ""

    def _server(self, address: Address) -> MeterServer:
        meter = self._meters[address]
        session = server_session(meter, "hdlc", address, self._habits.sign_on)
        server = MeterServer(meter, session, self._wall_clock)
        server.open(self._heard)
        return server

    def _run(self) -> None:
        waiting = select.poll()
        waiting.register(self._master, select.POLLIN)
        waiting.register(self._wake[0], select.POLLIN)
        while True:
            ready = {number for number, _ in waiting.poll(self._patience())}
            if self._wake[0] in ready:
                return
            octets = b""
            if self._master in ready:
                octets = os.read(self._master, READ_MAX)
            self._turn(octets, time.monotonic())

    def _turn(self, octets: bytes, now: float) -> None:
        if octets and self._habits.echo:
            self._write(octets)
        baud = self._client_baud()
        if self._is_awake(octets, now):
            for server in self.servers:
                if octets:
                    server.receive(self._through(octets, server, baud), now)
                    # What is said now is said before the speed may change.
                    self._say(server, baud, now)
                due = server.session.next_deadline()
                if due is not None and due <= now:
                    server.deadline_passed(now)
                    self._say(server, baud, now)
        self._write(self._wire.receive(now))
        if self._wire.closed:
            # A line has no connection that a cut could end: the next answer is whole again.
            self._cuts += 1
            self._wire = FaultyWire(self._habits.faults, salt=self._cuts)

    def _say(self, server: MeterServer, baud: int, now: float) -> None:
        self._wire.send(self._through(server.session.data_to_send(), server, baud), now)

    def _is_awake(self, octets: bytes, now: float) -> bool:
        habits = self._habits
        if not habits.sleeps:
            return True
        at_rest = all(server.baud == self._opening_baud for server in self.servers)
        if at_rest and now - self._heard > IDLE_RESET:
            self._is_asleep = True
        if octets:
            self._heard = now
        if self._is_asleep:
            # What follows the NULs without a pause is lost on a meter that wakes up.
            is_quiet = not octets.strip(b"\0")
            self._nuls = self._nuls + len(octets) if is_quiet else 0
            self._is_asleep = self._nuls < WAKING_NULS
            return False
        self._nuls = 0
        return True

    @property
    def _opening_baud(self) -> int:
        sign_on = self._habits.sign_on
        return self._habits.baud if sign_on is None else sign_on.opening_baud

    def _through(self, octets: bytes, server: MeterServer, baud: int) -> bytes:
        """What arrives of octets between a meter and a client at that speed."""
        meter_baud = self._habits.baud if server.baud is None else server.baud
        if baud == meter_baud:
            return octets
        return bytes((octet * 73 + 41) & 0xFF for octet in octets)

    def _client_baud(self) -> int:
        """The speed that the client has set, which the kernel tells at our end, too."""
        number = termios.tcgetattr(self._master)[5]
        return _BAUDS.get(number, 0)

    def _write(self, octets: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # nobody reads: a line has no memory
            os.write(self._master, octets)

    def _patience(self) -> float:
        """Milliseconds until something is due."""
        due = [server.session.next_deadline() for server in self.servers]
        due.append(self._wire.next_due())
        moments = [moment for moment in due if moment is not None]
        if not moments:
            return -1.0
        return max(1.0, (min(moments) - time.monotonic()) * 1000)


def serve_line(
    meters: Mapping[Address, SimulatedMeter],
    *,
    mode_e: bool = False,
    habits: LineHabits | None = None,
    path: Path | None = None,
    wall_clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> RunningLine:
    """Put meters on a pseudo terminal; use the result in a ``with`` statement, or close it.

    Args:
        meters: What is served, by address: one number, or logical and physical.
        mode_e: Whether a client signs on first, where ``habits`` does not say how.
        habits: What the line is like.
        path: A stable name for the terminal; None for its own name.
        wall_clock: The time that values are taken at, aware.

    Raises:
        OSError: The machine has no more pseudo terminals.
    """
    chosen = LineHabits() if habits is None else habits
    if mode_e and chosen.sign_on is None:
        chosen = evolve(chosen, sign_on=ModeESettings())
    return RunningLine(meters, habits=chosen, path=path, wall_clock=wall_clock)


_BAUDS = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name.startswith("B") and name[1:].isdigit()
}
"""The kernel's number of each speed."""
