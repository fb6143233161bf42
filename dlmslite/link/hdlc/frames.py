"""One frozen class for each frame type, bytes both ways (IEC 62056-46, 6.4).

::

    7E | format | destination | source | control | HCS | information | FCS | 7E
           2       1, 2 or 4   1, 2 or 4     1      2                     2      octets

The format field is 1010 S LLLLLLLLLLL; the HCS is there only with an information field.

``decode`` takes one frame with its flags and checks everything; ``decode_sound`` takes what
``resync`` has passed and checks no sum twice. ``_WIRE`` declares the octets; the code beside it,
written by hand because it runs for every frame, is held equal to it by a property test.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from construct import (
    BitsInteger,
    BitStruct,
    Byte,
    Bytes,
    Computed,
    Const,
    Flag,
    If,
    Int16ul,
    Nibble,
    RepeatUntil,
    Struct,
    this,
)

from dlmslite.errors import EncodeError, FramingError
from dlmslite.link.hdlc.address import Address, addresses_end, decode_cached
from dlmslite.link.hdlc.control import Control, FrameKind
from dlmslite.link.hdlc.fcs import GOOD, check
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.resync import FLAG, FRAME_MAX, fault
from dlmslite.records import frozen

_FORMAT = 0xA000
_SEGMENTED = 0x0800  # the S bit: more segments follow

_ADDRESS = RepeatUntil(lambda octet, _seen, _context: octet & 1, Byte)
_WIRE = Struct(
    Const(FLAG),
    "format" / BitStruct(Const(0xA, Nibble), "segmented" / Flag, "length" / BitsInteger(11)),
    "destination" / _ADDRESS,
    "source" / _ADDRESS,
    "control" / Byte,
    # What lies between the control octet and the FCS; the length counts all but the flags.
    "behind"
    / Computed(lambda this: this.format.length - 5 - len(this.destination) - len(this.source)),
    "hcs" / If(this.behind > 0, Int16ul),
    "information" / Bytes(lambda this: max(this.behind - 2, 0)),
    "fcs" / Int16ul,
    Const(FLAG),
)


@frozen
class Rejection:
    """Why a frame was rejected: the information field of an FRMR (ISO/IEC 13239, 5.5.3.4.2).

    Attributes:
        rejected_control: The control octet of the rejected frame.
        vs: V(S) of the side that rejects.
        vr: V(R) of the side that rejects.
        cr: Whether the rejected frame was a response.
        w: The control octet is undefined or not implemented.
        x: The frame had an information field and must not have one.
        y: The information field was too long.
        z: The N(R) was not valid.
    """

    rejected_control: int
    vs: int
    vr: int
    cr: bool
    w: bool
    x: bool
    y: bool
    z: bool

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons in words."""
        words = {
            "undefined control octet": self.w,
            "unexpected information field": self.x,
            "information field too long": self.y,
            "invalid N(R)": self.z,
        }
        return tuple(text for text, given in words.items() if given)

    def encode(self) -> bytes:
        """The information field of an FRMR that says so."""
        numbers = self.vr << 5 | self.cr << 4 | self.vs << 1
        bits = self.w | self.x << 1 | self.y << 2 | self.z << 3
        return bytes((self.rejected_control, numbers, bits))

    def __str__(self) -> str:
        why = ", ".join(self.reasons) or "no reason given"
        return f"control octet {self.rejected_control:02X}, {why}; V(S)={self.vs} V(R)={self.vr}"


@frozen
class _Frame:
    """What every frame has: where it goes and where it comes from."""

    kind: ClassVar[FrameKind]

    destination: Address
    source: Address


@frozen
class _Unnumbered(_Frame):
    """A frame without sequence numbers; it may carry an information field.

    Attributes:
        destination: Whom it is for.
        source: Who sent it.
        pf: The poll or final bit.
        information: The information field, without LLC interpretation.
    """

    pf: bool = True
    information: bytes = b""

    @property
    def control(self) -> Control:
        """The control octet as a value."""
        return Control(self.kind, self.pf)

    def encode(self) -> bytes:
        """The frame with its flags."""
        return _assemble(self, self.control.encode(), self.information)


