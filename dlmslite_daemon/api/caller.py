"""Who asks, through which door, and what he may: plain values, which know nobody."""

from __future__ import annotations

import enum

from attrs import frozen

LOCAL = "dlmslite.local"  # key of the scope: the request came through the Unix socket


class Role(enum.IntEnum):
    """What a caller may; each includes the one before."""

    VIEWER = 1
    """Look."""
    OPERATOR = 2
    """Pause, resume, test: what can be taken back."""
    ADMIN = 3
    """Add and remove meters, series, sinks, tokens."""


@frozen
class Caller:
    """Who asks.

    Attributes:
        name: The token's name, or ``local``; stands in the audit.
        role: What he may.
    """

    name: str
    role: Role
