"""One meter's client against scripted meters."""

from __future__ import annotations

from typing import Any

import pytest
from rig.fake_client import FakeMeter, unreachable

import dlmslite
from dlmslite.codes import AcseUserDiagnostic, DataAccessResult
from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings
from dlmslite_daemon.meters.failure import FailureKind, MeterFailed
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.plan import Plan, Scaling
from dlmslite_daemon.meters.reader import CLOCK_EVERY, Reader

VOLTAGE, CURRENT = "1.1.32.7.0.255", "1.1.31.7.0.255"
SERIES = (
    SeriesSettings("voltage", VOLTAGE),
    SeriesSettings("current", CURRENT),
    SeriesSettings("clock", "0.0.1.0.0.255", class_id=8),
)
PLAN = Plan.of(SERIES, {})
UNDEFINED = dlmslite.ServiceError("undefined", result=DataAccessResult.OBJECT_UNDEFINED)
DENIED = dlmslite.ServiceError("denied", result=DataAccessResult.READ_WRITE_DENIED)


@pytest.fixture
def meter() -> FakeMeter:
    return FakeMeter(
        FakeClock(),
        values={
            VOLTAGE: Quantity(22990, -2, Unit.VOLT),
            CURRENT: Quantity(1329, -3, Unit.AMPERE),
        },
        attributes={("0.0.1.0.0.255", 2, 8): b"clock"},
    )


def reader_of(meter: FakeMeter, secret: str = "", **more: Any) -> Reader:
    auth = Auth.LLS if secret else Auth.NONE
    password = "env:X" if secret else ""
    settings = MeterSettings(
        "kitchen", "tcp+hdlc://10.0.0.5:3333", auth=auth, password=password, series=SERIES, **more
    )
    return Reader(
        settings, secret, Line(settings.endpoint, meter.clock), meter.clock, meter.connect
    )


def test_a_poll_brings_each_series_in_order_with_one_common_request(meter: FakeMeter) -> None:
    reader = reader_of(meter)
    reader.open()
    harvest = reader.poll(PLAN)
    assert [value.item.key for value in harvest.values] == ["voltage", "current", "clock"]
    assert all(value.ok for value in harvest.values)
    assert f"read_many {VOLTAGE} {CURRENT}" in meter.calls
    assert "get 0.0.1.0.0.255 2 8" in meter.calls
    assert harvest.ts_ms == meter.clock.utc_ms()
    assert harvest.seconds == pytest.approx(0.2)
    assert harvest.plan.scalings[f"{VOLTAGE}/2"] == Scaling(-2, "V")


def test_a_value_that_is_refused_leaves_the_others_good(meter: FakeMeter) -> None:
    meter.values[CURRENT] = UNDEFINED
    meter.attributes["0.0.1.0.0.255", 2, 8] = DENIED
    reader = reader_of(meter)
    reader.open()
    voltage, current, clock = reader.poll(PLAN).values
    assert voltage.ok
    assert (current.ok, current.undefined) == (False, True)
    assert (clock.ok, clock.undefined) == (False, False)
    assert "denied" in clock.error
    assert reader.is_open


def test_what_is_undefined_is_not_asked_again(meter: FakeMeter) -> None:
    meter.values[CURRENT] = UNDEFINED
    reader = reader_of(meter)
    reader.open()
    plan = reader.poll(PLAN).plan
    del meter.values[CURRENT]
    assert [value.item.key for value in reader.poll(plan).values] == ["voltage", "clock"]


@pytest.mark.parametrize("how", ["raised", "as a result"])
def test_a_broken_session_is_a_failure_and_closes_politely(meter: FakeMeter, how: str) -> None:
    late = dlmslite.DeadlineExceeded("no answer")
    if how == "raised":
        meter.break_reads.append(late)
    else:
        meter.values[CURRENT] = late
    reader = reader_of(meter)
    reader.open()
    with pytest.raises(MeterFailed) as raised:
        reader.poll(PLAN)
    assert raised.value.failure.code == "E-METER-SILENT"
    assert not reader.is_open
    assert meter.calls[-1] == "close"
    with pytest.raises(MeterFailed):
        reader.poll(PLAN)


def test_the_meters_clock_is_read_now_and_then_and_its_drift_is_told(meter: FakeMeter) -> None:
    meter.drift = -90.0
    reader = reader_of(meter)
    reader.open()
    first = reader.poll(PLAN)
    assert first.drift == pytest.approx(-90.0, abs=0.01)
    assert first.meter_ts_ms == pytest.approx(first.ts_ms - 90_000, abs=10)
    assert reader.poll(PLAN).drift is None
    meter.clock.advance(CLOCK_EVERY)
    assert reader.poll(PLAN).drift is not None


