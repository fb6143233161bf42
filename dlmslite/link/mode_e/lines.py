"""Finds the messages of a sign-on among wake-up NULs, echoes and noise.

Octets in pieces of any size go in; whole lines come out, each from its last start character to its
line feed, and what was no part of any. The eighth bit is taken off: it is the parity bit where a
port was not told of it.
"""

from __future__ import annotations

from dlmslite.link.mode_e.messages import ACK, START

LINE_MAX = 128  # octets; the longest message of the standard has 38, meters say a little more
_LINE_FEED = b"\n"
_SEVEN_BITS = bytes(octet & 0x7F for octet in range(256))

Found = tuple[list[bytes], list[bytes]]


class Lines:
    """The lines of one side; never holds more than one of them."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, octets: bytes) -> Found:
        """Take octets; return the lines that they complete, and what was no part of one."""
        *ended, rest = (self._rest + octets.translate(_SEVEN_BITS)).split(_LINE_FEED)
        lines: list[bytes] = []
        noise: list[bytes] = []
        for text in ended:
            before, line = _from_start(text + _LINE_FEED)
            if line and len(line) <= LINE_MAX:
                lines.append(line)
            else:
                before += line
            if before:
                noise.append(before)
        before, self._rest = _from_start(rest)
        if len(self._rest) >= LINE_MAX:
            before, self._rest = before + self._rest, b""
        if before:
            noise.append(before)
        return lines, noise

    def reset(self) -> None:
        """Forget what waits."""
        self._rest = b""


def _from_start(text: bytes) -> tuple[bytes, bytes]:
    """What stands before the last start character, and the rest; nothing else may hold one."""
    start = max(text.rfind(START), text.rfind(ACK))
    return (text, b"") if start < 0 else (text[:start], text[start:])
