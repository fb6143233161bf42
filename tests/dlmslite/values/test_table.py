"""Tests of dlmslite.values.table."""

from __future__ import annotations

import datetime as dt
import decimal
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.errors import ConfigurationError, DecodeError, EncodeError
from dlmslite.values.data import Data
from dlmslite.values.kinds import DONT_CARE, BitString, DataType
from dlmslite.values.obis import Obis
from dlmslite.values.quantity import Quantity
from dlmslite.values.table import Column, Row, RowLayout, RowStream
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.units import Unit

BERLIN = ZoneInfo("Europe/Berlin")
CLOCK = Column(Obis.parse("0.0.1.0.0.255"), 8)
STATUS = Column(Obis.parse("0.0.96.10.1.255"), 1)
ENERGY = Column(Obis.parse("1.0.1.8.0.255"), 3, scaler=-1, unit=Unit.WATT_HOUR)
ENERGY_TIME = Column(Obis.parse("1.0.1.8.0.255"), 4, 5)
POWER = Column(Obis.parse("1.0.1.7.0.255"), 3, scaler=0, unit=Unit.WATT)

NULL = Data.of(DataType.NULL_DATA)
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
QUARTER = dt.timedelta(minutes=15)


def u8(value: int) -> Data:
    return Data.of(DataType.UNSIGNED, value)


def u32(value: int) -> Data:
    return Data.of(DataType.DOUBLE_LONG_UNSIGNED, value)


def stamp(moment: dt.datetime, policy: TimePolicy | None = None) -> Data:
    octets = (policy or TimePolicy()).from_aware(moment).encode()
    return Data.of(DataType.OCTET_STRING, octets)


def buffer(*rows: list[Data]) -> bytes:
    structures = [Data.of(DataType.STRUCTURE, row) for row in rows]
    return Data.of(DataType.ARRAY, structures).octets


def profile(count: int) -> bytes:
    return buffer(*([stamp(START + i * QUARTER), u8(0), u32(10 * i)] for i in range(count)))


LAYOUT = RowLayout([CLOCK, STATUS, ENERGY], capture_period=900)


def test_a_row_has_an_aware_time_and_quantities() -> None:
    row = LAYOUT.decode(profile(40))[20]
    assert row.time == START + 20 * QUARTER
    assert row.time.utcoffset() == dt.timedelta(0)
    assert row["1.0.1.8.0.255"] == Quantity(200, -1, Unit.WATT_HOUR)
    assert row["0.0.1.0.0.255"] == row.time
    assert list(row) == [row.time, 0, Quantity(200, -1, Unit.WATT_HOUR)]
    assert (len(row), row.columns) == (3, (CLOCK, STATUS, ENERGY))
    assert repr(row).endswith("0, Quantity(Decimal('20.0'), Unit.WATT_HOUR))")


@pytest.mark.parametrize(
    "key",
    [
        "1.0.1.8.0.255",
        "1-0:1.8.0*255",
        Obis.parse("1.0.1.8.0.255"),
        ("1.0.1.8.0.255", 2),
        ("1-0:1.8.0", 2),
        ("1.0.1.8.0.255", 2, 0),
        (Obis.parse("1.0.1.8.0.255"), 2),
    ],
)
def test_a_column_is_called_by_any_form_of_its_name(key: Any) -> None:
    (row,) = LAYOUT.decode(profile(1))
    assert row[key] == Quantity(0, -1, Unit.WATT_HOUR)


def test_two_columns_of_one_name_need_the_attribute() -> None:
    (row,) = RowLayout([ENERGY, ENERGY_TIME]).decode(buffer([u32(5), stamp(START)]))
    assert row["1.0.1.8.0.255", 2].raw == 5
    assert row["1.0.1.8.0.255", 5] == stamp(START).plain
    for key in ("1.0.1.8.0.255", "1-0:1.8.0", Obis.parse("1.0.1.8.0.255")):
        with pytest.raises(KeyError, match="several"):
            row[key]


def test_d20_two_parts_of_one_attribute_need_the_data_index() -> None:
    parts = [Column(ENERGY.obis, 7, 2, index) for index in (1, 2)]
    (row,) = RowLayout(parts).decode(buffer([u32(5), u32(6)]))
    assert [row["1.0.1.8.0.255", 2, index] for index in (1, 2)] == [5, 6]
    with pytest.raises(KeyError, match="several"):
        row["1.0.1.8.0.255", 2]


def test_two_columns_alike_are_told_by_their_place() -> None:
    (row,) = RowLayout([ENERGY, ENERGY]).decode(buffer([u32(5), u32(6)]))
    assert [cell.raw for cell in row] == [5, 6]
    with pytest.raises(KeyError, match="several"):
        row["1.0.1.8.0.255", 2, 0]


