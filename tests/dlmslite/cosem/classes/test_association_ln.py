from __future__ import annotations

from typing import Any

import pytest
from rig.interface_classes import check

from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.association_ln import AssociationLn, AssociationStatus, XdlmsContext
from dlmslite.errors import ConfigurationError, DecodeError
from dlmslite.values.kinds import BitString, Enum
from dlmslite.values.obis import Obis

BITS = BitString("0" * 24)


def test_the_class() -> None:
    check(AssociationLn, attributes=11, methods=6)


@pytest.mark.parametrize(("version", "attributes", "methods"), [(0, 8, 4), (1, 9, 4), (2, 11, 6)])
def test_d26_the_version_selects_attributes_and_methods(
    version: int, attributes: int, methods: int
) -> None:
    association = find_class(15, version)
    assert len(association.attributes) == attributes
    assert len(association.methods) == methods


def test_d26_what_a_version_lacks_has_no_name_in_it() -> None:
    with pytest.raises(ConfigurationError, match="version 0 has no attribute 'user_list'"):
        find_class(15, 0).attribute("user_list")


def test_what_the_association_agreed_on() -> None:
    context = find_class(15).interpret("xdlms_context_info", (BITS, 1024, 512, 6, 0, b""))
    assert context == XdlmsContext(BITS, 1024, 512, 6, 0, b"")


@pytest.mark.parametrize(
    "plain", [(2, 16, 756, 5, 8, 1, 3), bytes.fromhex("60857405080103"), bytes(6) + b"\x03"]
)
def test_names_of_context_and_mechanism_come_in_two_forms(plain: Any) -> None:
    assert find_class(15).interpret("application_context_name", plain) == 3
    assert find_class(15).interpret("authentication_mechanism_name", plain) == 3


def test_partners_status_and_security_setup() -> None:
    association = find_class(15)
    assert association.interpret("associated_partners_id", (16, 1)) == (16, 1)
    status = association.interpret("association_status", Enum(2))
    assert status is AssociationStatus.ASSOCIATED
    setup = Obis.parse("0.0.43.0.0.255")
    assert association.interpret("security_setup_reference", setup.octets) == setup


@pytest.mark.parametrize(
    ("attribute", "plain"),
    [
        ("associated_partners_id", (16,)),
        ("application_context_name", b"\x60"),
        ("authentication_mechanism_name", (2, 16, 756)),
        ("xdlms_context_info", (BITS, 1024)),
        ("association_status", 256),
        ("security_setup_reference", b"\x00"),
    ],
)
def test_other_values_are_refused(attribute: str, plain: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        find_class(15).interpret(attribute, plain)
    assert caught.value.code == "bad-type"
