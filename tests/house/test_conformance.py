"""docs/conformance.md is current, and no test names a rule that is not there."""

from __future__ import annotations

from rig.conformance import PAGE, page, proofs_by_rule, rules


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make conformance`"


def test_every_rule_is_listed_once() -> None:
    ids = [rule.id for rule in rules()]

    assert len(ids) == len(set(ids)) == 137


def test_a_test_names_only_rules_that_are_there() -> None:
    ids = {rule.id for rule in rules()}
    letters = {name[0] for name in ids}  # T, V and the like number other lists

    assert {name for name in proofs_by_rule() if name[0] in letters} <= ids
