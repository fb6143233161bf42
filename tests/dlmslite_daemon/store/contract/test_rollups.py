"""Both stores keep this part of the contract; what it means is tested by ``rig.store_suite``."""

from __future__ import annotations

from rig.store_contract import check

from dlmslite_daemon.store.contract.rollups import RollupsStore


def test_both_stores_have_its_methods_with_their_parameters() -> None:
    check(RollupsStore)
