"""``dlmslite replay``: a capture printed, converted, and served as a meter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rig.captures import PASSWORD, SERIAL_NUMBER, STARTED, event, recorded, streams
from rig.meters import replayed_meter
from rig.shell import shell

from dlmslite.capture.base import Capture, Header
from dlmslite.capture.files import load, save
from dlmslite.client import connect
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import I
from dlmslite.procedures.authentication import Lls
from dlmslite.simulator.models.single_phase import SERIAL
from dlmslite.trace import Direction


@pytest.fixture(params=["hdlc", "wrapper"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "x.jsonl"
    save(recorded(request.param, auth=Lls(PASSWORD)), path)
    return path


def test_it_serves_a_capture_as_a_meter(file: Path) -> None:
    with (
        replayed_meter(str(file), "--timing") as url,
        connect(url, max_pdu=512, timeout=10.0) as client,
    ):
        assert client.read(SERIAL) == SERIAL_NUMBER.encode()


def test_it_prints_every_frame_with_its_apdu(file: Path) -> None:
    said = shell("replay", str(file), "--print")

    assert said.code == 0
    assert "2026-11-24 08:00:00.000" in said.out
    assert "→" in said.out
    assert "get-response-with-datablock" in said.out


def test_it_prints_json_for_machines(file: Path) -> None:
    said = shell("replay", str(file), "--json")
    lines = [json.loads(line) for line in said.out.splitlines()]

    sent = b"".join(bytes.fromhex(line["octets"]) for line in lines if line["direction"] == "sent")
    assert sent == streams(load(file))[1, Direction.SENT]
    assert any("aarq" in json.dumps(line) for line in lines)


def test_what_is_printed_or_written_can_be_redacted(file: Path, tmp_path: Path) -> None:
    printed = shell("replay", str(file), "--json", "--redact")
    written = shell("replay", str(file), "--redact", "-o", str(tmp_path / "y.pcap"))

    assert (printed.code, written.code) == (0, 0)
    assert PASSWORD.hex() not in printed.out
    assert PASSWORD.decode() not in printed.out
    octets = (tmp_path / "y.pcap").read_bytes()
    assert PASSWORD not in octets
    assert SERIAL_NUMBER.encode() not in octets
    assert {way: len(said) for way, said in streams(load(tmp_path / "y.pcap")).items()} == {
        way: len(said) for way, said in streams(load(file)).items()
    }


def test_what_is_no_capture_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"hello world")

    said = shell("replay", str(path))

    assert said.code == 1
    assert "neither pcap nor pcapng" in said.err
    assert shell("replay", str(tmp_path / "none.pcap")).code == 1


def test_what_is_no_frame_and_what_no_apdu_is_printed_too(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    frame = I(Address(1), Address(16), 0, 0, True, False, b"\xe6\xe6\x00\xff\xff").encode()
    events = (
        event(note="connected", direction=Direction.INTERNAL),
        event(b"Port already in use\r\n", Direction.RECEIVED),
        event(frame),
    )
    save(Capture(Header(started=STARTED), events), path)

    said = shell("replay", str(path), "--print")

    assert said.code == 0
    assert "connected" in said.out
    assert "21 octets that complete no frame" in said.out
    assert "unknown-apdu" in said.out or "error" in said.out
