"""What forwarders remember of the last messages."""

from __future__ import annotations

import pytest

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine import passages as module
from dlmslite_daemon.engine.passages import KEPT, Passages
from dlmslite_daemon.sinks.base import Acknowledged, Message, Outcome


def message(*numbers: int) -> Message:
    return Message("meters/kitchen/state", b"{}", numbers)


def test_a_message_is_remembered_with_its_acknowledgement() -> None:
    clock = FakeClock()
    passages = Passages(clock)
    passages.published("tb", "tb", 7, message(1, 2), ["kitchen", "cellar"])
    clock.advance(0.25)
    passages.answered("tb", Acknowledged(7, Outcome.SENT, 16, "No matching subscribers"))
    (one,) = passages.of("kitchen", "tb")
    assert one == passages.of("cellar", "tb")[0]
    assert (one.message_id, one.outcome, one.code, one.reason) == (
        7,
        "sent",
        16,
        "No matching subscribers",
    )
    assert one.answered_ms is not None
    assert one.answered_ms - one.published_ms == 250
    assert passages.of("kitchen", "other") == []


def test_plain_success_has_a_name_and_a_refusal_its_own() -> None:
    passages = Passages(FakeClock())
    for token, outcome in enumerate((Outcome.SENT, Outcome.REFUSED), 1):
        passages.published("tb", "tb", token, message(token), ["kitchen"])
        passages.answered("tb", Acknowledged(token, outcome))
    refused, sent = passages.of("kitchen", "tb")
    assert (sent.reason, refused.outcome) == ("success", "refused")


def test_what_was_in_flight_goes_with_its_connection() -> None:
    passages = Passages(FakeClock())
    passages.published("tb/a", "tb", 1, message(1), ["a"])
    passages.published("tb/b", "tb", 1, message(2), ["b"])
    passages.lost("tb/a")
    passages.answered("tb/a", Acknowledged(1, Outcome.SENT))
    assert [one.outcome for one in passages.of("a", "tb")] == ["lost"]
    assert [one.outcome for one in passages.of("b", "tb")] == ["in flight"]


def test_only_the_newest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PLACES_MAX", 2)
    passages = Passages(FakeClock())
    for number in range(1, KEPT + 3):
        passages.published("tb", "tb", number, message(number), ["kitchen"])
    assert [one.message_id for one in passages.of("kitchen", "tb")] == [6, 5, 4, 3]
    passages.answered("tb", Acknowledged(1, Outcome.SENT))  # forgotten already: nothing happens
    for meter in ("cellar", "attic"):
        passages.published("tb", "tb", 99, message(99), [meter])
    assert passages.of("kitchen", "tb") == []
