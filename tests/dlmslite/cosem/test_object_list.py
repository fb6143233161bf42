from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from strategies.values import data_values

from dlmslite.cosem.object_list import (
    AccessRights,
    AttributeAccess,
    CosemObject,
    MethodAccess,
    decode_object_list,
)
from dlmslite.errors import DecodeError
from dlmslite.values.data import Data
from dlmslite.values.kinds import Enum
from dlmslite.values.obis import Obis

ENERGY = Obis.parse("1.0.1.8.0.255")
ASSOCIATION = Obis.parse("0.0.40.0.0.255")
OTHER_ASSOCIATION = Obis.parse("0.0.40.0.2.255")
READ_WRITE = AttributeAccess.READ | AttributeAccess.WRITE


def entry(attributes: Any, methods: Any = (), obis: Obis = ENERGY) -> Any:
    return (3, 0, obis.octets, (list(attributes), list(methods)))


def association(version: int, obis: Obis = ASSOCIATION) -> Any:
    return (15, version, obis.octets, ([], []))


def test_an_object_says_what_it_is_and_what_may_be_done_with_it() -> None:
    octets = bytes.fromhex(
        "0101" "0204" "120003" "1100" "09060100010800ff"
        "0202" "0102" "0203" "0f01" "1601" "00" "0203" "0f02" "1603" "0101" "0f01"
        "0101" "0202" "0f01" "1601"
    )  # fmt: skip
    (found,) = decode_object_list(Data.decode(octets).plain)
    assert found == CosemObject(
        ENERGY,
        3,
        0,
        AccessRights({1: AttributeAccess.READ, 2: READ_WRITE}, {1: MethodAccess.INVOKE}, {2: (1,)}),
    )
    assert found.name == "active_energy_import"
    assert found.access.can_read(2)
    assert not found.access.can_read(3)
    assert str(found.access) == "1:r- 2:rw m1:x"


@pytest.mark.parametrize(
    ("mode", "access", "text"),
    [
        (0, AttributeAccess.NONE, "--"),
        (1, AttributeAccess.READ, "r-"),
        (2, AttributeAccess.WRITE, "-w"),
        (3, READ_WRITE, "rw"),
        (4, AttributeAccess.READ | AttributeAccess.AUTHENTICATED_REQUEST, "r-*"),
        (5, AttributeAccess.WRITE | AttributeAccess.AUTHENTICATED_REQUEST, "-w*"),
        (6, READ_WRITE | AttributeAccess.AUTHENTICATED_REQUEST, "rw*"),
    ],
)
@pytest.mark.parametrize("version", [0, 1, 2])
def test_d24_until_version_2_access_is_a_numbered_mode(
    version: int, mode: int, access: AttributeAccess, text: str
) -> None:
    (found,) = decode_object_list([entry([(2, Enum(mode), None)])], version)
    assert found.access.attributes == {2: access}
    assert str(found.access.attributes[2]) == text


def test_d24_from_version_3_on_access_is_a_set_of_bits() -> None:
    rights = entry([(2, Enum(0x05), None)], [(1, Enum(0x01)), (2, Enum(0x00)), (3, Enum(0x21))])
    (found,) = decode_object_list([rights], 3)
    assert found.access.attributes == {
        2: AttributeAccess.READ | AttributeAccess.AUTHENTICATED_REQUEST
    }
    assert str(found.access) == "2:r-* m1:x m2:- m3:x*"


def test_d24_every_bit_of_version_3_survives() -> None:
    for bits in range(256):
        (found,) = decode_object_list([entry([(2, bits, None)], [(1, bits)])], 3)
        assert (found.access.attributes[2], found.access.methods[1]) == (bits, bits)


def test_d24_methods_of_version_0_are_booleans() -> None:
    (found,) = decode_object_list([entry([], [(1, True), (2, False)])], 0)
    assert found.access.methods == {1: MethodAccess.INVOKE, 2: MethodAccess.NONE}


@pytest.mark.parametrize(
    ("selectors", "expected"), [(None, {}), ([], {}), ([1, 2], {2: (1, 2)}), (1, {2: (1,)})]
)
def test_d24_access_selectors_are_optional(selectors: Any, expected: Any) -> None:
    (found,) = decode_object_list([entry([(2, Enum(1), selectors)])])
    assert found.access.selectors == expected


def test_d24_access_selectors_may_be_left_out() -> None:
    (found,) = decode_object_list([entry([(2, Enum(1))])])
    assert found.access == AccessRights({2: AttributeAccess.READ})


@pytest.mark.parametrize("rights", [None, (), ([], []), (None, None)])
def test_an_object_without_rights_is_still_listed(rights: Any) -> None:
    (found,) = decode_object_list([(3, 0, ENERGY.octets, rights)])
    assert found == CosemObject(ENERGY, 3)


def test_d24_the_list_itself_says_which_version_it_has() -> None:
    rights = entry([(2, 5, None)])
    authenticated_read = AttributeAccess.READ | AttributeAccess.AUTHENTICATED_REQUEST
    authenticated_write = AttributeAccess.WRITE | AttributeAccess.AUTHENTICATED_REQUEST
    for entries, access in [
        ([association(3), rights], authenticated_read),
        ([rights, association(1)], authenticated_write),
        ([association(1), association(3, OTHER_ASSOCIATION), rights], authenticated_write),
        ([association(3, OTHER_ASSOCIATION), rights], authenticated_read),
        ([rights], authenticated_write),
    ]:
        found = {one.obis: one for one in decode_object_list(entries)}[ENERGY]
        assert found.access.attributes[2] == access


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [None],
        [(3, 0, ENERGY.octets)],
        [(3, 0, b"\x01", None)],
        [("3", 0, ENERGY.octets, None)],
        [(3, 0, ENERGY.octets, ([],))],
        [(3, 0, ENERGY.octets, ([5], []))],
        [(3, 0, ENERGY.octets, (5, []))],
        [entry([("2", 1, None)])],
        [entry([(2, b"\x01", None)])],
        [entry([(2, 7, None)])],
        [entry([(2, 1, ["a"])])],
        [entry([], [(1, 3)])],
        [association(3), entry([(2, 256, None)])],
    ],
)
def test_what_is_no_object_list_is_refused(plain: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_object_list(plain)
    assert caught.value.code == "bad-object-list"


@given(data_values)
def test_any_value_is_an_object_list_or_a_decode_error(data: Data) -> None:
    with suppress(DecodeError):
        decode_object_list([data.plain, (3, 0, ENERGY.octets, data.plain)])
