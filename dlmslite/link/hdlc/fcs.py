"""The two check sequences, HCS and FCS: CRC-16/X-25 (ISO/IEC 13239, IEC 62056-46 annex A).

Polynomial 0x1021 reflected, initial value FFFF, final exclusive or FFFF, low octet first on the
wire. ``crcmod`` computes it where its C extension was built; without a compiler crcmod installs
silently as pure Python, fifteen times slower, so ``binascii`` does it then.
"""

from __future__ import annotations

import binascii
from importlib.util import find_spec
from typing import Protocol

import crcmod

GOOD = 0x0F47
"""The check over octets followed by their own check sequence (residue F0B8, complemented).

After a sound HCS the register always holds this value: the FCS may be continued from it, and
depends on the information field alone.
"""

_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def check_by_binascii(octets: bytes, start: int = 0) -> int:
    """The twin of ``check``: the un-reflected CRC of the standard library over reversed bits."""
    register = _reverse(start ^ 0xFFFF)
    return _reverse(binascii.crc_hqx(octets.translate(_REVERSED), register)) ^ 0xFFFF


def _reverse(word: int) -> int:
    return _REVERSED[word & 0xFF] << 8 | _REVERSED[word >> 8]


class _Check(Protocol):
    def __call__(self, octets: bytes, start: int = 0, /) -> int: ...


def _fastest() -> _Check:
    if find_spec("crcmod._crcfunext") is None:
        return check_by_binascii
    by_crcmod: _Check = crcmod.mkCrcFun(0x11021, 0, True, 0xFFFF)
    return by_crcmod


check = _fastest()
"""The check sequence of octets, as a number whose low octet goes first.

Args:
    octets: What is checked.
    start: The check of the octets before these, to continue from it.
"""
