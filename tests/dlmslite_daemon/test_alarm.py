"""An alarm is raised once, repeated while it holds, and cleared when it does not."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.alarm import Alarm, AlarmBook, Changes, Condition, Mute, Severity
from dlmslite_daemon.errors import ConfigError

A = Condition("a", "first")
B = Condition("b", "second", Severity.CRITICAL)

conditions = st.lists(st.sampled_from([A, B]), max_size=2, unique=True)
subjects = st.sampled_from(["kitchen", "attic"])


@given(steps=st.lists(st.tuples(subjects, conditions), max_size=20))
def test_the_book_holds_exactly_what_holds_and_forgets_nothing(
    steps: list[tuple[str, list[Condition]]],
) -> None:
    book, holds = AlarmBook(), {}
    raised = cleared = 0
    for now, (subject, said) in enumerate(steps):
        before = {key for key in book.open if key[0] == subject}
        book, changes = book.update(subject, said, now)
        holds[subject] = {(subject, c.code) for c in said}
        assert set(book.open) == set().union(*holds.values())
        after = holds[subject]
        assert {(a.subject, a.condition.code) for a in changes.raised} == after - before
        assert {(a.subject, a.condition.code) for a in changes.repeated} == after & before
        assert {(a.subject, a.condition.code) for a in changes.cleared} == before - after
        assert all(a.cleared_ms == now and not a.active for a in changes.cleared)
        raised += len(changes.raised)
        cleared += len(changes.cleared)
    assert raised - cleared == len(book.open)


def test_a_repeated_alarm_counts_and_takes_the_newest_words() -> None:
    book, _ = AlarmBook().update("kitchen", [A], 1)
    book, changes = book.update("kitchen", [Condition("a", "worse", Severity.ERROR)], 5)
    (alarm,) = changes.repeated
    assert (alarm.raised_ms, alarm.last_ms, alarm.count) == (1, 5, 2)
    assert (alarm.condition.message, alarm.condition.severity) == ("worse", Severity.ERROR)


def test_acknowledging_does_not_clear_and_stays_the_firsts() -> None:
    alarm = Alarm("kitchen", A, 1, 1).acknowledged("ann", 2).acknowledged("bob", 3)
    assert (alarm.acknowledged_by, alarm.acknowledged_ms) == ("ann", 2)
    assert alarm.active
    over = alarm.cleared(4)
    assert (over.active, over.cleared(9).cleared_ms) == (False, 4)


def test_a_book_is_restored_from_a_store() -> None:
    open_one = Alarm("kitchen", A, 1, 1, number=7)
    book = AlarmBook.of([open_one, Alarm("kitchen", B, 1, 1, cleared_ms=2)])
    assert list(book.open.values()) == [open_one]
    _, changes = book.update("kitchen", [A], 3)
    assert changes.repeated[0].number == 7


def test_a_stored_number_and_an_acknowledgement_find_their_way_into_the_book() -> None:
    book, changes = AlarmBook().update("kitchen", [A], 1)
    (alarm,) = changes.raised
    seen = evolve(alarm.acknowledged("ann", 2), number=7)
    assert book.replaced(seen).open["kitchen", "a"] is seen
    # One that was cleared meanwhile does not come back.
    empty, _ = book.update("kitchen", [], 3)
    assert empty.replaced(seen) == empty
    # One that an operator cleared goes; one of another number is another alarm.
    assert book.replaced(seen).replaced(seen.cleared(4, "ann")).open == {}
    assert book.replaced(seen).replaced(evolve(seen, number=8).cleared(4)).open


def test_what_comes_and_goes_stays_open_unseen_and_counts_its_returns() -> None:
    book, _ = AlarmBook().update("kitchen", [A], 1)
    book, changes = book.update("kitchen", [], 2, held={"a"})
    assert changes == Changes()
    assert book.open["kitchen", "a"].count == 1
    _, changes = book.update("kitchen", [A], 3, returned={"a"})
    (alarm,) = changes.repeated
    assert (alarm.count, alarm.flaps, alarm.raised_ms) == (2, 1, 1)


@pytest.mark.parametrize(
    ("mute", "covered"),
    [
        (Mute("a"), True),
        (Mute("b"), False),
        (Mute(subject="kitchen"), True),
        (Mute(subject="attic"), False),
        (Mute("a", "kitchen"), True),
        (Mute("a", "attic"), False),
        (Mute("b", "kitchen"), False),
        (Mute("a", until_ms=10), False),
        (Mute("a", until_ms=11), True),
    ],
)
def test_a_mute_covers_its_code_its_subject_and_its_time(mute: Mute, covered: bool) -> None:
    assert mute.covers(Alarm("kitchen", A, 1, 1), 10) is covered


def test_a_mute_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="names a code, a subject, or both"):
        Mute(until_ms=5)


def test_sinks_are_told_of_an_alarm_as_soon_as_no_mute_covers_it_and_stay_told() -> None:
    alarm = Alarm("kitchen", A, 1, 1)
    quiet = alarm.under([Mute("a", until_ms=5)], 4)
    assert (quiet.muted, quiet.told) == (True, False)
    loud = quiet.under([Mute("a", until_ms=5)], 5)
    assert (loud.muted, loud.told) == (False, True)
    again = loud.under([Mute("a")], 6)
    assert (again.muted, again.told) == (True, True)


def test_who_cleared_an_alarm_is_kept() -> None:
    over = Alarm("kitchen", A, 1, 1).cleared(4, "ann")
    assert (over.cleared_by, over.cleared(5, "bob").cleared_by) == ("ann", "ann")


def test_the_bridge_speaks_of_itself_its_parts_and_its_sinks() -> None:
    subjects = ("bridge", "bridge:store", "sink:a", "m")
    told = {who: Alarm(who, Condition("x", "text"), 1, 1).whose for who in subjects}
    assert told == {"bridge": "bridge", "bridge:store": "bridge", "sink:a": "bridge", "m": "m"}
