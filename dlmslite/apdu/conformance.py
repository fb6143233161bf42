"""The conformance block: which services a side offers, one flag each.

A bit string of 24 bits, the first bit most significant, behind the BER tag APPLICATION 31:
``5F 1F 04 00`` and three octets. Green Book 9.4.6.1 and 9.5 (Conformance).
"""

from __future__ import annotations

import enum
from io import BytesIO
from typing import Any

import construct

from dlmslite.apdu.base import is_lenient
from dlmslite.errors import DecodeError

LENGTH = 3  # octets of the bits themselves
PREFIX = bytes.fromhex("5F1F0400")  # APPLICATION 31, four octets follow, no bit of them unused
# Meters from before the extended tag write one octet of it or none.
TOLERATED_PREFIXES = tuple(bytes.fromhex(text) for text in ("5F0400", "1F0400", "0400"))
BARE_PREFIX = TOLERATED_PREFIXES[0]


class Conformance(enum.IntFlag):
    """The services of a conformance block; bit 0 of the standard is the most significant."""

    RESERVED_ZERO = 1 << 23
    GENERAL_PROTECTION = 1 << 22
    GENERAL_BLOCK_TRANSFER = 1 << 21
    READ = 1 << 20
    WRITE = 1 << 19
    UNCONFIRMED_WRITE = 1 << 18
    DELTA_VALUE_ENCODING = 1 << 17
    RESERVED_SEVEN = 1 << 16
    ATTRIBUTE0_SUPPORTED_WITH_SET = 1 << 15
    PRIORITY_MGMT_SUPPORTED = 1 << 14
    ATTRIBUTE0_SUPPORTED_WITH_GET = 1 << 13
    BLOCK_TRANSFER_WITH_GET_OR_READ = 1 << 12
    BLOCK_TRANSFER_WITH_SET_OR_WRITE = 1 << 11
    BLOCK_TRANSFER_WITH_ACTION = 1 << 10
    MULTIPLE_REFERENCES = 1 << 9
    INFORMATION_REPORT = 1 << 8
    DATA_NOTIFICATION = 1 << 7
    ACCESS = 1 << 6
    PARAMETERIZED_ACCESS = 1 << 5
    GET = 1 << 4
    SET = 1 << 3
    SELECTIVE_ACCESS = 1 << 2
    EVENT_NOTIFICATION = 1 << 1
    ACTION = 1 << 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the set flags as the standard writes them, in its order."""
        return tuple(_LABELS[flag] for flag in _LABELS if flag in self)

    @classmethod
    def decode_from(
        cls, octets: bytes, offset: int = 0, *, lenient: bool = False
    ) -> tuple[Conformance, int]:
        """The block that begins at ``offset``, and the offset behind it.

        Args:
            octets: The APDU that holds it.
            offset: Where its tag stands.
            lenient: Whether the tag may lack an octet or both.

        Raises:
            DecodeError: ``bad-conformance`` for another tag or length, ``truncated``.
        """
        for prefix in (PREFIX, *TOLERATED_PREFIXES) if lenient else (PREFIX,):
            if octets.startswith(prefix, offset):
                start = offset + len(prefix)
                break
        else:
            if PREFIX.startswith(octets[offset:]):
                raise DecodeError("truncated", "the conformance is cut", offset=len(octets))
            raise DecodeError(
                "bad-conformance", "a conformance begins with 5F 1F 04 00", offset=offset
            )
        bits = octets[start : start + LENGTH]
        if len(bits) < LENGTH:
            raise DecodeError("truncated", "the conformance is cut", offset=len(octets))
        return cls(int.from_bytes(bits, "big")), start + LENGTH

    def encode(self, *, bare_tag: bool = False) -> bytes:
        """Tag, length and bits.

        Args:
            bare_tag: Whether to leave the second octet of the tag out, as old meters want it.
        """
        return (BARE_PREFIX if bare_tag else PREFIX) + self.bits

    @property
    def bits(self) -> bytes:
        """The three octets of flags."""
        return self.value.to_bytes(LENGTH, "big")


_LABELS = {flag: (flag.name or "").lower().replace("_", "-") for flag in Conformance}


class _Block(construct.Construct):
    """The block in a declaration; ``bare_tag`` in the context writes the tag of old meters."""

    def _parse(self, stream: BytesIO, context: Any, _path: str) -> Conformance:
        value, end = Conformance.decode_from(
            stream.getvalue(), stream.tell(), lenient=is_lenient(context)
        )
        stream.seek(end)
        return value

    def _build(self, obj: Conformance, stream: BytesIO, context: Any, _path: str) -> Conformance:
        stream.write(obj.encode(bare_tag=context._params.get("bare_tag", False)))  # noqa: SLF001 - construct's documented name
        return obj


CONFORMANCE = _Block()
"""Its place in a declaration."""
