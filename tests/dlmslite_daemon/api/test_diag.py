"""What goes into the archive, and what never does."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from rig.bridge import KITCHEN, NOW_MS, Bridge, reading

from dlmslite_daemon.api.diag import gathered
from dlmslite_daemon.config.schema import Auth, SinkSettings
from dlmslite_daemon.errors import UnknownMeter
from dlmslite_daemon.store.records import Diagnostic

SERIAL = "MSE00012345"
PASSWORD = "PlantedPw1"


@pytest.fixture
def stocked(parts: Bridge) -> Bridge:
    """A meter with a planted password and serial number, seen in frames, readings and events."""
    store = parts.store
    store.set_meter(evolve(KITCHEN, auth=Auth.LLS, password="sealed:PLANTED"))
    store.note("kitchen", {"serial": SERIAL})
    options = {"host": "h", "mode": "device", "tokens": {"kitchen": "sealed:PLANTEDTOO"}}
    store.add_sink(SinkSettings("tb", "thingsboard", options=options))
    parts.keep(reading("voltage", NOW_MS, 22990))
    store.add_diagnostic(Diagnostic("kitchen", NOW_MS, "error", "hdlc", "bad FCS", b"\x7e\x01"))
    frames = parts.services.log.frames
    assert frames is not None
    tap = frames.tap("kitchen", PASSWORD)
    tap(True, b"\x01\x60" + PASSWORD.encode())
    tap(False, b"\x01" + SERIAL.encode())
    return parts


def text_of(parts: Bridge, *, serials: bool) -> dict[str, str]:
    return {
        one.name: one.octets.decode() for one in gathered(parts.services, None, serials=serials)
    }


def test_everything_is_there_and_no_secret(stocked: Bridge) -> None:
    files = text_of(stocked, serials=True)
    assert files.keys() == {
        "versions.json",
        "configuration.json",
        "state.json",
        "alarms.json",
        "findings.json",
        "protocol-events.json",
        "audit.json",
        "log.txt",
        "frames/kitchen.jsonl",
    }
    whole = "".join(files.values())
    assert SERIAL in whole
    for secret in (PASSWORD, PASSWORD.encode().hex(), "PLANTED"):
        assert secret not in whole
    assert json.loads(files["protocol-events.json"])["kitchen"][0]["octets"] == 2
    (meter,) = json.loads(files["configuration.json"])["meters"]
    assert (meter["name"], meter["password_set"]) == ("kitchen", True)


def test_serial_numbers_go_out_everywhere_when_that_is_asked(stocked: Bridge) -> None:
    whole = "".join(text_of(stocked, serials=False).values())
    assert SERIAL not in whole
    assert SERIAL.encode().hex() not in whole
    assert "kitchen" in whole


def test_one_meter_alone(stocked: Bridge) -> None:
    stocked.store.add_meter(evolve(KITCHEN, name="cellar"))
    files = {one.name: one.octets for one in gathered(stocked.services, "cellar", serials=True)}
    assert "frames/kitchen.jsonl" not in files
    assert [one["name"] for one in json.loads(files["configuration.json"])["meters"]] == ["cellar"]
    with pytest.raises(UnknownMeter):
        gathered(stocked.services, "nobody", serials=True)