def test_what_is_no_column_is_no_key() -> None:
    (row,) = LAYOUT.decode(profile(1))
    with pytest.raises(KeyError, match="no column"):
        row["1.0.99.1.0.255"]
    with pytest.raises(EncodeError):
        row["energy"]


def test_d14_null_repeats_the_value_before_in_its_column() -> None:
    layout = RowLayout([STATUS, ENERGY])
    rows = layout.decode(
        buffer([u8(1), u32(10)], [NULL, u32(20)], [NULL, NULL], [u8(2), NULL], [NULL, u32(30)])
    )
    assert [row.values for row in rows] == [(1, 10), (1, 20), (1, 20), (2, 20), (2, 30)]
    assert rows[2].raw == (None, None)
    assert rows[2]["1.0.1.8.0.255"].value == 2


def test_d14_null_in_the_first_row_is_null() -> None:
    rows = RowLayout([STATUS, ENERGY]).decode(buffer([NULL, u32(1)], [NULL, NULL], [u8(3), NULL]))
    assert [row.values for row in rows] == [(None, 1), (None, 1), (3, 1)]


def test_d15_dont_care_is_no_null() -> None:
    dont_care = Data.of(DataType.DONT_CARE)
    rows = RowLayout([ENERGY]).decode(buffer([u32(1)], [dont_care], [u32(2)]))
    assert [row["1.0.1.8.0.255"] for row in rows][1] is DONT_CARE


def test_d13_a_delta_is_added_to_the_value_before_in_its_column() -> None:
    delta = Data.of(DataType.DELTA_INTEGER, -3)
    rows = RowLayout([ENERGY, POWER]).decode(
        buffer([u32(100), u32(7)], [delta, u32(8)], [delta, delta], [NULL, delta])
    )
    assert [row.values for row in rows] == [(100, 7), (97, 8), (94, 5), (94, 2)]
    assert type(rows[1].values[0]) is int


@pytest.mark.parametrize("first", [None, NULL, Data.of(DataType.OCTET_STRING, b"ab")])
def test_d13_a_delta_to_nothing_is_refused(first: Data | None) -> None:
    rows = [[Data.of(DataType.DELTA_UNSIGNED, 1)]]
    with pytest.raises(DecodeError) as caught:
        RowLayout([ENERGY]).decode(buffer(*([[first]] if first else []), *rows))
    assert caught.value.code == "bad-delta"


def test_d22_a_timestamp_left_out_is_one_period_later() -> None:
    rows = LAYOUT.decode(
        buffer([stamp(START), u8(0), u32(0)], *([NULL, u8(0), u32(i)] for i in range(1, 200)))
    )
    assert [row.time for row in rows] == [START + i * QUARTER for i in range(200)]
    assert rows[7].values[0] is None


def test_d22_the_period_is_counted_in_utc_when_the_clock_is_set() -> None:
    policy = TimePolicy(BERLIN)
    start = dt.datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)
    layout = RowLayout([CLOCK, ENERGY], policy, 1800)
    rows = layout.decode(buffer([stamp(start, policy), u32(0)], *[[NULL, u32(1)]] * 5))
    assert [f"{row.time:%H:%M%z}" for row in rows] == [
        "01:30+0200", "02:00+0200", "02:30+0200", "02:00+0100", "02:30+0100", "03:00+0100",
    ]  # fmt: skip


def test_d21_rows_that_events_cause_have_no_period() -> None:
    layout = RowLayout([CLOCK, ENERGY], capture_period=0)
    rows = layout.decode(buffer([NULL, u32(0)], [stamp(START), u32(0)], [NULL, u32(1)]))
    assert [row.time for row in rows] == [None, START, START]


def test_d21_the_clock_may_be_anywhere_or_absent() -> None:
    (row,) = RowLayout([ENERGY, CLOCK]).decode(buffer([u32(0), stamp(START)]))
    assert row.time == START
    (row,) = RowLayout([ENERGY]).decode(buffer([u32(0)]))
    assert row.time is None


def test_d07_the_timestamp_may_have_a_tag_of_its_own() -> None:
    value = TimePolicy().from_aware(START)
    (row,) = RowLayout([CLOCK]).decode(buffer([Data.of(DataType.DATE_TIME, value)]))
    assert row.time == START


@pytest.mark.parametrize("value", [u32(5), Data.of(DataType.OCTET_STRING, b"\0" * 12)])
def test_a_timestamp_that_names_no_instant_is_an_error_when_it_is_read(value: Data) -> None:
    (row,) = RowLayout([CLOCK, ENERGY]).decode(buffer([value, u32(1)]))
    assert row["1.0.1.8.0.255"].raw == 1
    with pytest.raises(DecodeError):
        row.time  # noqa: B018 - reading it is what raises


