"""What was heard on a connection, and what silence on it means.

A meter that is off, an address that is nobody's and a converter that lets a second client wait
without a word all look alike: nothing comes. Whether anything ever came on this connection tells
some of them apart. Octets and the time go in; no clock, no wire.
"""

from __future__ import annotations

from dlmslite.errors import ConverterError, DeadlineExceeded
from dlmslite.transport.banner import complaint, recognise

KEPT = 256  # octets of the last exchange that an error shows as evidence
NEVER_HEARD = "never-heard"
FELL_SILENT = "fell-silent"
NO_ANSWER = "no-answer"
_NEVER_HEARD_HINT = (
    "nothing ever came on this connection: check addresses, or who else holds the line "
    "(a converter may let a second client wait without a word)"
)


class Hearing:
    """One connection, as it is heard.

    Attributes:
        received: The last octets of this exchange.
    """

    def __init__(self) -> None:
        self.received = b""
        self._has_heard = False
        self._at = 0.0

    def opened(self, now: float) -> None:
        """The connection is new: nothing was heard on it."""
        self._has_heard = False
        self._at = now

    def asked(self) -> None:
        """A new exchange begins."""
        self.received = b""

    def heard(self, octets: bytes, now: float) -> None:
        """Octets came."""
        self.received = (self.received + octets)[-KEPT:]
        # What a converter says by itself is no sign of the meter's life.
        self._has_heard = self._has_heard or recognise(self.received) is None
        self._at = now

    def idle(self, now: float) -> float:
        """Seconds since anything came."""
        return now - self._at

    def complaint(self) -> ConverterError | None:
        """What a converter said if it said that no answer will come, or None."""
        banner = recognise(self.received)
        return complaint(banner, self.received) if banner is not None and banner.ends else None

    def late(self, what: str, seconds: float) -> DeadlineExceeded:
        """The error for an answer that did not come."""
        cause, hint = self._silence()
        return DeadlineExceeded(
            f"no answer to {what} within {seconds:g} s",
            hint=hint,
            seconds=seconds,
            received=self.received,
            cause=cause,
        )

    def explain(self, error: DeadlineExceeded) -> DeadlineExceeded:
        """Say what the silence means that a link has noticed."""
        error.cause, error.hint = self._silence()
        error.received = error.received or self.received
        return error

    def _silence(self) -> tuple[str, str]:
        banner = recognise(self.received)
        if banner is not None:
            return banner.cause, f"{banner.meaning}: {banner.remedy}"
        if self.received:
            return NO_ANSWER, f"{len(self.received)} octets came that are no answer"
        if self._has_heard:
            return (
                FELL_SILENT,
                "it answered before on this connection: the meter or its bus is gone",
            )
        return NEVER_HEARD, _NEVER_HEARD_HINT
