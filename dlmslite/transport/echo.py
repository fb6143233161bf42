"""Takes back out what a line gives back: heads and two-wire adapters repeat each octet sent."""

from __future__ import annotations

PENDING_MAX = 8192  # octets sent and not yet heard; what is older never comes back


class EchoFilter:
    """Compares what comes with what was sent.

    Only a whole echo is taken out. Where the line says anything else instead, what looked like one
    is handed over after all, so that nothing of an answer is ever lost.
    """

    def __init__(self) -> None:
        self._expected = b""
        self._matched = 0

    def sent(self, octets: bytes) -> None:
        """Expect these octets back."""
        if len(self._expected) + len(octets) > PENDING_MAX:
            self.reset()
        self._expected += octets

    def received(self, octets: bytes) -> bytes:
        """What is left of these octets without the echo."""
        begin = self._matched
        rest = self._expected[begin:]
        size = min(len(rest), len(octets))
        if octets[:size] != rest[:size]:
            held, self._expected, self._matched = self._expected[:begin], b"", 0
            return held + octets
        self._matched += size
        if self._matched == len(self._expected):
            self._expected, self._matched = b"", 0
        return octets[size:]

    def reset(self) -> None:
        """Expect nothing."""
        self._expected, self._matched = b"", 0
