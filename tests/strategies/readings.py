"""Stored readings of a few meters, in rising order of their numbers."""

from __future__ import annotations

from hypothesis import strategies as st

from dlmslite_daemon.reading import Quality, Reading, Source, ValueKind

METERS = st.sampled_from(["kitchen", "cellar", "Zähler-3"])
SERIES = st.sampled_from(["voltage", "current", "energy", "serial"])
TIMES = st.integers(1_700_000_000_000, 1_700_000_000_005)


@st.composite
def stored(draw: st.DrawFn, source: Source = Source.LIVE) -> list[Reading]:
    """Readings as an outbox gives them: numbered, rising, with gaps."""
    readings = []
    number = 0
    for _ in range(draw(st.integers(0, 30))):
        number += draw(st.integers(1, 3))
        text = draw(st.none() | st.text(max_size=40))
        readings.append(
            Reading(
                meter=draw(METERS),
                series=draw(SERIES),
                ts_ms=draw(TIMES),
                kind=ValueKind.INTEGER if text is None else ValueKind.TEXT,
                raw=draw(st.integers(-(2**70), 2**70)) if text is None else None,
                scaler=draw(st.integers(-9, 3)) if text is None else 0,
                text=text,
                unit="V",
                host_ts_ms=draw(TIMES),
                source=source,
                quality=draw(st.sampled_from(Quality)),
                number=number,
            )
        )
    return readings
