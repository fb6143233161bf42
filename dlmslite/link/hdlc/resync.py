"""Finds sound frames in noise; says what it threw away and why (IEC 62056-46, 6.4.1).

A frame is delimited by its length field, never by the next flag: 7E may stand anywhere in it. A
candidate is a flag and a format field of type A. Its HCS is checked as soon as it is there, so a
corrupt length costs a dozen octets and not two thousand; then the closing flag and the FCS decide.
When a candidate fails, the search goes on one octet behind its flag, so that a frame behind a false
start, or behind the stump of another frame, is found. One flag may close a frame and open the next.

Octets wait only while a candidate may still become a frame: at most ``FRAME_MAX`` and two flags.
Where the wire falls silent, ``flush`` gives that hope up. A candidate costs one pass over its own
octets, and takes a sound header to get that far: the work is linear in what arrives.
"""

from __future__ import annotations

from functools import lru_cache

from dlmslite.link.hdlc.address import addresses_end
from dlmslite.link.hdlc.fcs import GOOD, check
from dlmslite.records import frozen

FLAG = b"\x7e"
FLAG_OCTET = 0x7E
FRAME_TYPE = 0xA  # the upper four bits of the format field
FRAME_MIN = 7  # octets: format, two addresses of one octet, control, FCS
FRAME_MAX = 2047  # octets without flags: the length field has eleven bits


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


def fault(body: bytes) -> str:
    """What is wrong with the octets between two flags; empty when they are a sound frame."""
    size = len(body)
    if size < FRAME_MIN:
        return "too-short"
    if body[0] >> 4 != FRAME_TYPE:
        return "bad-format-type"
    length = (body[0] & 7) << 8 | body[1]
    if length != size:
        return "truncated" if length > size else "length-mismatch"
    return _fault_inside(body, size)


def _fault_inside(body: bytes, size: int) -> str:
    """The same for octets whose format field is right."""
    if size < FRAME_MIN:
        return "too-short"
    try:
        end = addresses_end(body, 2)
    except IndexError:
        return "bad-address-length"
    if not end:
        return "bad-address-length"
    end += 1  # the control octet
    if end + 2 > size or end + 2 < size < end + 4:
        return "too-short"
    if end + 2 == size:
        return "" if check(body) == GOOD else "bad-fcs"
    if not _is_sound_header(body[: end + 2]):
        return "bad-hcs"
    return "" if check(body[end + 2 :], GOOD) == GOOD else "bad-fcs"


class Resync:
    """Takes octets in pieces of any size; gives the sound frames among them, without flags."""

    def __init__(self) -> None:
        self._rest = b""
        self._needed = 0

    @property
    def is_waiting(self) -> bool:
        """Whether the beginning of a frame is here and its end is not."""
        return len(self._rest) > 1

    def feed(self, octets: bytes) -> Found:
        """Take octets; return the frames that they complete and the noise among them."""
        data = self._rest + octets
        if len(data) < self._needed:
            self._rest = data
            return [], []
        frames, position, self._needed = _clean_run(data)
        if self._needed:
            self._rest = data[position:]
            return frames, []
        more, noise = self._scan(data[position:], final=False)
        return frames + more, noise

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
        lost, reason = -1, ""  # where the present run of noise began, and why
        size = len(data)
        position = needed = 0
        while (start := data.find(FLAG, position)) >= 0:
            if start > position and lost < 0:
                lost, reason = position, "noise"
            begin = position = start + 1
            if begin + 1 >= size and data[begin:] != FLAG:
                needed = start + 3  # the format field is not here yet
                if not final:
                    break
                # A lone flag at the very end is idle, no noise.
                trouble = "truncated" if begin < size else ""
            elif data[begin] >> 4 != FRAME_TYPE:
                continue
            else:
                end = begin + ((data[begin] & 7) << 8 | data[begin + 1])
                if end < size:
                    trouble = "length-mismatch" if data[end] != FLAG_OCTET else ""
                    body = data[begin:end]
                    if not trouble and not (trouble := _fault_inside(body, end - begin)):
                        if lost >= 0:
                            _note(noise, data[lost:start], reason)
                            lost = -1
                        frames.append(body)
                        position = end  # its closing flag may open the next frame
                        continue
                elif final:
                    trouble = "truncated"
                else:
                    trouble, needed = _judge_beginning(data, begin, end)
                    if not trouble:
                        break
            if trouble:
                if lost >= 0:
                    _note(noise, data[lost:start], reason)
                lost, reason = start, trouble
        kept = start if start >= 0 else size
        if position < kept and start < 0 and lost < 0:
            lost, reason = position, "noise"
        if lost >= 0:
            _note(noise, data[lost:kept], reason)
        self._rest = data[kept:]
        self._needed = max(needed - kept, 0)
        return frames, noise


def _clean_run(data: bytes) -> tuple[list[bytes], int, int]:
    """The sound frames that stand one behind the other at the beginning.

    Most lines carry nothing else, so this short way is worth having; it finds what the full scan
    would find there, and a property test holds them equal.

    Returns:
        The frames; the offset behind them; and how many octets from there on are worth waiting
        for, where the next frame has soundly begun. Zero where the full scan must judge.
    """
    frames: list[bytes] = []
    position, size = 0, len(data)
    while position + 7 < size and data[position] == FLAG_OCTET:
        begin = position + 1
        first = data[begin]
        if first >> 4 != FRAME_TYPE:
            if first != FLAG_OCTET:
                break
            position = begin
            continue
        try:
            header = addresses_end(data, begin + 2) + 3
        except IndexError:
            break
        end = begin + ((first & 7) << 8 | data[begin + 1])
        behind = end - header  # the information field with the FCS, or nothing
        if behind < 0 or behind == 1 or header > size or not _is_sound_header(data[begin:header]):
            break
        if end >= size:
            return frames, position, end + 1 - position
        body = data[begin:end]
        if data[end] != FLAG_OCTET or check(body) != GOOD:
            break
        frames.append(body)
        position = end
    # A lone flag waits for the two octets of a format field.
    return frames, position, 3 if data[position:] == FLAG else 0


def _note(noise: list[Noise], octets: bytes, reason: str) -> None:
    if octets := octets.rstrip(FLAG):
        noise.append(Noise(octets, reason))


def _judge_beginning(data: bytes, begin: int, end: int) -> tuple[str, int]:
    """Judge a frame that is not all here: a fault, or how many octets are worth waiting for."""
    length = end - begin
    if length < FRAME_MIN:
        return "too-short", 0
    try:
        header = addresses_end(data, begin + 2)
    except IndexError:
        return "", len(data) + 1
    if not header:
        return "bad-address-length", 0
    header += 3  # the control octet and the HCS
    if header > end:
        return "too-short", 0
    if header == end:
        # No information field, no HCS: at most thirteen octets, worth waiting for.
        return "", end + 1
    if len(data) < header:
        return "", header
    if not _is_sound_header(data[begin:header]):
        return "bad-hcs", 0
    return "", end + 1


# The same few headers come again and again on a line. The bound keeps noise from filling it.
@lru_cache(maxsize=1024)
def _is_sound_header(octets: bytes) -> bool:
    return check(octets) == GOOD
