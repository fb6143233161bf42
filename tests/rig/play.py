"""A conversation as a script: one side is real, the other is the script.

::

    play(link).opens().sends(SNRM).gets(ua).says(LinkOpened).waits(5.0).sends(rr)

reads left to right, time included. ``sends`` is what the real side must send next, ``gets`` what it
is given, ``says`` the event that it must tell its owner next; a type matches any value of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from rig.pair import Side


class Play:
    """One side under a script.

    Args:
        side: The real side.
        split: Cuts what it writes into messages, in order.
        encode: Makes octets of what it is given.
        now: When the clock starts.
    """

    def __init__(
        self,
        side: Side,
        split: Callable[[bytes], list[Any]],
        encode: Callable[[Any], bytes],
        now: float = 100.0,
    ) -> None:
        self.side = side
        self.now = now
        self._split, self._encode = split, encode
        self._sent: list[Any] = []

    def does(self, action: Callable[[Any, float], None]) -> Self:
        """The owner acts: ``does(lambda side, now: side.send(apdu, now))``."""
        action(self.side, self.now)
        return self

    def opens(self) -> Self:
        """The owner opens it."""
        return self.does(lambda side, now: side.open(now))

    def closes(self) -> Self:
        """The owner closes it."""
        return self.does(lambda side, now: side.close(now))

    def asks(self, apdu: bytes) -> Self:
        """The owner sends an APDU."""
        return self.does(lambda side, now: side.send(apdu, now))

    def gets(self, *messages: Any) -> Self:
        """These arrive, in one piece."""
        self.side.receive(b"".join(map(self._encode, messages)), self.now)
        return self

    def waits(self, seconds: float) -> Self:
        """Time passes, with every deadline on the way."""
        until = self.now + seconds
        while (deadline := self.side.next_deadline()) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.side.deadline_passed(self.now)
        self.now = until
        return self

    def sends(self, *expected: Any) -> Self:
        """These and nothing else were sent since the last look."""
        self._sent += self._split(self.side.data_to_send())
        assert len(self._sent) == len(expected), f"sent {self._sent}, not {expected}"
        for one, wanted in zip(self._sent, expected, strict=True):
            _match(one, wanted)
        self._sent.clear()
        return self

    def says(self, *expected: Any) -> Self:
        """These events and no others came since the last look."""
        events = self.side.events()
        assert len(events) == len(expected), f"said {events}, not {expected}"
        for event, wanted in zip(events, expected, strict=True):
            _match(event, wanted)
        return self


def _match(found: Any, wanted: Any) -> None:
    if isinstance(wanted, type):
        assert isinstance(found, wanted), f"{found} is no {wanted.__name__}"
    else:
        assert found == wanted
