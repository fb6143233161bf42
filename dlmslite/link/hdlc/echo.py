"""Tells our own octets from those of the peer, on lines where a side hears itself."""

from __future__ import annotations

from collections.abc import Iterable


class Echo:
    """What was said in the last turn: it may come back.

    Attributes:
        is_heard: Whether anything ever came back.
    """

    def __init__(self) -> None:
        self._said: list[bytes] = []
        self.is_heard = False

    def said(self, bodies: Iterable[bytes], *, anew: bool = True) -> None:
        """Remember frames without their flags; ``anew``: the turn before is over."""
        if anew:
            self._said.clear()
        self._said += bodies

    def is_ours(self, body: bytes, *, may_be_theirs: bool) -> bool:
        """Whether a frame is one of those, come back; each comes back once.

        Args:
            body: The frame without its flags.
            may_be_theirs: Whether the peer could say the very same.
        """
        if body not in self._said or (may_be_theirs and not self.is_heard):
            return False
        self._said.remove(body)
        self.is_heard = True
        return True
