"""Our client reads the meter of ../shared, which runs on gurux-dlms and knows nothing of ours.

What it must say stands here as facts, taken from its own description (``_objects`` and
``_fill_profile``) and computed anew, so that a fault of either side shows.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from decimal import Decimal

import pytest
from rig.meters import reference_meter

import dlmslite
from dlmslite.codes import AcseUserDiagnostic, AssociationResult, DataAccessResult
from dlmslite.trace import Direction, TraceEvent
from dlmslite.values.units import Unit

pytestmark = pytest.mark.interop

ROWS = 96
PERIOD = 900  # s
BALLAST = 100  # data objects that make its list long
EPOCH = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
PROFILE = "1.0.99.1.0.255"
PASSWORD = "12345678"

SEGMENTS = (93, 128, 500, 2030)
WINDOWS = (1, 3, 7)
PDUS = (300, 1024, 65535)
# Sums of two positions, modulo three and two: every segment and every window meets every PDU, and
# every PDU both ways of authentication.
HDLC_METERS = [
    (segment, window, PDUS[(s + w) % 3], (s + w) % 2 == 1)
    for (s, segment), (w, window) in itertools.product(enumerate(SEGMENTS), enumerate(WINDOWS))
]
WRAPPER_METERS = list(itertools.product(PDUS, (False, True)))

REGISTERS: dict[str, tuple[int, int, Unit]] = {
    "1.0.1.7.0.255": (3306, 0, Unit.WATT),
    "1.0.2.7.0.255": (6, 0, Unit.WATT),
    "1.0.3.7.0.255": (210, 0, Unit.VAR),
    "1.0.4.7.0.255": (11, 0, Unit.VAR),
    "1.0.9.7.0.255": (3312, 0, Unit.VOLT_AMPERE),
    "1.0.14.7.0.255": (4998, -2, Unit.HERTZ),
    "1.0.16.7.0.255": (-1234, 0, Unit.WATT),
    "1.0.1.8.0.255": (3333333, 0, Unit.WATT_HOUR),
    "1.0.2.8.0.255": (44, 0, Unit.WATT_HOUR),
    "1.0.3.8.0.255": (55555, 0, Unit.VAR_HOUR),
    "1.0.4.8.0.255": (66, 0, Unit.VAR_HOUR),
    "1.0.1.8.1.255": (1111111, 0, Unit.WATT_HOUR),
    "1.0.1.8.2.255": (2222222, 0, Unit.WATT_HOUR),
    "1.0.15.8.0.255": (12345678901, 0, Unit.WATT_HOUR),
    "0.0.96.9.0.255": (215, -1, Unit.DEGREE_CELSIUS),
    "1.0.1.6.0.255": (4321, 0, Unit.WATT),  # extended register
    "1.0.1.4.0.255": (777, 0, Unit.WATT),  # demand register
}
for _phase in (1, 2, 3):
    _base = 20 * _phase
    REGISTERS |= {
        f"1.0.{_base + 12}.7.0.255": (2300 + _phase, -1, Unit.VOLT),
        f"1.0.{_base + 11}.7.0.255": (512 + _phase, -2, Unit.AMPERE),
        f"1.0.{_base + 1}.7.0.255": (1100 + _phase, 0, Unit.WATT),
        f"1.0.{_base + 2}.7.0.255": (_phase, 0, Unit.WATT),
        f"1.0.{_base + 13}.7.0.255": (970 + _phase, -3, Unit.NONE),
    }
DATA = {
    "0.0.42.0.0.255": b"GRX0000000000001",
    "0.0.96.1.0.255": b"REF-METER-0001",
    "1.0.0.2.0.255": "fw-1.2.3",
    "0.0.96.10.1.255": 0,
    "0.0.96.50.0.255": 42,
    "0.0.96.51.0.255": b"write me",
}
LONG = "0.0.96.52.0.255"
OTHERS = {
    (15, "0.0.40.0.0.255"),
    (8, "0.0.1.0.0.255"),
    (70, "0.0.96.3.10.255"),
    (9, "0.0.10.0.0.255"),
    (7, PROFILE),
}
CLASSES = {"1.0.1.6.0.255": 4, "1.0.1.4.0.255": 5}
COLUMNS = ("1.0.1.8.0.255", "1.0.2.8.0.255", "1.0.3.8.0.255", "1.0.4.8.0.255")


def long_octets(count: int = 5000) -> bytes:
    chances = random.Random(1)
    return bytes(chances.randrange(256) for _ in range(count))


def expected_rows(count: int = ROWS, *, status: bool = False) -> list[tuple[object, ...]]:
    """Time and raw numbers of each row; column i grows by (n (i + 3) + i) mod 97."""
    rows: list[tuple[object, ...]] = []
    numbers = [3_000_000, 40, 50_000, 60]
    for n in range(count):
        numbers = [number + (n * (i + 3) + i) % 97 for i, number in enumerate(numbers)]
        time = EPOCH + dt.timedelta(seconds=PERIOD * n)
        rows.append((time, *numbers, n % 4) if status else (time, *numbers))
    return rows


def seen(rows: Iterator[dlmslite.Row]) -> list[tuple[object, ...]]:
    """Time and raw numbers of rows, as they were read."""
    return [(row.time, *row.raw[1:]) for row in rows]


def url(port: int, framing: str) -> str:
    return f"{'tcp+hdlc' if framing == 'hdlc' else 'tcp'}://127.0.0.1:{port}"


def check_everything(client: dlmslite.Client) -> None:
    """Everything that this slice reads, compared with what the meter's script says."""
    objects = client.objects()
    registers = [item for item in objects if item.class_id in {3, 4, 5}]
    assert {str(item.obis) for item in registers} == set(REGISTERS)
    assert {(item.class_id, str(item.obis)) for item in objects} == (
        OTHERS
        | {(CLASSES.get(name, 3), name) for name in REGISTERS}
        | {(1, name) for name in (*DATA, LONG)}
        | {(1, f"0.1.94.0.{n}.255") for n in range(BALLAST)}
    )
    for item in registers:
        quantity = client.read(item.obis)
        raw, scaler, unit = REGISTERS[str(item.obis)]
        assert (quantity.raw, quantity.unit) == (raw, unit)
        assert quantity.value == Decimal(raw).scaleb(scaler)
    several = client.read_many([*REGISTERS, *DATA])
    assert {name: result.value.raw for name, result in several.items() if name in REGISTERS} == {
        name: raw for name, (raw, _, _) in REGISTERS.items()
    }
    assert {name: several[name].value for name in DATA} == DATA
    assert client.get(LONG, class_id=1) == long_octets()
    assert abs(client.clock().drift()) < dt.timedelta(seconds=10)
    check_profile(client)


