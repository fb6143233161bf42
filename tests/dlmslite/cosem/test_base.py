from __future__ import annotations

import pytest

from dlmslite.cosem.base import CLASSES, GenericClass, find_class
from dlmslite.errors import ConfigurationError, DecodeError
from dlmslite.values.obis import Obis

ENERGY = Obis.parse("1.0.1.8.0.255")


def test_the_folder_holds_the_classes_of_this_slice() -> None:
    assert {1, 3, 4, 5, 7, 8, 15} <= {class_id for class_id, _ in CLASSES.items()}


def test_attributes_and_methods_are_found_by_number_and_by_name() -> None:
    register = find_class(3)
    assert (register.class_id, register.name, register.version) == (3, "Register", 0)
    assert register.attribute(2) is register.attribute("value")
    assert register.method(1) is register.method("reset")


def test_every_class_has_its_logical_name() -> None:
    assert find_class(3).interpret(1, ENERGY.octets) == ENERGY
    assert find_class(3).interpret("logical_name", ENERGY.octets) == ENERGY
    with pytest.raises(DecodeError, match="logical name"):
        find_class(3).interpret(1, b"\x01")


def test_an_unknown_class_is_generic_and_out_of_nobodys_reach() -> None:
    generic = find_class(9000, 4)
    assert type(generic) is GenericClass
    assert (generic.class_id, generic.version, generic.name) == (9000, 4, "class 9000")
    assert generic.interpret(7, [1, None]) == [1, None]
    assert generic.attribute(7).name == "attribute_7"
    assert generic.method(2).name == "method_2"


def test_what_is_not_declared_is_reached_by_number_only() -> None:
    register = find_class(3)
    assert register.attribute(-1).name == "attribute_-1"
    assert register.method(129).name == "method_129"
    with pytest.raises(ConfigurationError, match=r"has no attribute 'valeu'.*it has: logical_name"):
        register.attribute("valeu")
    with pytest.raises(ConfigurationError, match=r"has no method 'rest'.*it has: reset"):
        register.method("rest")


def test_d26_the_version_is_the_one_asked_for_or_the_newest_known() -> None:
    assert find_class(15).version == 3
    assert find_class(15, 1).version == 1
    assert find_class(15, 9).attributes == find_class(15, 3).attributes
