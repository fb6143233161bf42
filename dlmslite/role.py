"""Client or server: which side of every table we are.

Every state table in this package is written once for both roles; the role is a parameter.
"""

from __future__ import annotations

import enum


class Role(enum.Enum):
    """The side of a conversation. COSEM clients are HDLC primaries, servers are secondaries."""

    CLIENT = "client"
    SERVER = "server"

    # A key of tables that are looked up for every frame; Enum's own hash is Python code.
    __hash__ = object.__hash__

    @property
    def peer(self) -> Role:
        """The other side."""
        return Role.SERVER if self is Role.CLIENT else Role.CLIENT
