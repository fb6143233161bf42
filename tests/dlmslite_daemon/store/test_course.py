"""A course that nobody heard of is empty."""

from __future__ import annotations

from dlmslite_daemon.store.course import Course


def test_an_empty_course_has_no_landmark_and_no_gap() -> None:
    assert Course() == Course((), ())
