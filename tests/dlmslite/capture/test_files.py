"""Captures on disk: the suffix says the form, the mode says for whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.captures import PASSWORD, SERIAL_NUMBER, event, recorded, streams

from dlmslite.capture.files import Recording, load, save
from dlmslite.errors import ConfigurationError, DecodeError
from dlmslite.procedures.authentication import Lls


def test_json_lines_keep_everything_and_pcap_keeps_the_octets(tmp_path: Path) -> None:
    capture = recorded()
    for suffix in (".jsonl", ".pcap"):
        save(capture, tmp_path / f"x{suffix}")

    assert load(tmp_path / "x.jsonl") == capture
    assert streams(load(tmp_path / "x.pcap")) == streams(capture)


@pytest.mark.parametrize("suffix", [".jsonl", ".pcap"])
def test_a_capture_is_for_its_owner_alone(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    save(recorded(), path)

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_recording_that_is_not_ended_is_a_capture_already(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    recording = Recording(path, recorded().header)
    recording.tap(event(b"\x7e"))

    assert [one.octets for one in load(path).events] == [b"\x7e"]
    recording.close()
    recording.tap(event(b"too late"))
    recording.close()
    assert len(load(path).events) == recording.events == 1


def test_a_redacted_recording_holds_no_secret_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    capture = recorded(auth=Lls(PASSWORD))
    with Recording(path, capture.header, redacted=True) as recording:
        for one in capture.events:
            recording.tap(one)
        assert PASSWORD.hex() not in path.read_text()
    text = path.read_text()

    assert PASSWORD.hex() not in text
    assert SERIAL_NUMBER.encode().hex() not in text
    assert len(load(path).events) == len(capture.events)


@pytest.mark.parametrize("name", ["x.txt", "x.pcapng", "x"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\.jsonl or \.pcap"):
        save(recorded(), tmp_path / name)


def test_a_file_that_cannot_be_written_or_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no such file"):
        save(recorded(), tmp_path / "nowhere" / "x.jsonl")
    with pytest.raises(ConfigurationError, match=r"x\.pcap: no such file"):
        load(tmp_path / "x.pcap")


def test_a_file_of_another_kind_is_no_capture(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"hello world")

    with pytest.raises(DecodeError, match="neither pcap nor pcapng"):
        load(path)
