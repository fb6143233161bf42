"""What the tap reports is counted."""

from __future__ import annotations

from dlmslite.trace import Direction, TraceEvent
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.meters.traffic import DISCARDED_KEPT, OCTETS_KEPT, Traffic, TrafficCount


def event(
    direction: Direction,
    octets: bytes = b"",
    note: str = "",
    layer: str = "transport",
    **details: int,
) -> TraceEvent:
    return TraceEvent(
        at=0.0, layer=layer, direction=direction, octets=octets, note=note, details=details
    )


def test_octets_pieces_and_frames_are_counted_each_way_until_taken() -> None:
    count = TrafficCount(FakeClock())
    count(event(Direction.SENT, bytes(10), frames=1))
    count(event(Direction.SENT, bytes(5), frames=3))
    count(event(Direction.RECEIVED, bytes(7), frames=2))
    count(event(Direction.RECEIVED, bytes(1)))
    count(event(Direction.INTERNAL, note="LinkOpened", layer="link"))
    assert count.look() == Traffic(15, 8, 2, 2, 4, 2)
    assert count.take() == Traffic(15, 8, 2, 2, 4, 2)
    assert count.take() == Traffic()


def test_what_was_thrown_away_is_kept_within_bounds() -> None:
    count = TrafficCount(FakeClock())
    for number in range(DISCARDED_KEPT + 5):
        note = f"discarded: bad-fcs-{number}"
        count(event(Direction.INTERNAL, bytes(1000), note, "link"))
    traffic = count.take()
    discarded = traffic.discarded
    assert traffic.octets_discarded == 1000 * (DISCARDED_KEPT + 5)
    assert count.take().octets_discarded == 0
    assert len(discarded) == DISCARDED_KEPT
    assert discarded[-1] == (f"bad-fcs-{DISCARDED_KEPT + 4}", bytes(OCTETS_KEPT))


def test_it_knows_when_something_moved_last() -> None:
    clock = FakeClock(start=100.0)
    count = TrafficCount(clock)
    clock.advance(3.0)
    assert count.moved_at == 100.0
    count(event(Direction.SENT, b"7e"))
    assert count.moved_at == 103.0
