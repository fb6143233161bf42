"""docs/conformance.md is current, and no test names a rule that is not there."""

from __future__ import annotations

from rig.conformance import PAGE, defects, page, proofs_by_rule, rules


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make conformance`"


def test_every_rule_is_listed_once() -> None:
    ids = [rule.id for rule in rules()]

    assert len(ids) == len(set(ids)) == 137


def test_a_test_names_only_rules_that_are_there() -> None:
    ids = {rule.id for rule in rules()}
    ids |= {rule.id for rule in defects()}
    letters = {name[0] for name in ids}  # T, V and the like number other lists

    assert {name for name in proofs_by_rule() if name[0] in letters} <= ids


def test_every_link_rule_and_every_defect_at_the_link_has_a_test() -> None:
    untested = [rule.id for rule in [*rules(), *defects()] if not rule.tests]

    assert [name for name in untested if name[0] in "HALIG"] == []
