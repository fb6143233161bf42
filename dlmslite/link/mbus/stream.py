"""Finds sound M-Bus frames in noise; says what it threw away and why.

A candidate is ``68 L L 68``; stop octet and sum decide. When it fails, the search goes on one octet
behind its start, so that a frame behind a false start is found. A candidate costs one look at its
stop octet and at most one sum of 258 octets: the work is linear in what arrives.
"""

from __future__ import annotations

from dlmslite.link.mbus.frames import START, fault, frame_size
from dlmslite.records import frozen

_START_OCTETS = 4  # 68 L L 68


@frozen
class Noise:
    """Octets that belong to no sound frame.

    Attributes:
        octets: What was thrown away.
        reason: ``noise`` where no frame began, else what was wrong with the one that seemed to.
    """

    octets: bytes
    reason: str


Found = tuple[list[bytes], list[Noise]]


class MbusStream:
    """Takes octets in pieces of any size; gives the sound frames among them."""

    def __init__(self) -> None:
        self._rest = b""
        self._needed = 0

    @property
    def is_waiting(self) -> bool:
        """Whether the beginning of a frame is here and its end is not."""
        return bool(self._rest)

    def feed(self, octets: bytes) -> Found:
        """Take octets; return the frames that they complete and the noise among them."""
        data = self._rest + octets
        if len(data) < self._needed:
            self._rest = data
            return [], []
        return self._scan(data, final=False)

    def flush(self, octets: bytes = b"") -> Found:
        """Take the last octets: no more come for now, so a frame that has only begun is noise."""
        return self._scan(self._rest + octets, final=True)

    def reset(self) -> None:
        """Forget what waits."""
        self._rest = b""
        self._needed = 0

    def _scan(self, data: bytes, *, final: bool) -> Found:
        frames: list[bytes] = []
        noise: list[Noise] = []
        lost, reason = 0, "noise"  # where the present run of noise began, and why
        position = size = 0
        while (start := data.find(START, position)) >= 0:
            size, trouble = _judge(data, start)
            if not trouble and len(data) - start < size:
                if not final:
                    break
                trouble = "truncated"
            position = start + (1 if trouble else size)
            if trouble == "noise":
                continue
            _note(noise, data[lost:start], reason)
            lost, reason = start, trouble
            if not trouble:
                frames.append(data[start:position])
                lost, reason = position, "noise"
        kept = start if start >= 0 else len(data)
        _note(noise, data[lost:kept], reason)
        self._rest = data[kept:]
        self._needed = size if start >= 0 else 0
        return frames, noise


def _note(noise: list[Noise], octets: bytes, reason: str) -> None:
    if octets:
        noise.append(Noise(octets, reason))


def _judge(data: bytes, start: int) -> tuple[int, str]:
    """How many octets the frame needs that seems to begin there, and what is wrong with it."""
    head = data[start : start + _START_OCTETS]
    if head[1:2] != head[2:3] and len(head) > 2:
        return 0, "noise"
    if len(head) < _START_OCTETS:
        return _START_OCTETS, ""
    if head[3] != START:
        return 0, "noise"
    size = frame_size(head[1])
    return size, fault(data, start, size) if len(data) - start >= size else ""