@frozen
class I(_Frame):  # noqa: E742  the standard's name
    """Information: a numbered segment of an APDU.

    Attributes:
        destination: Whom it is for.
        source: Who sent it.
        ns: N(S), its own number.
        nr: N(R), the number that its sender expects next.
        pf: The poll or final bit.
        segmented: Whether more segments of the same APDU follow.
        information: The segment; the first one begins with the LLC header.
    """

    kind: ClassVar[FrameKind] = FrameKind.I

    ns: int
    nr: int
    pf: bool = True
    segmented: bool = False
    information: bytes = b""

    def __attrs_post_init__(self) -> None:
        if (self.ns | self.nr) >> 3:
            raise EncodeError(f"N(S)={self.ns} N(R)={self.nr}: sequence numbers go from 0 to 7")

    @property
    def control(self) -> Control:
        """The control octet as a value."""
        return Control(FrameKind.I, self.pf, self.ns, self.nr)

    def encode(self) -> bytes:
        """The frame with its flags."""
        control = self.nr << 5 | (0x10 if self.pf else 0) | self.ns << 1
        return _assemble(self, control, self.information, _SEGMENTED if self.segmented else 0)


@frozen
class _Supervisory(_Frame):
    """A frame that acknowledges.

    Attributes:
        destination: Whom it is for.
        source: Who sent it.
        nr: N(R), the number that its sender expects next.
        pf: The poll or final bit.
    """

    nr: int
    pf: bool = True

    def __attrs_post_init__(self) -> None:
        if self.nr >> 3:
            raise EncodeError(f"N(R)={self.nr}: sequence numbers go from 0 to 7")

    @property
    def control(self) -> Control:
        """The control octet as a value."""
        return Control(self.kind, self.pf, None, self.nr)

    def encode(self) -> bytes:
        """The frame with its flags."""
        return _assemble(self, self.control.encode(), b"")


@frozen
class RR(_Supervisory):
    """Receive ready: an acknowledgement, or a poll."""

    kind: ClassVar[FrameKind] = FrameKind.RR


@frozen
class RNR(_Supervisory):
    """Receive not ready: an acknowledgement that asks for no more for now."""

    kind: ClassVar[FrameKind] = FrameKind.RNR


@frozen
class _SetUp(_Unnumbered):
    """A frame whose information field is a parameter block."""

    def __attrs_post_init__(self) -> None:
        Parameters.decode(self.information)

    @property
    def parameters(self) -> Parameters:
        """What its sender proposes or answers; an empty field says nothing."""
        return Parameters.decode(self.information)


@frozen
class SNRM(_SetUp):
    """Set normal response mode: the client opens the link."""

    kind: ClassVar[FrameKind] = FrameKind.SNRM


@frozen
class UA(_SetUp):
    """Unnumbered acknowledge: the server has obeyed SNRM or DISC."""

    kind: ClassVar[FrameKind] = FrameKind.UA


@frozen
class DISC(_Unnumbered):
    """Disconnect: the client closes the link."""

    kind: ClassVar[FrameKind] = FrameKind.DISC


@frozen
class DM(_Unnumbered):
    """Disconnected mode: the server has no link, or refuses one."""

    kind: ClassVar[FrameKind] = FrameKind.DM


@frozen
class FRMR(_Unnumbered):
    """Frame reject: the server took a frame that a resend cannot heal."""

    kind: ClassVar[FrameKind] = FrameKind.FRMR

    @property
    def rejection(self) -> Rejection | None:
        """The decoded reason; None where the field is not the three octets of the standard."""
        if len(self.information) != 3:
            return None
        control, numbers, bits = self.information
        return Rejection(
            rejected_control=control,
            vs=numbers >> 1 & 7,
            vr=numbers >> 5,
            cr=bool(numbers & 0x10),
            w=bool(bits & 1),
            x=bool(bits & 2),
            y=bool(bits & 4),
            z=bool(bits & 8),
        )


@frozen
class UI(_Unnumbered):
    """Unnumbered information: an APDU outside the sequence, such as a push.

    Attributes:
        destination: Whom it is for.
        source: Who sent it.
        pf: The poll or final bit.
        information: The APDU with its LLC header, or a segment of it.
        segmented: Whether more segments of the same APDU follow.
    """

    kind: ClassVar[FrameKind] = FrameKind.UI

    segmented: bool = False

    def encode(self) -> bytes:
        """The frame with its flags."""
        segmented = _SEGMENTED if self.segmented else 0
        return _assemble(self, self.control.encode(), self.information, segmented)


