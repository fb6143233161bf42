"""The release request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.apdus import releases

from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.codes import ReleaseRequestReason
from dlmslite.errors import DecodeError


@given(releases())
def test_a_release_comes_back(release: Rlrq | Rlre) -> None:
    assert type(release).decode(release.encode()) == release


@given(st.binary(max_size=20))
def test_any_octets_give_a_request_or_a_decode_error(octets: bytes) -> None:
    for candidate in (octets, b"\x62" + bytes([len(octets)]) + octets):
        try:
            Rlrq.decode(candidate)
        except DecodeError as error:
            assert 0 <= error.offset <= len(candidate)


def test_p16_a_release_may_have_a_reason_and_need_not() -> None:
    assert Rlrq().encode().hex() == "6203800100"
    assert Rlrq(reason=None).encode().hex() == "6200"
    assert Rlrq.decode(b"\x62\x00").reason is None


def test_p16_a_ciphered_release_carries_an_initiate_request() -> None:
    ciphered = Rlrq(user_information=b"\x21\x05\x30\0\0\0\1")

    assert ciphered.encode().hex() == "620e800100be09040721053000000001"
    assert Rlrq.decode(ciphered.encode()) == ciphered


def test_an_undefined_reason_is_refused_or_kept() -> None:
    with pytest.raises(DecodeError) as caught:
        Rlrq.decode(bytes.fromhex("6203800105"))

    assert (caught.value.code, caught.value.offset) == ("bad-enum", 4)
    kept = Rlrq.decode(bytes.fromhex("6203800105"), lenient=True)
    assert kept.reason == ReleaseRequestReason(5)
