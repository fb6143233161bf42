"""The last frames of each meter, kept whole and explained on demand; passwords struck out.

Octets come from the library's tap in pieces; a piece that begins a frame and does not end it waits
for the rest. A frame that holds the meter's password is explained at once and kept with the
password struck out, so that it can be shown but never be read from there.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

import dlmslite
from dlmslite_daemon.clock import Clock

KEPT = 64  # frames of each meter: the last polls of it, and the way into the last association
METERS_MAX = 5000  # meters remembered; trials of meters that were never saved are among them
OCTETS_MAX = 2100  # of one frame; the longest of HDLC has 2049
STRUCK = "•••"
_FLAG = 0x7E
_AARQ = b"\x60"
_SNRM = b"\x93"
_WRAPPER = 8  # octets of the wrapper's header
OPENING = 32  # frames: SNRM, UA, AARQ, AARE, and the first poll, which alone reads the scalers
_SHORTEST = 4  # octets; a shorter password is looked for only where one is shown


@frozen
class Frame:
    """One frame, or what was one piece on the wire.

    Attributes:
        number: Rises by one with each frame of the process.
        ts_ms: When, ms UTC.
        meter: Whose.
        sent: Whether we sent it.
        octets: What it was; a password in it reads as asterisks.
        struck: What it says, where a password was in it; None where the octets tell.
    """

    number: int
    ts_ms: int
    meter: str
    sent: bool
    octets: bytes
    struck: Mapping[str, Any] | None = field(default=None, repr=False)

    def tree(self) -> Mapping[str, Any] | None:
        """What it says, as names and values; None when nothing can be made of it."""
        return self.struck if self.struck is not None else explained(self.octets)


@frozen
class FramePage:
    """What was asked of the ring.

    Attributes:
        frames: Oldest first.
        cursor: What to ask for next.
        lost: Whether frames after the cursor that was given are gone already.
    """

    frames: tuple[Frame, ...]
    cursor: int
    lost: bool


class FrameRing:
    """The last frames of every meter.

    Args:
        clock: Stamps them.
        kept: How many are kept of each meter.
    """

    def __init__(self, clock: Clock, kept: int = KEPT) -> None:
        self._clock = clock
        self._kept = kept
        self._lock = threading.Lock()
        self._meters: dict[str, deque[Frame]] = {}
        self._openings: dict[str, list[Frame]] = {}  # how the last session of each meter began
        self._gone: dict[str, int] = {}  # the number of the last frame that went, by meter
        self._next = 1

    def tap(self, meter: str, secret: str) -> FrameTap:
        """What takes the frames of one session with a meter.

        Args:
            meter: The meter's name.
            secret: Its password, to be struck out.
        """

        def keep(sent: bool, octets: bytes) -> None:
            self._keep(meter, sent, octets, secret.encode())

        return FrameTap(keep)

    def recent(self, meter: str, limit: int = KEPT, since_ms: int = 0) -> list[Frame]:
        """The newest frames of a meter, oldest first."""
        with self._lock:
            frames = [frame for frame in self._meters.get(meter, ()) if frame.ts_ms >= since_ms]
        return frames[-limit:] if limit else []

    def capture(self, meter: str, url: str, *, redacted: bool) -> bytes | None:
        """The frames of a meter as a capture file; None if there are none.

        Args:
            meter: The meter's name.
            url: Where it is.
            redacted: Whether serial numbers are struck out; passwords are in any case.
        """
        with self._lock:
            kept = list(self._meters.get(meter, ()))
            first = kept[0].number if kept else 0
            opening = [one for one in self._openings.get(meter, ()) if one.number < first]
        if not kept:
            return None
        frames = [*opening, *kept]
        began_ms = frames[0].ts_ms
        events = (
            dlmslite.TraceEvent(
                at=(one.ts_ms - began_ms) / 1000,
                layer="transport",
                direction=dlmslite.Direction.SENT if one.sent else dlmslite.Direction.RECEIVED,
                octets=one.octets,
                details={"starred": one.struck is not None},
            )
            for one in frames
        )
        started = dt.datetime.fromtimestamp(began_ms / 1000, dt.UTC)
        return dlmslite.capture_file(events, started=started, endpoint=url, redacted=redacted)

    def after(self, cursor: int, meter: str) -> FramePage:
        """The frames of a meter with higher numbers."""
        with self._lock:
            own = self._meters.get(meter, deque())
            frames = tuple(frame for frame in own if frame.number > cursor)
            newest = max(cursor, self._next - 1)
            return FramePage(frames, newest, self._gone.get(meter, 0) > cursor)

    @property
    def newest(self) -> int:
        """The highest number that was given."""
        with self._lock:
            return self._next - 1

    def forget(self, meter: str) -> None:
        """Drop the frames of a meter that was removed."""
        with self._lock:
            self._meters.pop(meter, None)
            self._openings.pop(meter, None)
            self._gone.pop(meter, None)

    def _keep(self, meter: str, sent: bool, octets: bytes, secret: bytes) -> None:
        struck = None
        if secret and secret in octets and (len(secret) >= _SHORTEST or _AARQ in octets):
            struck = _without(explained(octets) or {}, secret)
            octets = octets.replace(secret, b"*" * len(secret))
        now_ms = self._clock.utc_ms()
        with self._lock:
            own = self._meters.setdefault(meter, deque())
            if len(self._meters) > METERS_MAX:
                oldest = next(iter(self._meters))
                del self._meters[oldest]
                self._openings.pop(oldest, None)
                self._gone.pop(oldest, None)
            frame = Frame(self._next, now_ms, meter, sent, octets[:OCTETS_MAX], struck)
            own.append(frame)
            opening = self._openings.setdefault(meter, [])
            if sent and _begins(octets):
                opening[:] = [frame]
            elif opening and len(opening) < OPENING:
                opening.append(frame)
            self._next += 1
            if len(own) > self._kept:
                self._gone[meter] = own.popleft().number


class FrameTap:
    """Makes frames of the pieces of one session.

    Args:
        keep: Takes a frame: whether it was sent, and its octets.
    """

    def __init__(self, keep: Callable[[bool, bytes], None]) -> None:
        self._keep = keep
        self._begun = b""

    def __call__(self, sent: bool, octets: bytes) -> None:
        """One piece on the wire."""
        if sent:
            self._flush()
            self._keep(True, octets)
            return
        self._begun += octets
        if len(self._begun) >= _length(self._begun):
            self._flush()

    def _flush(self) -> None:
        if self._begun:
            self._keep(False, self._begun)
            self._begun = b""


def explained(octets: bytes) -> dict[str, Any] | None:
    """A frame as names and values, with the APDU inside it; None when nothing can be made of it."""
    try:
        tree: dict[str, Any] = dlmslite.explain(octets)
    except dlmslite.DlmsError:
        return None
    inside = tree.get("lsdu") or tree.get("apdu")
    if isinstance(inside, str) and inside:
        # A segment holds a part of one, which explains nothing by itself.
        with contextlib.suppress(dlmslite.DlmsError):
            tree["apdu"] = dlmslite.explain(bytes.fromhex(inside), layer="apdu")
    return tree


def _length(octets: bytes) -> int:
    """How many octets the frame that begins here has; 0 when that cannot be told."""
    if len(octets) >= OCTETS_MAX:
        return 0
    if octets[0] == _FLAG:
        # The format field: 11 bits of length, without the two flags (IEC 62056-46, 6.4.3).
        return ((octets[1] & 0x07) << 8 | octets[2]) + 2 if len(octets) >= 3 else OCTETS_MAX
    if octets[0] == 0x00:
        # The wrapper: version 1, two ports, the length (IEC 62056-47).
        return int.from_bytes(octets[6:8]) + 8 if len(octets) >= 8 else OCTETS_MAX
    return 0


def _begins(octets: bytes) -> bool:
    """Whether a session begins here: an SNRM, or an AARQ in the wrapper."""
    if octets[0] != _FLAG:
        return octets[_WRAPPER : _WRAPPER + 1] == _AARQ
    place = 3  # behind flag and format stand two addresses; the last octet of each is odd
    for _ in range(2):
        while place < len(octets) and not octets[place] & 1:
            place += 1
        place += 1
    return octets[place : place + 1] == _SNRM


def _without(tree: Any, secret: bytes) -> Any:
    """A tree without a password, neither as text nor as hexadecimal digits."""
    if isinstance(tree, str):
        return tree.replace(secret.hex(), STRUCK).replace(secret.decode(), STRUCK)
    if isinstance(tree, Mapping):
        return {key: _without(value, secret) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_without(value, secret) for value in tree]
    return tree