_I = FrameKind.I  # an enumeration's member is slow to look up, and most frames are I

Frame = I | RR | RNR | SNRM | DISC | UA | DM | FRMR | UI

_SUPERVISORY: dict[FrameKind, type[RR | RNR]] = {FrameKind.RR: RR, FrameKind.RNR: RNR}
_UNNUMBERED: dict[FrameKind, type[SNRM | DISC | UA | DM | FRMR]] = {
    FrameKind.SNRM: SNRM,
    FrameKind.DISC: DISC,
    FrameKind.UA: UA,
    FrameKind.DM: DM,
    FrameKind.FRMR: FRMR,
}


def decode(octets: bytes) -> Frame:
    """Decode exactly one frame with its flags.

    Raises:
        FramingError: ``code`` says what is wrong: ``no-opening-flag``, ``no-closing-flag``,
            ``too-short``, ``bad-format-type``, ``truncated``, ``length-mismatch``,
            ``bad-address-length``, ``bad-hcs``, ``bad-fcs``, ``bad-control``,
            ``bad-parameters``, ``unexpected-information``.
    """
    if not octets.startswith(FLAG):
        raise FramingError("no-opening-flag", octets=octets)
    if not octets.endswith(FLAG):
        raise FramingError("no-closing-flag", octets=octets, offset=len(octets))
    body = octets[1:-1]
    reason = fault(body)
    if reason:
        raise FramingError(reason, octets=octets)
    return decode_sound(body)


def decode_sound(body: bytes) -> Frame:
    """Decode what ``resync`` passed: a frame without flags, whose check sequences are right.

    Raises:
        FramingError: ``bad-control``, ``bad-parameters`` or ``unexpected-information``.
    """
    end = addresses_end(body, 2) + 1
    destination, source, kind, pf, ns, nr = _header(body[2:end])
    information = body[end + 2 : -2]
    if kind is _I:
        return I(destination, source, ns, nr, pf, body[0] & 8 != 0, information)
    if kind is FrameKind.UI:
        return UI(destination, source, pf, information, body[0] & 8 != 0)
    if kind in _UNNUMBERED:
        return _UNNUMBERED[kind](destination, source, pf, information)
    if information:
        raise FramingError("unexpected-information", octets=body, offset=end + 2)
    return _SUPERVISORY[kind](destination, source, nr, pf)


def addresses_and_control(body: bytes) -> tuple[Address, Address, int]:
    """Destination, source and control octet of what ``resync`` passed, whatever its type."""
    control = addresses_end(body, 2)
    middle = next(index for index in range(2, control) if body[index] & 1) + 1
    return decode_cached(body[2:middle]), decode_cached(body[middle:control]), body[control]


# The same few headers come again and again on a line. The bound keeps noise from filling it.
@lru_cache(maxsize=1024)
def _header(octets: bytes) -> tuple[Address, Address, FrameKind, bool, int, int]:
    control = Control.decode(octets[-1])
    size = next(index for index, octet in enumerate(octets) if octet & 1) + 1
    destination, source = decode_cached(octets[:size]), decode_cached(octets[size:-1])
    return destination, source, control.kind, control.pf, control.ns or 0, control.nr or 0


def _assemble(frame: _Frame, control: int, information: bytes, segmented: int = 0) -> bytes:
    destination, source = frame.destination.octets, frame.source.octets
    length = len(destination) + len(source) + 5
    if information:
        length += len(information) + 2
        if length > FRAME_MAX:
            raise EncodeError(f"a frame of {length} octets: the length field ends at {FRAME_MAX}")
    header = (_FORMAT | segmented | length).to_bytes(2) + destination + source + bytes((control,))
    header += check(header).to_bytes(2, "little")
    if not information:
        return FLAG + header + FLAG
    # Behind a sound HCS the register is always the same: the FCS is continued from there.
    return FLAG + header + information + check(information, GOOD).to_bytes(2, "little") + FLAG