def test_d04_without_deviation_and_zone_there_is_no_instant() -> None:
    octets = stamp(START).plain[:9] + b"\x80\0\0"
    (row,) = RowLayout([CLOCK]).decode(buffer([Data.of(DataType.OCTET_STRING, octets)]))
    with pytest.raises(ConfigurationError):
        row.time  # noqa: B018 - reading it is what raises


def test_d23_what_has_no_scaler_stays_raw() -> None:
    bits = Column(Obis.parse("0.0.96.10.2.255"), 1, scaler=0, unit=Unit.NONE)
    values = [Data.of(DataType.BIT_STRING, BitString("101")), Data.of(DataType.BOOLEAN, True)]
    (row,) = RowLayout([bits, STATUS]).decode(buffer(values))
    assert list(row) == [BitString("101"), True]


def test_a_scaler_is_a_signed_octet() -> None:
    with pytest.raises(EncodeError):
        Column(ENERGY.obis, 3, scaler=128)


@pytest.mark.parametrize("values", [2, 4])
@pytest.mark.parametrize("count", [1, 50])
def test_a_row_of_another_width_is_refused(values: int, count: int) -> None:
    with pytest.raises(DecodeError) as caught:
        LAYOUT.decode(buffer(*[[u8(1)] * values] * count))
    assert caught.value.code == "bad-row"


def test_columns_are_exact_whatever_the_context_is() -> None:
    with decimal.localcontext() as context:
        context.prec = 1
        times, statuses, energies = LAYOUT.decode_columns(profile(100))
    assert times == [START + i * QUARTER for i in range(100)]
    assert statuses == [0] * 100
    assert energies == [Decimal(i) for i in range(100)]


def test_a_column_of_floats_is_scaled_too() -> None:
    layout = RowLayout([ENERGY])
    octets = buffer(*[[Data.of(DataType.FLOAT64, 2.5)]] * 20)
    assert layout.decode_columns(octets) == ([Decimal("0.25")] * 20,)


def test_what_came_is_kept_beside_what_it_means() -> None:
    rows = LAYOUT.decode(buffer(*[[stamp(START), u8(1), u32(2)]] * 20, [NULL, NULL, u32(3)]))
    assert rows[19].raw == rows[19].values == (stamp(START).plain, 1, 2)
    assert (rows[20].raw, rows[20].values) == ((None, None, 3), (None, 1, 3))


CELLS = st.sampled_from(
    [NULL, Data.of(DataType.DONT_CARE), u8(3), u32(77), Data.of(DataType.FLOAT32, 0.5)]
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=80), st.integers(1, 30))
def test_columns_hold_what_rows_hold(rows: list[list[Data]], run: int) -> None:
    layout = RowLayout([CLOCK, ENERGY, POWER], capture_period=900)
    first = [stamp(START), u32(5), u32(6)]
    octets = buffer(*[first] * run, *([NULL, *row] for row in rows))
    columns = layout.decode_columns(octets)
    decoded = layout.decode(octets)
    assert [list(column) for column in columns] == [
        [row.number(index) for row in decoded] for index in range(3)
    ]
    assert columns[0] == [row.time for row in decoded]


@given(st.lists(st.integers(0, 2000), max_size=8))
def test_x03_rows_arrive_while_pieces_arrive(cuts: list[int]) -> None:
    octets = profile(40)
    bounds = sorted({0, len(octets), *(cut % len(octets) for cut in cuts)})
    stream = RowStream(LAYOUT)
    rows: list[Row] = []
    for start, end in pairwise(bounds):
        rows += stream.feed(octets[start:end])
    stream.finish()
    assert stream.remaining == 0
    assert [row.values for row in rows] == [row.values for row in LAYOUT.decode(octets)]


def test_d14_nulls_repeat_across_pieces() -> None:
    octets = buffer([stamp(START), u8(4), u32(5)], *[[NULL, NULL, NULL]] * 5)
    stream = RowStream(LAYOUT)
    rows = [row for octet in octets for row in stream.feed(bytes((octet,)))]
    assert [row.time for row in rows] == [START + i * QUARTER for i in range(6)]
    assert {row.values[1:] for row in rows} == {(4, 5)}


def test_a_buffer_that_ends_early_is_refused() -> None:
    stream = RowStream(LAYOUT)
    assert len(stream.feed(profile(3)[:-1])) == 2
    assert stream.remaining == 1
    with pytest.raises(DecodeError) as caught:
        stream.finish()
    assert caught.value.code == "truncated"
