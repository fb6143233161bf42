"""Client or server: which side of every table we are.

Every state table in this package is written once for both roles; the role is a parameter.
"""

from __future__ import annotations

import enum


class Role(enum.Enum):
    """The side of a conversation. COSEM clients are HDLC primaries, servers are secondaries."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def peer(self) -> Role:
        """The other side."""
        return Role.SERVER if self is Role.CLIENT else Role.CLIENT
