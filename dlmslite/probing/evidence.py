"""What passed on the wire of a visit, kept as evidence, and what octets that are no answer mean."""

from __future__ import annotations

import errno

from dlmslite.clock import Clock
from dlmslite.errors import ConfigurationError, FramingError
from dlmslite.link.hdlc.frames import decode_sound
from dlmslite.link.hdlc.resync import FLAG, Resync
from dlmslite.procedures.probe_report import Exchange, Server
from dlmslite.records import frozen
from dlmslite.transport.banner import recognise
from dlmslite.transport.base import AdjustableTransport, Transport

EVIDENCE_MAX = 256  # octets of each direction that are kept of one step
KEPT_MAX = 65_536  # octets of each direction that are looked at of one step
WRAPPER_VERSION = b"\x00\x01"
_UNREACHABLE = {
    errno.ECONNREFUSED: "refused",
    errno.EHOSTUNREACH: "host-unreachable",
    errno.ENETUNREACH: "no-route",
    errno.ETIMEDOUT: "timeout",
}


@frozen
class Passed:
    """What passed since it was last asked.

    Attributes:
        sent: What we sent, at most ``KEPT_MAX`` octets.
        received: What came, at most as many.
        octets: How many went and came in all.
    """

    sent: bytes = b""
    received: bytes = b""
    octets: tuple[int, int] = (0, 0)

    def exchange(self, step: str, told: str, seconds: float, *, secret: bytes | None) -> Exchange:
        """The evidence of one step; what was sent is left out where it holds a secret.

        Args:
            step: What was done.
            told: What came of it.
            seconds: How long it took.
            secret: The password that the request held; None where it held none.
        """
        sent, received = self.sent, self.received
        if secret is not None:
            # A line may give back what was said: then what came holds the secret, too.
            echoed = bool(sent) and (sent in received or secret in received)
            sent, received = b"", b"" if echoed else received
        return Exchange(
            step=step,
            told=told,
            seconds=seconds,
            sent=sent[:EVIDENCE_MAX],
            received=received[:EVIDENCE_MAX],
            octets=self.octets,
        )


class RecordedWire:
    """A wire that is opened once, listens before anything is said, and remembers what passed.

    Args:
        transport: The wire itself.
        clock: The time.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._is_open = False
        self._early = b""
        self.passed = Passed()

    def open(self) -> None:
        """Connect; once more does nothing, so that a pump may take over an open wire."""
        if not self._is_open:
            self._transport.open()
            self._is_open = True

    def listen(self, seconds: float) -> bytes:
        """What comes by itself within this time; it is received again later."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            self._early += self._hear(left)
        return self._early

    def send(self, octets: bytes) -> None:
        """Write all of it."""
        passed = self.passed
        self.passed = Passed(
            (passed.sent + octets)[:KEPT_MAX],
            passed.received,
            (passed.octets[0] + len(octets), passed.octets[1]),
        )
        self._transport.send(octets)

    def set_line(self, baud: int, form: str) -> None:
        """Change speed and format, as the sign-on of an optical head wants it.

        Raises:
            ConfigurationError: It is no serial port.
            TransportError: The port is gone, or has no such speed.
        """
        if not isinstance(self._transport, AdjustableTransport):
            raise ConfigurationError("the speed of this wire cannot be changed")
        self._transport.set_line(baud, form)

    def receive(self, timeout: float) -> bytes:
        """Wait for octets and return what is there; empty when nothing came in time."""
        early, self._early = self._early, b""
        return early or self._hear(timeout)

    def close(self) -> None:
        """Close; twice is no error."""
        self._transport.close()

    def interrupt(self) -> None:
        """Make whoever waits here fail at once."""
        self._transport.interrupt()

    def take(self) -> Passed:
        """What passed since the last time."""
        passed, self.passed = self.passed, Passed()
        return passed

    def _hear(self, timeout: float) -> bytes:
        octets = self._transport.receive(timeout)
        passed = self.passed
        self.passed = Passed(
            passed.sent,
            (passed.received + octets)[:KEPT_MAX],
            (passed.octets[0], passed.octets[1] + len(octets)),
        )
        return octets


def as_text(octets: bytes) -> str:
    """What a converter says in words; empty where the octets are no line of text."""
    bare = octets.strip(b"\r\n\t \x00")
    if len(bare) < 3 or FLAG in bare:
        return ""
    printable = all(32 <= octet < 127 or octet in b"\r\n\t" for octet in bare)
    return bare.decode("ascii") if printable else ""


def why_unreachable(error: Exception) -> str:
    """A stable name of why no connection came about; empty where there is none."""
    if isinstance(error, TimeoutError):
        return "timeout"
    return _UNREACHABLE.get(getattr(error.__cause__, "errno", None) or 0, "")


def meaning_of(text: str) -> str:
    """The stable name of what a converter says in a text; empty where nobody knows it."""
    banner = recognise(text.encode("ascii", "replace"))
    return "" if banner is None else banner.cause


def hint_of(heard: bytes, said: bytes, framing: str) -> str:
    """What octets that make no answer are, in words; empty where there were none.

    Args:
        heard: What came.
        said: What we had sent.
        framing: What is spoken on this wire.
    """
    if not heard:
        return ""
    if said and heard == said:
        return "our own octets came back"
    if framing == "hdlc" and heard.startswith(WRAPPER_VERSION):
        return "octets of a wrapper came (tcp:// instead of tcp+hdlc://)"
    frames, _ = Resync().flush(heard)
    if frames:
        if framing != "hdlc":
            return "HDLC frames came (tcp+hdlc:// instead of tcp://)"
        return "frames came that are no answer"
    return f"{len(heard)} octets without a sound frame came"


def answering_server(heard: bytes, client: int) -> Server | None:
    """The server whose frames to this client came; None where there are none."""
    for body in Resync().flush(heard)[0]:
        try:
            frame = decode_sound(body)
        except FramingError:
            continue
        source = frame.source
        if frame.destination.upper == client and source.is_assignable:
            return source.upper if source.lower is None else (source.upper, source.lower)
    return None


def longest_frame(octets: bytes) -> int:
    """Octets of the longest sound frame among these, with its flags."""
    frames, _ = Resync().flush(octets)
    return max((len(frame) + 2 for frame in frames), default=0)
