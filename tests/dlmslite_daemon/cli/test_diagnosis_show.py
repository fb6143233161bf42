"""A finding is shown with its evidence, what it is not, and the next command."""

from __future__ import annotations

from typing import Any

import click
import pytest
from attrs import asdict
from rig.doctor import BAD, GOOD

from dlmslite_daemon.api.routes.diagnosis import finding_view
from dlmslite_daemon.causes import MEANINGS, Cause
from dlmslite_daemon.cli.diagnosis_show import show_finding, show_result
from dlmslite_daemon.cli.main import cli
from dlmslite_daemon.engine.diagnosis import Diagnosed


def result_of(diagnosed: Diagnosed) -> dict[str, Any]:
    return {
        "finding": finding_view(diagnosed.finding),
        "values": [asdict(value) for value in diagnosed.values],
    }


def test_a_fault_has_evidence_and_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    show_finding(finding_view(BAD.finding))
    said = capsys.readouterr().out

    assert "kitchen: refused (high)" in said
    assert "  → dlmslite-bridge scan CIDR --serial SERIAL" in said


def test_what_rules_causes_out_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    view = finding_view(BAD.finding)
    view["ruled_out"] = ["host-down: connected", "port-busy: silence", "filtered: connected"]
    show_finding(view)
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  not ")]
    assert said == ["  not host-down, filtered: connected", "  not port-busy: silence"]


def test_what_is_fine_needs_no_more_words(capsys: pytest.CaptureFixture[str]) -> None:
    show_result(result_of(GOOD))
    said = capsys.readouterr().out

    assert "register  passed" in said
    assert "→" not in said


@pytest.mark.parametrize("cause", Cause)
def test_the_next_command_of_every_cause_exists_with_its_options(cause: Cause) -> None:
    words = MEANINGS[cause].next_action.format(meter="kitchen", sink="tb").split()
    if words[0] == "ip":
        return
    command: click.Command = cli
    rest = words[1:]
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), rest.pop(0))
        assert found is not None, words
        command = found
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}

    assert {word for word in rest if word.startswith("--")} <= known