def check_profile(client: dlmslite.Client) -> None:
    profile = client.profile(PROFILE)
    rows = expected_rows()
    whole = list(profile.rows())
    assert seen(iter(whole)) == rows
    assert [str(column.obis) for column in profile.columns] == ["0.0.1.0.0.255", *COLUMNS]
    for name in COLUMNS:
        _, scaler, unit = REGISTERS[name]
        place = COLUMNS.index(name) + 1
        assert [row[name].value for row in whole] == [
            Decimal(int(str(row[place]))).scaleb(scaler) for row in rows
        ]
        assert {row[name].unit for row in whole} == {unit}
    for first, last in ((10, 40), (0, 0), (95, 95)):
        start, end = (EPOCH + dt.timedelta(seconds=PERIOD * n) for n in (first, last))
        assert seen(profile.rows(start, end)) == rows[first : last + 1]
    minute = dt.timedelta(minutes=1)
    assert seen(profile.rows(EPOCH + minute, EPOCH + 2 * minute)) == []
    assert seen(profile.rows(start=EPOCH + dt.timedelta(hours=20))) == rows[80:]
    for first, count in ((1, 1), (5, 7), (90, 7)):
        assert seen(profile.entries(first, count)) == rows[first - 1 : first - 1 + count]
    assert seen(profile.entries(50)) == rows[49:]


@pytest.mark.parametrize(("segment", "window", "pdu", "password"), HDLC_METERS)
def test_our_client_reads_it_over_hdlc(
    segment: int, window: int, pdu: int, *, password: bool
) -> None:
    options = f"--framing hdlc --max-info {segment} --window {window} --max-pdu {pdu}".split()
    if password:
        options += ["--auth", "low"]
    with (
        reference_meter(*options) as port,
        dlmslite.connect(
            url(port, "hdlc"),
            client=1 if password else 16,
            auth=dlmslite.Lls(PASSWORD) if password else None,
        ) as client,
    ):
        assert client.info.link["max_info_receive"] == segment
        assert client.info.link["window_receive"] == window
        assert client.info.max_pdu == pdu

        check_everything(client)


