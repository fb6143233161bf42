"""``plan``: from the findings in the store."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.finding import FindingRecord, Rung, Step, conclude


def test_a_finding_becomes_steps_and_a_command_that_verifies(
    shell: Shell, daemon: Bridge, tmp_path: Path
) -> None:
    assert shell("plan").code == 0
    refused = Rung(name="association", step=Step.FAILED, cause=Cause.WRONG_PASSWORD)
    now = daemon.clock.utc_ms()
    finding = conclude("kitchen", "diagnose", now, (refused,), 1.0)
    daemon.store.add_finding(FindingRecord(finding))
    said = shell("plan")
    assert said.code == 1
    assert "[CRITICAL] kitchen: the meter refuses the password" in said.out
    assert "verify: dlmslite-bridge test kitchen" in said.out
    (action,) = shell("plan", "--json").json["immediate_actions"]
    assert action["id"] == "wrong-password/kitchen"
    assert shell("plan", "--save").code == 1
    assert len(list(tmp_path.glob("action_plan_*.json"))) == 1
