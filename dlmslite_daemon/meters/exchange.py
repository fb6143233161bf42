"""One exchange with a meter: its deadline, and what becomes of it when no sound answer came.

How long an answer may take, and whether to ask once more, is decided above; here it is obeyed. A
refusal is an answer. A wire that is gone is not asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from attrs import frozen

import dlmslite
from dlmslite_daemon.clock import Clock

T = TypeVar("T")


class Pace(Protocol):
    """Says how patient to be with each register, and learns from it."""

    def seconds(self, register: str) -> float:
        """How long the next exchange may take as a whole."""
        ...

    def answered(self, register: str, seconds: float) -> None:
        """An answer came after so long."""
        ...

    def failed(self, register: str, *, late: bool) -> bool:
        """No sound answer came; whatever must be done to the link is done on the way.

        Args:
            register: What was asked for.
            late: Whether its deadline passed; otherwise the link gave up.

        Returns:
            Whether to ask again; otherwise the session is given up.
        """
        ...


@frozen
class Steady:
    """The same deadline for all, nothing learnt, nothing asked twice: for trials.

    Attributes:
        timeout: The deadline, s.
    """

    timeout: float

    def seconds(self, register: str) -> float:  # noqa: ARG002  the shape of the protocol
        """The line's response timeout."""
        return self.timeout

    def answered(self, register: str, seconds: float) -> None:
        """Nothing is learnt."""

    def failed(self, register: str, *, late: bool) -> bool:  # noqa: ARG002  as above
        """The session is given up."""
        return False


def exchange(client: Any, pace: Pace, clock: Clock, register: str, ask: Callable[[], T]) -> T:
    """Ask, within the register's own deadline, as often as the pace wants it.

    Args:
        client: Whose ``timeout`` it is.
        pace: How patient to be.
        clock: The daemon's clock.
        register: What is asked for.
        ask: Asks for it.

    Raises:
        DlmsError: As the library does.
    """
    while True:
        client.timeout = pace.seconds(register)
        begun = clock.monotonic()
        try:
            answer = ask()
        except (dlmslite.ServiceError, dlmslite.DecodeError):
            pace.answered(register, clock.monotonic() - begun)
            raise
        except (
            dlmslite.DeadlineExceeded,
            dlmslite.FramingError,
            dlmslite.LinkError,
            dlmslite.ProtocolError,
        ) as error:
            if not pace.failed(register, late=isinstance(error, dlmslite.DeadlineExceeded)):
                raise
        else:
            pace.answered(register, clock.monotonic() - begun)
            return answer
