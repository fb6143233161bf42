"""The tables of causes and rungs: complete, and true to one another."""

from __future__ import annotations

import pytest

from dlmslite_daemon.causes import LADDER, MEANINGS, RUNGS, Cause


def test_every_cause_has_its_words() -> None:
    assert set(MEANINGS) == set(Cause)


@pytest.mark.parametrize("cause", Cause)
def test_a_cause_names_a_command(cause: Cause) -> None:
    meaning = MEANINGS[cause]
    command = meaning.next_action.format(meter="kitchen", sink="tb")

    assert command.split()[0] in {"dlmslite-bridge", "ip"}
    assert meaning.summary
    assert meaning.summary[0].islower()
    assert "power cycle" not in meaning.advice


def test_every_cause_is_proved_by_some_rung() -> None:
    proved = {cause for kind in LADDER for cause in kind.proves}

    assert proved | {Cause.OK, Cause.UNKNOWN} == set(Cause)


def test_a_rung_rules_out_only_what_it_or_a_rung_before_it_could_prove() -> None:
    provable: set[Cause] = set()
    for kind in LADDER:
        provable |= set(kind.proves)
        assert set(kind.rules_out) <= provable, kind.name


def test_the_names_of_the_rungs_are_one_word_and_there_once() -> None:
    names = [kind.name for kind in LADDER]

    assert len(set(names)) == len(names) == len(RUNGS)
    assert all(name.isalpha() for name in names)
    assert names[0] == "line"
    assert names.index("connect") < names.index("banner") < names.index("link")
    assert names.index("public") < names.index("association") < names.index("register")
    assert names[-3:] == ["broker", "puback", "takeover"]
