from __future__ import annotations

import pytest

from dlmslite.errors import EncodeError, FramingError
from dlmslite.link.hdlc.control import Control, FrameKind


@pytest.mark.parametrize("octet", range(256))
def test_every_octet_round_trips_or_is_refused(octet: int) -> None:
    try:
        control = Control.decode(octet)
    except FramingError as error:
        assert error.code == "bad-control"
        assert octet & 1
    else:
        assert control.encode() == octet


@pytest.mark.parametrize(
    ("octet", "control"),
    [
        (0x93, Control(FrameKind.SNRM)),
        (0x53, Control(FrameKind.DISC)),
        (0x73, Control(FrameKind.UA)),
        (0x1F, Control(FrameKind.DM)),
        (0x97, Control(FrameKind.FRMR)),
        (0x13, Control(FrameKind.UI)),
        (0x03, Control(FrameKind.UI, pf=False)),
        (0x31, Control(FrameKind.RR, True, None, 1)),
        (0x35, Control(FrameKind.RNR, True, None, 1)),
        (0x30, Control(FrameKind.I, True, 0, 1)),
        (0xEE, Control(FrameKind.I, False, 7, 7)),
    ],
)
def test_octets_of_the_standard(octet: int, control: Control) -> None:
    assert Control.decode(octet) == control


@pytest.mark.parametrize("octet", [0x19, 0x1D, 0xBF, 0x9F, 0xFF])
def test_rej_xid_and_the_rest_are_refused(octet: int) -> None:
    with pytest.raises(FramingError, match="bad-control"):
        Control.decode(octet)


@pytest.mark.parametrize(
    ("kind", "ns", "nr"),
    [
        (FrameKind.I, None, 0),
        (FrameKind.I, 0, None),
        (FrameKind.I, 8, 0),
        (FrameKind.I, 0, -1),
        (FrameKind.RR, 0, 0),
        (FrameKind.RR, None, None),
        (FrameKind.UA, None, 0),
    ],
)
def test_sequence_numbers_belong_to_their_types(
    kind: FrameKind, ns: int | None, nr: int | None
) -> None:
    with pytest.raises(EncodeError):
        Control(kind, True, ns, nr)