def test_the_settings_reach_the_library(meter: FakeMeter) -> None:
    reader = reader_of(
        meter,
        "22222222",
        client=1,
        server=17,
        timeout=4.0,
        pause=0.03,
        zone="America/Bogota",
        max_info=128,
        quirks={"no_release": True},
    )
    reader.open()
    (options,) = meter.options
    assert options["url"] == "tcp+hdlc://10.0.0.5:3333"
    assert (options["client"], options["server"], options["timeout"]) == (1, 17, 4.0)
    assert options["quirks"] == dlmslite.Quirks(no_release=True, request_pause=0.03)
    assert str(options["zone"]) == "America/Bogota"
    assert options["max_info"] == 128
    assert "window" not in options
    assert isinstance(options["auth"], dlmslite.Lls)
    assert options["clock"].monotonic() == meter.clock.monotonic()
    assert "22222222" not in repr(reader)


@pytest.mark.parametrize("wrong", [{"quirks": {"no_such_quirk": True}}, {"zone": "No/Where"}])
def test_settings_that_make_no_sense_are_a_failure_of_their_own(
    meter: FakeMeter, wrong: dict[str, Any]
) -> None:
    reader = reader_of(meter, **wrong)
    with pytest.raises(MeterFailed) as raised:
        reader.open()
    assert raised.value.failure.kind is FailureKind.SETTINGS
    assert meter.calls == []


def test_a_refused_proof_and_an_unreachable_endpoint_are_told_apart(meter: FakeMeter) -> None:
    refusal = dlmslite.AssociationRejected(
        "no", diagnostic=AcseUserDiagnostic.AUTHENTICATION_FAILURE
    )
    meter.refuse = [refusal, unreachable()]
    reader = reader_of(meter, "22222222")
    kinds = []
    for _ in range(2):
        with pytest.raises(MeterFailed) as raised:
            reader.open()
        kinds.append(raised.value.failure.kind)
    assert kinds == [FailureKind.CREDENTIALS, FailureKind.UNREACHABLE]


def test_over_hdlc_the_proof_is_out_only_beyond_the_first_answer(meter: FakeMeter) -> None:
    reader = reader_of(meter, "22222222")
    assert not reader.proof_went_out
    reader.open()
    assert not reader.proof_went_out
    reader.poll(PLAN)
    assert reader.proof_went_out
    reader.traffic.take()
    assert not reader.proof_went_out


def test_the_public_client_is_asked_without_the_password(meter: FakeMeter) -> None:
    reader = reader_of(meter, "22222222", client=1)
    assert reader.public_answers()
    assert meter.options[-1]["client"] == 16
    assert "auth" not in meter.options[-1]
    assert meter.open_now == 0
    meter.refuse.append(dlmslite.DeadlineExceeded("silence"))
    assert not reader.public_answers()


def test_the_link_is_set_up_again_on_the_same_connection(meter: FakeMeter) -> None:
    reader = reader_of(meter, timeout=7.0)
    reader.open()
    reader._client.timeout = 1.5
    reader.relink()
    assert reader._client.timeout == 7.0
    assert meter.calls == ["connect", "relink"]
    meter.break_relinks.append(dlmslite.LinkError("refused"))
    with pytest.raises(MeterFailed):
        reader.relink()
    assert not reader.is_open
    assert meter.open_now == 0


def test_without_lists_each_register_is_a_request_of_its_own(meter: FakeMeter) -> None:
    for lists, quirks in ((False, {}), (True, {"no_with_list": True})):
        meter.lists = lists
        reader = reader_of(meter, quirks=quirks)
        reader.open()
        meter.calls.clear()
        reader.poll(PLAN)
        assert meter.calls[:2] == [f"read_many {VOLTAGE}", f"read_many {CURRENT}"]
        reader.close()


def test_the_meters_own_list_offers_its_registers(meter: FakeMeter) -> None:
    meter.listed = {3: [VOLTAGE], 4: ["1.0.1.6.0.255"]}
    reader = reader_of(meter)
    reader.open()
    assert [(item.key, item.obis, item.class_id) for item in reader.offers()] == [
        ("voltage_l1", VOLTAGE, 3),
        ("obis_1_0_1_6_0_255", "1.0.1.6.0.255", 4),
    ]
    meter.break_reads.append(DENIED)
    assert reader.offers() == ()
    assert reader.is_open
    meter.break_reads.append(dlmslite.TransportError("gone"))
    with pytest.raises(MeterFailed):
        reader.offers()


def test_abort_breaks_the_client_off(meter: FakeMeter) -> None:
    reader = reader_of(meter)
    reader.abort()  # nothing is under way
    reader.open()
    client = reader._client
    reader.abort()
    assert client.aborted
    assert reader.agreed == "max PDU 1024, window 1, multiple_references get"
    assert reader.agreement == {
        "max_pdu": 1024, "link": {"window": 1}, "conformance": ["multiple_references", "get"],
    }  # fmt: skip
    reader.close()
    reader.close()
    assert (reader.agreed, reader.agreement) == ("", {})
    assert meter.calls.count("close") == 1
