"""The way of one reading: asked, answered, decoded, stored, published, acknowledged.

Nothing is made up: what is not remembered any more is None, and a word says why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.engine.backlog import own_meters
from dlmslite_daemon.engine.passages import Passage, Passages
from dlmslite_daemon.errors import BridgeError, UnknownSeries
from dlmslite_daemon.meters.frames import Frame, FrameRing
from dlmslite_daemon.reading import Reading
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import MeterRecord

REPLIES_MAX = 64  # frames of one answer that are shown
SLACK_MS = 2000  # between a reading's time and its frames': they are stamped a moment apart


@frozen
class Delivery:
    """What became of a reading at one sink.

    Attributes:
        sink: Its name.
        kind: Its kind.
        acknowledged: Whether the sink's cursor has passed the reading.
        passage: The message that carried it; None if that is not remembered.
        dead: Why it went to the dead letters; empty if it did not.
    """

    sink: str
    kind: str
    acknowledged: bool
    passage: Passage | None = None
    dead: str = ""


@frozen
class Trace:
    """The way of one reading.

    Attributes:
        meter: Its meter.
        series: The series.
        reading: The row of the store.
        request: The frame that asked for it; None if it is not remembered.
        replies: The frames of the answer.
        deliveries: What became of it at each enabled sink.
        missing: Why there are no frames; empty if there are.
    """

    meter: MeterRecord
    series: SeriesSettings
    reading: Reading
    request: Frame | None
    replies: tuple[Frame, ...]
    deliveries: tuple[Delivery, ...]
    missing: str = ""


def trace(
    store: Store,
    frames: FrameRing | None,
    passages: Passages | None,
    meter: str,
    series: str | None = None,
) -> Trace:
    """Follow the last reading of a meter, or of one series of it.

    Args:
        store: Has the reading, the cursors and the dead letters.
        frames: The last frames; None when no daemon runs.
        passages: The last messages; None likewise.
        meter: The meter.
        series: The series' key; None for the newest of all.

    Raises:
        UnknownMeter: There is no such meter.
        UnknownSeries: It has no such series.
        BridgeError: Nothing is stored yet (``E-READING-NONE``).
    """
    record = store.meter(meter)
    settings = {one.key: one for one in record.settings.series}
    latest = store.latest(record.name)
    if series is not None and series not in settings:
        raise UnknownSeries(record.name, series)
    found = [one for key, one in latest.items() if key in settings and series in {None, key}]
    if not found:
        raise BridgeError(
            f"no reading of {record.name} is stored yet",
            code="E-READING-NONE",
            hint=f"dlmslite-bridge status {record.name} says why",
        )
    reading = max(found, key=lambda one: one.ts_ms)
    own = settings[reading.series]
    kept = [] if frames is None else frames.recent(record.name)
    request, replies = _frames_of(kept, own, reading)
    missing = "" if request else _why_missing(frames, kept)
    deliveries = tuple(_deliveries(store, passages, record.name, reading))
    return Trace(record, own, reading, request, replies, deliveries, missing)


def _frames_of(
    frames: Sequence[Frame], series: SeriesSettings, reading: Reading
) -> tuple[Frame | None, tuple[Frame, ...]]:
    """The request that named the series, and what came after it until the next request."""
    name = bytes(int(group) for group in re.findall(r"\d+", series.obis))
    wanted = name + (series.attribute & 0xFF).to_bytes(1)
    until_ms = (reading.host_ts_ms or reading.ts_ms) + SLACK_MS
    for index in range(len(frames) - 1, -1, -1):
        frame = frames[index]
        if frame.sent and frame.ts_ms <= until_ms and wanted in frame.octets:
            replies: list[Frame] = []
            for later in frames[index + 1 :]:
                if later.sent and wanted not in later.octets and replies:
                    break
                if not later.sent:
                    replies.append(later)
            return frame, tuple(replies[:REPLIES_MAX])
    return None, ()


def _why_missing(frames: FrameRing | None, kept: Sequence[Frame]) -> str:
    if frames is None:
        return "no daemon runs; only a running one remembers frames"
    if not kept:
        return "no frame of this meter is remembered"
    return "the frames are gone by now, or are ciphered"


def _deliveries(
    store: Store, passages: Passages | None, meter: str, reading: Reading
) -> list[Delivery]:
    number = reading.number or 0
    found = []
    for record in store.sinks():
        if not record.settings.enabled:
            continue
        own = own_meters(store, record)
        if (own is not None and meter not in own) or record.since >= number:
            continue  # it was never to get this one
        cursor = store.cursor(record.name, reading.lane, meter if own is not None else "")
        passed = [] if passages is None else passages.of(meter, record.name)
        passage = next((one for one in passed if number in one.numbers), None)
        dead = next(
            (
                letter.reason
                for letter in store.dead_letters(record.name)
                if letter.lane is reading.lane and letter.first <= number <= letter.last
            ),
            "",
        )
        arrived = cursor >= number or (passage is not None and passage.outcome == "sent")
        kind = record.settings.kind
        found.append(Delivery(record.name, kind, arrived and not dead, passage, dead))
    return found
