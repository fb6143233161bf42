"""The control octet: the kind of frame, N(S), N(R) and the poll/final bit (IEC 62056-46, 6.4.3).

::

    I      N(R) N(R) N(R) P/F  N(S) N(S) N(S) 0        SNRM  93    DISC  53    UA  73
    RR     N(R) N(R) N(R) P/F  0    0    0    1        DM    1F    FRMR  97    UI  13
    RNR    N(R) N(R) N(R) P/F  0    1    0    1        (those six with the P/F bit, 10, set)

REJ, SREJ, XID and the other combinations are not part of IEC 62056-46.
"""

from __future__ import annotations

from dlmslite.codes import TableKey
from dlmslite.errors import EncodeError, FramingError
from dlmslite.records import frozen

POLL_FINAL = 0x10
SEQUENCES = 8  # sequence numbers count modulo 8


class FrameKind(TableKey):
    """The frame types of the standard, by its names."""

    I = "I"  # noqa: E741  the standard's name
    RR = "RR"
    RNR = "RNR"
    SNRM = "SNRM"
    DISC = "DISC"
    UA = "UA"
    DM = "DM"
    FRMR = "FRMR"
    UI = "UI"


_UNNUMBERED = {
    0x83: FrameKind.SNRM,
    0x43: FrameKind.DISC,
    0x63: FrameKind.UA,
    0x0F: FrameKind.DM,
    0x87: FrameKind.FRMR,
    0x03: FrameKind.UI,
}
_SUPERVISORY = {0x01: FrameKind.RR, 0x05: FrameKind.RNR}
_BASES = {kind: base for base, kind in (_UNNUMBERED | _SUPERVISORY).items()} | {FrameKind.I: 0x00}
_NUMBERED = frozenset({FrameKind.RR, FrameKind.RNR, FrameKind.I})


@frozen
class Control:
    """What a control octet says.

    Attributes:
        kind: The frame type.
        pf: The poll bit of a command, the final bit of a response.
        ns: N(S), the number of this I frame; None for other types.
        nr: N(R), the number expected next; None for unnumbered frames.
    """

    kind: FrameKind
    pf: bool = True
    ns: int | None = None
    nr: int | None = None

    def __attrs_post_init__(self) -> None:
        wanted = (self.kind is FrameKind.I, self.kind in _NUMBERED)
        if wanted != (self.ns is not None, self.nr is not None):
            raise EncodeError(f"{self!r}: these sequence numbers do not belong to the frame type")
        if not (0 <= (self.ns or 0) < SEQUENCES and 0 <= (self.nr or 0) < SEQUENCES):
            raise EncodeError(f"{self!r}: sequence numbers count from 0 to 7")

    @classmethod
    def decode(cls, octet: int) -> Control:
        """Read a control octet.

        Raises:
            FramingError: ``bad-control``: not a frame type of IEC 62056-46.
        """
        control = _CONTROLS[octet]
        if control is None:
            raise FramingError("bad-control", octets=bytes((octet,)))
        return control

    def encode(self) -> int:
        """The control octet."""
        sequence = (self.nr or 0) << 5 | (self.ns or 0) << 1
        return _BASES[self.kind] | sequence | (POLL_FINAL if self.pf else 0)


def _maybe_control(octet: int) -> Control | None:
    pf = bool(octet & POLL_FINAL)
    if not octet & 1:
        return Control(FrameKind.I, pf, octet >> 1 & 7, octet >> 5)
    kind = _SUPERVISORY.get(octet & 0x0F)
    if kind is not None:
        return Control(kind, pf, None, octet >> 5)
    kind = _UNNUMBERED.get(octet & ~POLL_FINAL)
    return None if kind is None else Control(kind, pf)


_CONTROLS = tuple(_maybe_control(octet) for octet in range(256))
