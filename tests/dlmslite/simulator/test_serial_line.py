"""Simulated meters on a pseudo terminal, read by the real client through a real serial port."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from rig.threads import no_thread_left

from dlmslite.client import connect
from dlmslite.errors import ConnectionClosed, DlmsError
from dlmslite.link.mode_e.messages import Identification
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.procedures.authentication import Lls
from dlmslite.quirks import Quirks
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import PROFILE, SERIAL, VOLTAGE, single_phase
from dlmslite.simulator.serial_line import LineHabits, serve_line
from dlmslite.trace import Direction, TraceEvent

METER = single_phase(days=1)
SLOW = Identification(manufacturer="LGZ", baud_char="3", identification="ZMD3")


def test_a_meter_on_a_port_is_read_like_any_other() -> None:
    with (
        serve_line({(1, 17): METER}) as line,
        connect(line.url, client=1, server=(1, 17), auth=Lls("22222222"), timeout=5.0) as meter,
    ):
        assert meter.read(SERIAL) == b"SIM00000001"
        assert len(list(meter.profile(PROFILE).rows())) == 96


@pytest.mark.parametrize("baud", [300, 2400, 115200])
def test_the_speed_of_the_url_is_set(baud: int) -> None:
    with serve_line({1: METER}, habits=LineHabits(baud=baud)) as line:
        assert line.url.endswith(f"?baud={baud}")
        with connect(line.url, timeout=5.0) as meter:
            assert meter.read(SERIAL) == b"SIM00000001"


def test_another_speed_is_rubbish_both_ways() -> None:
    heard: list[TraceEvent] = []
    with serve_line({1: METER}, habits=LineHabits(baud=4800)) as line, pytest.raises(DlmsError):
        connect(line.url.partition("?")[0], timeout=0.6, trace=heard.append)
    assert not any(event.direction is Direction.RECEIVED for event in heard)


@pytest.mark.parametrize(
    "habits",
    [
        LineHabits(sign_on=ModeESettings()),
        LineHabits(sign_on=ModeESettings(identification=SLOW)),
        LineHabits(sign_on=ModeESettings(wait=0.3)),
        LineHabits(sign_on=ModeESettings(address="12345678")),
    ],
    ids=["plain", "2400 baud", "needs 300 ms", "addressed"],
)
def test_s01_s02_an_optical_head_that_changes_speed_is_followed(habits: LineHabits) -> None:
    with serve_line({1: METER}, habits=habits) as line:
        for _ in range(2):
            with connect(line.url, timeout=5.0) as meter:
                assert meter.read(SERIAL) == b"SIM00000001"


@pytest.mark.parametrize("query", ["", "&echo=yes"])
def test_s03_a_head_that_echoes_each_octet_is_read_with_and_without_being_told(
    query: str,
) -> None:
    habits = LineHabits(sign_on=ModeESettings(), echo=True)
    with (
        serve_line({1: METER}, habits=habits) as line,
        connect(line.url + query, timeout=5.0) as meter,
    ):
        assert meter.read(SERIAL) == b"SIM00000001"
        assert len(list(meter.profile(PROFILE).rows())) == 96


def test_s04_a_head_that_sleeps_is_woken() -> None:
    habits = LineHabits(sign_on=ModeESettings(), sleeps=True)
    with serve_line({1: METER}, habits=habits) as line:
        assert "wake_up=yes" in line.url
        with connect(line.url, timeout=5.0) as meter:
            assert meter.read(SERIAL) == b"SIM00000001"


def test_s04_a_head_that_sleeps_hears_nothing_without_nuls() -> None:
    habits = LineHabits(sign_on=ModeESettings(), sleeps=True)
    sent: list[TraceEvent] = []
    with serve_line({1: METER}, habits=habits) as line:
        url = line.url.replace("&wake_up=yes", "")
        with pytest.raises(DlmsError, match="no answer to the sign-on"):
            connect(url, timeout=5.0, trace=sent.append)
    # Twice, with the five seconds between in which a meter forgets.
    asked = [event.at for event in sent if event.octets == b"/?!\r\n"]
    assert len(asked) == 2
    assert asked[1] - asked[0] > 5.0


def test_s02_a_quirk_waits_longer_before_the_change() -> None:
    seen: list[TraceEvent] = []
    with serve_line({1: METER}, mode_e=True) as line:
        quirks = Quirks(mode_e_wait=0.8)
        connect(line.url, timeout=5.0, quirks=quirks, trace=seen.append).close()
    ack = next(event.at for event in seen if event.octets.startswith(b"\x06"))
    change = next(event.at for event in seen if event.note == "line: 9600 baud 8N1")
    assert change - ack >= 0.2 + 0.8


def test_faults_reach_the_client_and_a_cut_spoils_one_answer_only() -> None:
    faults = FaultPlan(seed=3, corruption=0.05, noise=0.2, cut=0.05)
    with (
        serve_line({1: METER}, habits=LineHabits(faults=faults)) as line,
        connect(line.url, timeout=3.0) as meter,
    ):
        for _ in range(10):
            assert meter.read(SERIAL) == b"SIM00000001"


def test_a_terminal_that_vanishes_and_comes_back_has_its_stable_name(tmp_path: Path) -> None:
    path = tmp_path / "ttyMETER"
    with serve_line({1: METER}, path=path) as line:
        meter = connect(line.url, timeout=3.0)
        line.unplug()
        assert not path.exists()
        with pytest.raises(ConnectionClosed):
            meter.read(VOLTAGE)
        meter.close()
        line.plug_in()
        with connect(line.url, timeout=3.0) as again:
            assert again.read(SERIAL) == b"SIM00000001"


def test_a_closed_line_leaves_no_thread_and_no_descriptor_behind() -> None:
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    with no_thread_left():
        line = serve_line({1: METER})
        connect(line.url, timeout=3.0).close()
        line.close()
        line.close()
    assert len(list(descriptors.iterdir())) == before


def test_a_client_that_never_reads_does_not_stop_the_meters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve_line({1: METER}, habits=LineHabits(echo=True)) as line:
        wire = os.open(line.url.removeprefix("serial://"), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        sent = 0
        began = time.monotonic()
        while sent < 100_000 and time.monotonic() - began < 10:
            try:
                sent += os.write(wire, bytes(1000))
            except BlockingIOError:
                time.sleep(0.001)
        os.close(wire)
        assert sent >= 100_000


def test_a_conversation_of_a_sign_on_is_traced() -> None:
    notes: list[Any] = []
    with serve_line({1: METER}, mode_e=True) as line:
        connect(line.url, timeout=5.0, trace=lambda event: notes.append(event.note)).close()
    assert "line: 300 baud 7E1" in notes
    assert "line: 9600 baud 8N1" in notes


def test_l08_a_link_behind_a_sign_on_is_set_up_again_without_another() -> None:
    notes: list[str] = []
    with (
        serve_line({1: METER}, mode_e=True) as line,
        connect(line.url, timeout=5.0, trace=lambda event: notes.append(event.note)) as meter,
    ):
        meter.relink()
        assert meter.read(SERIAL) == b"SIM00000001"
    assert notes.count("line: 300 baud 7E1") == 1
