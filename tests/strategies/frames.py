"""HDLC addresses, parameters and frames, WPDUs, M-Bus frames: every sound one."""

from __future__ import annotations

from hypothesis import strategies as st

from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import DISC, DM, FRMR, RNR, RR, SNRM, UA, UI, Frame, I
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.mbus.frames import MbusFrame
from dlmslite.link.wrapper import Wpdu

_sevens = st.integers(0, 0x7F)
_fourteens = st.integers(0, 0x3FFF)
_four_octets = st.one_of(st.none(), st.integers(0, 0xFFFFFFFF))
sequences = st.integers(0, 7)


def addresses() -> st.SearchStrategy[Address]:
    """Addresses of one, two and four octets."""
    return st.one_of(
        st.builds(Address, _sevens, st.none(), st.just(1)),
        st.builds(Address, _sevens, _sevens, st.just(2)),
        st.builds(Address, _fourteens, _fourteens, st.just(4)),
    )


def parameters() -> st.SearchStrategy[Parameters]:
    """Parameter blocks, with entries that nobody knows among them."""
    return st.builds(
        Parameters,
        max_info_transmit=_four_octets,
        max_info_receive=_four_octets,
        window_transmit=_four_octets,
        window_receive=_four_octets,
        unknown=st.lists(st.tuples(st.integers(9, 255), st.binary(max_size=6)), max_size=3).map(
            tuple
        ),
    )


def information(max_size: int = 300) -> st.SearchStrategy[bytes]:
    """Information fields, rich in flags."""
    flags = st.lists(st.sampled_from([b"\x7e", b"\x7e\xa0", b"\x7e\xa0\x07", b"\x00"]), max_size=9)
    return st.one_of(st.binary(max_size=max_size), flags.map(b"".join))


def frames(max_size: int = 300) -> st.SearchStrategy[Frame]:
    """Frames of every type."""
    both = {"destination": addresses(), "source": addresses(), "pf": st.booleans()}
    info = information(max_size)
    block = st.one_of(st.just(b""), parameters().map(Parameters.encode))
    return st.one_of(
        st.builds(I, **both, ns=sequences, nr=sequences, segmented=st.booleans(), information=info),
        st.builds(RR, **both, nr=sequences),
        st.builds(RNR, **both, nr=sequences),
        st.builds(SNRM, **both, information=block),
        st.builds(UA, **both, information=block),
        st.builds(DISC, **both, information=info),
        st.builds(DM, **both, information=info),
        st.builds(FRMR, **both, information=info),
        st.builds(UI, **both, information=info, segmented=st.booleans()),
    )


def wpdus(max_size: int = 300) -> st.SearchStrategy[Wpdu]:
    """WPDUs between any ports."""
    ports = st.integers(0, 0xFFFF)
    return st.builds(Wpdu, ports, ports, st.binary(max_size=max_size))


def mbus_frames(max_size: int = 250) -> st.SearchStrategy[MbusFrame]:
    """Long frames with data, rich in starts and stops."""
    octets = st.integers(0, 255)
    starts = st.lists(st.sampled_from([b"\x68", b"\x16", b"\x68\x03\x03\x68"]), max_size=20)
    return st.builds(
        MbusFrame,
        control=octets,
        address=octets,
        segment=st.integers(0, 15),
        final=st.booleans(),
        source=octets,
        destination=octets,
        data=st.one_of(st.binary(max_size=max_size), starts.map(lambda s: b"".join(s)[:max_size])),
    )
