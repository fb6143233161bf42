"""The cursor that is furthest behind counts."""

from __future__ import annotations

from dlmslite_daemon.store.reach import Reach


def test_of_a_meter_the_smaller_number_counts() -> None:
    reach = Reach(10, {"kitchen": 5, "cellar": 20})
    assert [reach.of(name) for name in ("kitchen", "cellar", "attic")] == [5, 10, 10]
    assert reach.behind == {"kitchen": 5}


def test_without_a_shared_cursor_only_own_ones_are_known() -> None:
    reach = Reach(None, {"kitchen": 5})
    assert (reach.of("kitchen"), reach.of("attic")) == (5, None)
    assert reach.behind == {"kitchen": 5}
    assert Reach().of("kitchen") is None
