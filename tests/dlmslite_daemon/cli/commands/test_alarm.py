"""``alarm``."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import Bridge, bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.cli.commands import alarm as module
from dlmslite_daemon.clock import SystemClock

OPEN = Condition("breaker_open", "left alone", Severity.ERROR)
QUIET = Condition("silence", "nothing heard")


@pytest.fixture
def alarmed(daemon: Bridge) -> Bridge:
    """The kitchen's breaker is open (1), and a sink is silent (2)."""
    for subject, condition in (("kitchen", OPEN), ("sink:tb", QUIET)):
        daemon.desk.report(subject, (condition,))
        daemon.desk.turn(daemon.clock.monotonic())
    return daemon


def test_open_alarms_are_listed(shell: Shell, alarmed: Bridge) -> None:
    said = shell("alarm", "list")
    assert said.code == 0
    assert "breaker_open" in said.out
    assert "left alone" in said.out
    said = shell("alarm", "list", "--meter", "1", "--json")
    assert [one["id"] for one in said.json["alarms"]] == [1]
    assert shell("alarm", "list", "--meter", "attic").code == 3


def test_an_empty_list_says_so(shell: Shell, daemon: Bridge) -> None:
    assert shell("alarm", "list").out == "there is no open alarm\n"
    assert shell("alarm", "list", "--all").out == "there is no alarm\n"


def test_an_alarm_is_acknowledged_and_cleared(shell: Shell, alarmed: Bridge) -> None:
    assert shell("alarm", "ack", "1").out == "alarm 1 is acknowledged\n"
    assert "acknowledged by local" in shell("alarm", "list").out
    assert shell("alarm", "clear", "1", "--json").json["alarm"]["active"] is False
    assert "over" in shell("alarm", "list", "--all").out
    said = shell("alarm", "ack", "99")
    assert said.code == 1
    assert said.err.startswith("E-ALARM-UNKNOWN: there is no alarm 99")


def test_alarms_are_muted_by_code_number_and_meter(shell: Shell, alarmed: Bridge) -> None:
    assert shell("alarm", "mute", "silence").out == "silence is muted\n"
    assert shell("alarm", "mute", "1", "--for", "2h").out == "breaker_open of kitchen is muted\n"
    assert shell("alarm", "mute", "--meter", "kitchen").code == 0
    assert shell("alarm", "mute", "silence", "--subject", "sink:tb").code == 0
    said = shell("alarm", "list")
    assert "muted until unmuted: silence\n" in said.out
    assert "muted until unmuted: every alarm of kitchen" in said.out
    by_subject = {(m.code, m.subject): m.until_ms for m in alarmed.store.mutes()}
    until = by_subject["breaker_open", "kitchen"]
    assert until == pytest.approx(SystemClock().utc_ms() + 7_200_000, abs=60_000)
    assert shell("alarm", "unmute", "1").code == 0
    assert shell("alarm", "unmute", "silence").out == "silence is no longer muted\n"
    assert shell("alarm", "unmute", "--meter", "kitchen", "--json").json["success"] is True
    assert shell("alarm", "unmute", "nothing").code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("mute",),
        ("unmute",),
        ("mute", "silence", "--for", "1h", "--until", "2h"),
        ("mute", "silence", "--until", "2001-01-01"),
        ("mute", "1", "--meter", "kitchen"),
        ("mute", "silense"),
        ("ack", "0"),
    ],
)
def test_wrong_usage_is_exit_code_2(shell: Shell, daemon: Bridge, words: tuple[str, ...]) -> None:
    assert shell("alarm", *words).code == 2


def test_a_code_with_a_slip_of_the_pen_is_told_with_the_right_one(
    shell: Shell, daemon: Bridge
) -> None:
    said = shell("alarm", "mute", "breaker-opn")
    assert said.err == (
        "E-ALARM-CODE: no alarm has the code 'breaker-opn'\n  → near it: breaker_open\n"
    )
    assert daemon.store.mutes() == []


def test_many_are_fetched_page_by_page(
    shell: Shell, alarmed: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 1)
    assert [a["id"] for a in shell("alarm", "list", "--json").json["alarms"]] == [2, 1]
    assert "older ones: --limit" in shell("alarm", "list", "--limit", "1").out


def test_without_a_daemon_the_list_comes_from_the_store(shell: Shell, tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.desk.report("bridge", (OPEN,))
        parts.desk.turn(0.0)
    said = shell("alarm", "list")
    assert "no daemon runs" in said.err
    assert "breaker_open" in said.out
    assert shell("alarm", "ack", "1").code == 4
