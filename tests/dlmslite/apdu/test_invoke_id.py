"""Invoke-id and priority, all 256 of them."""

from __future__ import annotations

import pytest

from dlmslite.apdu.invoke_id import INVOKE_ID_AND_PRIORITY, INVOKE_IDS, InvokeId
from dlmslite.encoding import codec
from dlmslite.errors import EncodeError


@pytest.mark.parametrize("octet", range(256))
def test_every_octet_is_legal_and_comes_back(octet: int) -> None:
    invoke_id = codec.parse(INVOKE_ID_AND_PRIORITY, bytes([octet]))

    assert invoke_id is INVOKE_IDS[octet]
    assert codec.build(INVOKE_ID_AND_PRIORITY, invoke_id) == bytes([octet])
    assert invoke_id.number == octet % 16
    assert invoke_id.confirmed == (octet // 64 % 2 == 1)
    assert invoke_id.high_priority == (octet >= 128)


def test_the_flags_stand_where_the_standard_has_them() -> None:
    assert InvokeId.of(1).octet == 0xC1
    assert InvokeId.of(1, high_priority=False).octet == 0x41
    assert InvokeId.of(15, confirmed=False).octet == 0x8F


@pytest.mark.parametrize("number", [-1, 16])
def test_an_invoke_id_has_four_bits(number: int) -> None:
    with pytest.raises(EncodeError, match="0 to 15"):
        InvokeId.of(number)


@pytest.mark.parametrize("octet", [-1, 256])
def test_invoke_id_and_priority_is_one_octet(octet: int) -> None:
    with pytest.raises(EncodeError, match="one octet"):
        InvokeId(octet)
