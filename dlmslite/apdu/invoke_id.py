"""Invoke-id and priority: the octet by which an answer is matched to its request.

Bits 0 to 3 are the invoke-id, bits 4 and 5 are reserved, bit 6 asks for an answer (confirmed),
bit 7 is the priority. Green Book 9.5 (Invoke-Id-And-Priority). All 256 values are
legal on the wire, and an answer repeats the octet of its request.
"""

from __future__ import annotations

import construct

from dlmslite.errors import EncodeError
from dlmslite.records import frozen

COUNT = 16  # four bits
CONFIRMED = 0x40  # service-class: the sender wants an answer
HIGH_PRIORITY = 0x80


@frozen
class InvokeId:
    """One invoke-id-and-priority octet.

    Attributes:
        octet: As it stands on the wire, reserved bits included.
    """

    octet: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.octet <= 0xFF:
            raise EncodeError(f"invoke-id-and-priority is one octet, not {self.octet}")

    @classmethod
    def of(cls, number: int, *, confirmed: bool = True, high_priority: bool = True) -> InvokeId:
        """The octet of an invoke-id 0 to 15.

        Raises:
            EncodeError: There is no such invoke-id.
        """
        if not 0 <= number < COUNT:
            raise EncodeError(f"an invoke-id is 0 to 15, not {number}")
        return INVOKE_IDS[
            number | (CONFIRMED if confirmed else 0) | (HIGH_PRIORITY if high_priority else 0)
        ]

    @property
    def number(self) -> int:
        """The invoke-id itself, 0 to 15."""
        return self.octet & 0x0F

    @property
    def confirmed(self) -> bool:
        """Whether the sender wants an answer."""
        return bool(self.octet & CONFIRMED)

    @property
    def high_priority(self) -> bool:
        """Whether the request is to be served before those of normal priority."""
        return bool(self.octet & HIGH_PRIORITY)


INVOKE_IDS = tuple(InvokeId(octet) for octet in range(256))
"""Every value by its octet: a read looks one up instead of making it."""

INVOKE_ID_AND_PRIORITY = construct.ExprAdapter(
    construct.Byte, lambda octet, _: INVOKE_IDS[octet], lambda invoke_id, _: invoke_id.octet
)
"""Its place in a declaration."""
