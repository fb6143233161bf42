"""The release response."""

from __future__ import annotations

import pytest

from dlmslite.apdu.rlre import Rlre
from dlmslite.codes import ReleaseResponseReason
from dlmslite.errors import DecodeError


def test_p16_a_release_may_be_answered_with_a_reason_and_need_not() -> None:
    assert Rlre().encode().hex() == "6303800100"
    assert Rlre.decode(b"\x63\x00") == Rlre(reason=None)
    assert Rlre.decode(bytes.fromhex("6303800101")).reason is ReleaseResponseReason.NOT_FINISHED


def test_a_request_is_no_response() -> None:
    with pytest.raises(DecodeError) as caught:
        Rlre.decode(bytes.fromhex("6203800100"))
    assert caught.value.code == "bad-ber-tag"
