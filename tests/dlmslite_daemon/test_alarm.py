"""An alarm is raised once, repeated while it holds, and cleared when it does not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.alarm import Alarm, AlarmBook, Condition, Severity

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
    seen = alarm.acknowledged("ann", 2)
    assert book.replaced(seen).open["kitchen", "a"] is seen
    # One that was cleared meanwhile does not come back.
    empty, _ = book.update("kitchen", [], 3)
    assert empty.replaced(seen) is empty
    assert book.replaced(seen.cleared(4)) is book
