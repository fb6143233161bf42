"""Takes the configuration anew when SIGHUP asks for it, on a thread of its own.

What is wrong with the new file is written down, and the daemon goes on with the old one: a slip of
an editor must not stop a thousand meters.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.base import Clerk
from dlmslite_daemon.errors import BridgeError

_NEVER = 3600.0  # seconds between two looks at nothing

_log = structlog.get_logger()


class Reload(Clerk):
    """A worker that waits to be asked.

    Args:
        clock: The daemon's clock.
        take: Reads the configuration and takes it.
    """

    name = "reload"
    patience = 60.0

    def __init__(self, clock: Clock, take: Callable[[], None]) -> None:
        super().__init__(clock)
        self._take = take
        self._asked = False

    def ask(self) -> None:
        """Take it at once; from any thread, and from a signal handler."""
        self._asked = True
        self._bell.ring()

    def turn(self, now: float) -> float:  # noqa: ARG002 - all workers' signature
        """Take the configuration if somebody asked."""
        if self._asked:
            self._asked = False
            try:
                self._take()
            except BridgeError as error:
                _log.error(
                    "the configuration is not taken: the old one stays",
                    code=error.code,
                    reason=error.message,
                    hint=error.hint,
                )
        return _NEVER