@pytest.mark.parametrize(("pdu", "password"), WRAPPER_METERS)
def test_our_client_reads_it_over_the_wrapper(pdu: int, *, password: bool) -> None:
    options = ["--framing", "wrapper", "--max-pdu", str(pdu)]
    if password:
        options += ["--auth", "low"]
    with (
        reference_meter(*options) as port,
        dlmslite.connect(
            url(port, "wrapper"),
            client=1 if password else 16,
            auth=dlmslite.Lls(PASSWORD) if password else None,
        ) as client,
    ):
        check_everything(client)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_the_limits_that_we_propose_hold_for_it(framing: str) -> None:
    arrived: list[bytes] = []

    def tap(event: TraceEvent) -> None:
        if event.direction is Direction.RECEIVED:
            arrived.append(event.octets)

    limits = ("--max-info", "2030", "--window", "7", "--max-pdu", "65535")
    with (
        reference_meter("--framing", framing, *limits) as port,
        dlmslite.connect(
            url(port, framing), max_info=200, window=2, max_pdu=300, trace=tap
        ) as client,
    ):
        assert client.get(LONG, class_id=1) == long_octets()
        blocks = len(arrived)
        check_profile(client)

    # 5000 octets in answers of 300 octets need seventeen of them at least.
    assert blocks >= 17
    if framing == "wrapper":
        assert max(map(len, arrived)) <= 8 + 300  # one answer behind its header
    else:
        assert max(map(len, arrived)) <= 2 * (200 + 12)  # a window of frames
        assert client.info.link["max_info_receive"] == 200
        assert client.info.link["window_receive"] == 2


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_it_refuses_and_we_say_why(framing: str) -> None:
    with reference_meter("--framing", framing, "--auth", "low") as port:
        with pytest.raises(dlmslite.AssociationRejected) as wrong:
            dlmslite.connect(url(port, framing), client=1, auth=dlmslite.Lls("87654321"))
        with pytest.raises(dlmslite.AssociationRejected) as none:
            dlmslite.connect(url(port, framing), client=16)
        with dlmslite.connect(url(port, framing), client=1, auth=dlmslite.Lls(PASSWORD)) as client:
            assert client.read("1.0.32.7.0.255").value == Decimal("230.1")

    assert wrong.value.result is AssociationResult.REJECTED_PERMANENT
    assert wrong.value.diagnostic is AcseUserDiagnostic.AUTHENTICATION_FAILURE
    assert "password" in str(wrong.value)
    assert none.value.result is AssociationResult.REJECTED_PERMANENT
    assert none.value.diagnostic is AcseUserDiagnostic.AUTHENTICATION_REQUIRED


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_it_refuses_short_of_an_object(framing: str) -> None:
    with (
        reference_meter("--framing", framing) as port,
        dlmslite.connect(url(port, framing)) as client,
    ):
        with pytest.raises(dlmslite.ServiceError) as undefined:
            client.read("1.0.99.99.99.255")
        results = client.read_many(["1.0.99.99.99.255", "1.0.1.8.0.255"])

    assert undefined.value.result is DataAccessResult.OBJECT_UNDEFINED
    assert not results["1.0.99.99.99.255"].ok
    assert results["1.0.1.8.0.255"].value.raw == 3333333


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_profile_with_a_status_and_many_rows(framing: str) -> None:
    count = 2000
    options = ("--framing", framing, "--rows", str(count), "--profile-status", "--window", "3")
    with (
        reference_meter(*options) as port,
        dlmslite.connect(url(port, framing)) as client,
    ):
        profile = client.profile(PROFILE)
        rows = expected_rows(count, status=True)

        assert seen(profile.rows()) == rows
        assert seen(profile.entries(1990)) == rows[1989:]


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_slow_meter_is_waited_for(framing: str) -> None:
    options = ("--framing", framing, "--latency-ms", "30", "--max-pdu", "1024")
    with (
        reference_meter(*options) as port,
        dlmslite.connect(url(port, framing), timeout=2.0) as client,
    ):
        assert client.read("1.0.1.8.0.255").raw == 3333333
        # Each block or segment is late, and the whole takes longer than one exchange may.
        assert seen(client.profile(PROFILE).rows()) == expected_rows()
