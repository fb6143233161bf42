"""Strategies for the ground floor of the daemon: readings, names, settings."""

from __future__ import annotations

from hypothesis import strategies as st

from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings
from dlmslite_daemon.reading import Quality, Reading, Source, ValueKind

names = st.from_regex(r"[a-z][a-z0-9_.-]{0,20}", fullmatch=True)
times_ms = st.integers(0, 4_102_444_800_000)  # to the year 2100
scalers = st.integers(-128, 127)  # a signed octet on the wire
any_integers = st.one_of(
    st.integers(-(1 << 63) - 2, (1 << 64) + 2),
    st.sampled_from([0, -1, (1 << 63) - 1, 1 << 63, -(1 << 63), -(1 << 63) - 1, 1 << 200]),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@st.composite
def readings(
    draw: st.DrawFn, meters: st.SearchStrategy[str] = names, series: st.SearchStrategy[str] = names
) -> Reading:
    """Any reading that may stand in a store."""
    kind = draw(st.sampled_from(ValueKind))
    raw, scaler, text = None, 0, None
    if kind is ValueKind.INTEGER:
        raw, scaler = draw(any_integers), draw(scalers)
    elif kind is ValueKind.BOOLEAN:
        raw = draw(st.integers(0, 1))
    elif kind is ValueKind.FLOAT:
        text = repr(draw(st.floats()))
    else:
        text = draw(texts)
    return Reading(
        meter=draw(meters),
        series=draw(series),
        ts_ms=draw(times_ms),
        kind=kind,
        raw=raw,
        scaler=scaler,
        text=text,
        unit=draw(st.sampled_from(["", "V", "A", "Wh", "°C"])),
        meter_ts_ms=draw(st.none() | times_ms),
        host_ts_ms=draw(times_ms),
        source=draw(st.sampled_from(Source)),
        quality=draw(st.sampled_from(Quality)),
    )


obis_codes = st.lists(st.integers(0, 255), min_size=6, max_size=6).map(
    lambda groups: ".".join(map(str, groups))
)


@st.composite
def series_settings(draw: st.DrawFn) -> SeriesSettings:
    """Any series."""
    return SeriesSettings(
        key=draw(names),
        obis=draw(obis_codes),
        class_id=draw(st.none() | st.integers(0, 0xFFFF)),
        attribute=draw(st.integers(-128, 127)),
        unit=draw(st.sampled_from(["", "V", "kWh"])),
        enabled=draw(st.booleans()),
    )


@st.composite
def meter_settings(draw: st.DrawFn) -> MeterSettings:
    """Any meter that a configuration may name."""
    password = draw(st.sampled_from(["", "env:PW", "file:/run/pw"]))
    return MeterSettings(
        name=draw(names),
        url=f"tcp://10.0.0.{draw(st.integers(1, 254))}:{draw(st.integers(1, 65535))}",
        client=draw(st.integers(1, 127)),
        server=draw(st.integers(0, 0x3FFF)),
        auth=Auth.LLS if password else Auth.NONE,
        password=password,
        every=draw(st.floats(1, 86400)),
        timeout=draw(st.floats(0.5, 120)),
        max_info=draw(st.none() | st.integers(32, 2030)),
        series=tuple(draw(st.lists(series_settings(), max_size=5, unique_by=lambda s: s.key))),
        policies=draw(
            st.dictionaries(st.sampled_from(["breaker", "silence"]), st.just({"limit": 3}))
        ),
        paused=draw(st.booleans()),
    )
