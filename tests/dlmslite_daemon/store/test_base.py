"""The contract is all of its parts."""

from __future__ import annotations

from pathlib import Path

from rig.store_contract import check

from dlmslite_daemon.store import contract
from dlmslite_daemon.store.base import Store


def test_both_stores_have_what_no_part_has() -> None:
    check(Store)


def test_every_part_is_in_the_contract() -> None:
    folder = Path(contract.__file__).parent
    parts = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    joined = {base.__module__.rpartition(".")[2] for base in Store.__mro__}
    assert parts <= joined
