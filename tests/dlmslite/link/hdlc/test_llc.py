from __future__ import annotations

from dlmslite.link.hdlc import llc
from dlmslite.role import Role


def test_i01_a_request_and_a_response_have_their_own_header() -> None:
    assert llc.join(Role.CLIENT, b"\xc0") == bytes.fromhex("e6e600c0")
    assert llc.join(Role.SERVER, b"\xc4") == bytes.fromhex("e6e700c4")


def test_the_header_is_split_off_where_there_is_one() -> None:
    assert llc.split(bytes.fromhex("e6e600c001")) == (llc.COMMAND, b"\xc0\x01")
    assert llc.split(bytes.fromhex("e6e700")) == (llc.RESPONSE, b"")
    assert llc.split(bytes.fromhex("e6e6c001")) == (b"", bytes.fromhex("e6e6c001"))
    assert llc.split(b"") == (b"", b"")
