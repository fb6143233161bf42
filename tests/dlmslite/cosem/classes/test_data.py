from __future__ import annotations

from rig.interface_classes import check

from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.data import Data


def test_the_class() -> None:
    check(Data, attributes=2, methods=0)


def test_d23_a_value_has_no_scaler_and_stays_as_it_is() -> None:
    assert find_class(1).attribute("value").scaled_by is None
    assert find_class(1).interpret("value", b"\x01\x02") == b"\x01\x02"
