"""A load profile of 10,000 rows of six columns: raw, with times, with quantities, as columns."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from typing import Any

import pytest
from rig.bench import OURS, PEERS, measure, peer

from dlmslite.values.data import decode_plain
from dlmslite.values.obis import Obis
from dlmslite.values.rows import decode_rows
from dlmslite.values.table import Column, RowLayout
from dlmslite.values.units import Unit

COUNT = 10_000
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
QUARTER = dt.timedelta(minutes=15)
REGISTERS = ("1.0.1.8.0.255", "1.0.2.8.0.255", "1.0.3.8.0.255", "1.0.4.8.0.255")
LAYOUT = RowLayout(
    [
        Column(Obis.parse("0.0.1.0.0.255"), 8),
        Column(Obis.parse("0.0.96.10.1.255"), 1),
        *(Column(Obis.parse(name), 3, 2, 0, -1, Unit.WATT_HOUR) for name in REGISTERS),
    ],
    capture_period=900,
)
_ROW = struct.Struct(">BBBB HBBBBBBBhB BB BI BI BI BI")


def row(index: int) -> bytes:
    """A row as a meter sends it: clock, status, four registers."""
    time = START + index * QUARTER
    return _ROW.pack(
        0x02, 6, 0x09, 12,
        time.year, time.month, time.day, 0xFF, time.hour, time.minute, 0, 0, 0, 0,
        0x11, 0, 0x06, index, 0x06, 2 * index, 0x06, 3 * index, 0x06, 4 * index,
    )  # fmt: skip


BUFFER = b"\x01\x82" + COUNT.to_bytes(2, "big") + b"".join(map(row, range(COUNT)))


def ours_raw(octets: bytes) -> list[Any]:
    return decode_rows(octets)


def ours_loop(octets: bytes) -> list[Any]:
    return decode_plain(octets)[0]


def ours_times(octets: bytes) -> list[Any]:
    return [row.time for row in LAYOUT.decode(octets)]


def gurux_raw(octets: bytes) -> list[Any]:
    common = peer("gurux_dlms.internal._GXCommon")._GXCommon
    buffer = peer("gurux_dlms.GXByteBuffer").GXByteBuffer(octets)
    info = peer("gurux_dlms.internal._GXDataInfo")._GXDataInfo()
    settings = peer("gurux_dlms.GXDLMSSettings").GXDLMSSettings(False, None)
    return common.getData(settings, buffer, info)


def gurux_times(octets: bytes) -> list[Any]:
    client = peer("gurux_dlms.GXDLMSClient").GXDLMSClient
    kind = peer("gurux_dlms.enums").DataType.DATETIME
    return [client.changeType(row[0], kind).value for row in gurux_raw(octets)]


def dlms_cosem_raw(octets: bytes) -> list[Any]:
    return peer("dlms_cosem.dlms_data").DlmsDataParser().parse(octets)[0].to_python()


def dlms_cosem_times(octets: bytes) -> list[Any]:
    decode = peer("dlms_cosem.time").datetime_from_bytes
    return [decode(row[0])[0] for row in dlms_cosem_raw(octets)]


def pydlms_raw(octets: bytes) -> list[Any]:
    return peer("pydlms.cosem.data").decode_data(octets)[0].to_python()


def pydlms_times(octets: bytes) -> list[Any]:
    decode = peer("pydlms.cosem.time").CosemDateTime.from_bytes
    return [decode(row[0]).to_datetime() for row in pydlms_raw(octets)]


RAW = dict(zip(PEERS, (gurux_raw, dlms_cosem_raw, pydlms_raw), strict=True))
TIMES = dict(zip(PEERS, (gurux_times, dlms_cosem_times, pydlms_times), strict=True))


def plain(rows: list[Any]) -> list[list[Any]]:
    """Any library's rows as lists of integers and octets."""
    return [[int(cell) if isinstance(cell, int) else bytes(cell) for cell in row] for row in rows]


@pytest.mark.parametrize(("who", "decode"), [(OURS, ours_raw), *RAW.items()])
def test_raw_rows(benchmark: Any, who: str, decode: Callable[[bytes], list[Any]]) -> None:
    rows = plain(decode(BUFFER))
    assert (len(rows), rows[7][1:]) == (COUNT, [0, 7, 14, 21, 28])
    assert rows[7][0] == row(7)[4:16]
    measure(benchmark, "rows-layout", who, lambda: decode(BUFFER), COUNT)


def test_raw_rows_by_the_loop(benchmark: Any) -> None:
    assert ours_loop(BUFFER) == ours_raw(BUFFER)
    measure(benchmark, "rows-loop", OURS, lambda: ours_loop(BUFFER), COUNT)


@pytest.mark.parametrize(("who", "decode"), [(OURS, ours_times), *TIMES.items()])
def test_times(benchmark: Any, who: str, decode: Callable[[bytes], list[Any]]) -> None:
    times = [time.replace(tzinfo=dt.UTC) for time in decode(BUFFER)]
    assert times == [START + index * QUARTER for index in range(COUNT)]
    measure(benchmark, "rows-times", who, lambda: decode(BUFFER), COUNT)


@pytest.mark.parametrize(("figure", "count"), [("rows-times-one", 1), ("rows-times-all", 4)])
def test_quantities(benchmark: Any, figure: str, count: int) -> None:
    names = REGISTERS[:count]

    def read() -> Any:
        for row in LAYOUT.decode(BUFFER):
            for name in names:
                value = row[name].value
        return value

    assert read() * 10 == (COUNT - 1) * count
    measure(benchmark, figure, OURS, read, COUNT)


def test_columns(benchmark: Any) -> None:
    times, statuses, *registers = LAYOUT.decode_columns(BUFFER)
    assert times == ours_times(BUFFER)
    assert statuses == [0] * COUNT
    for factor, register in enumerate(registers, 1):
        assert [value * 10 for value in register] == [factor * index for index in range(COUNT)]
    measure(benchmark, "columns", OURS, lambda: LAYOUT.decode_columns(BUFFER), COUNT)
