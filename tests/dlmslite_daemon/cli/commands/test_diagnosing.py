"""What the verbs of diagnosis share is tried through each of them; here, its exit codes."""

from __future__ import annotations

from rig.bridge import Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.cli.commands import diagnosing
from dlmslite_daemon.cli.diagnosis_show import FAULT, FINE, NOT_RUN
from dlmslite_daemon.errors import BridgeError


def test_the_exit_codes_are_those_of_the_old_diagnosis() -> None:
    assert (FINE, FAULT, NOT_RUN) == (0, 1, 2)


def test_an_operation_that_fails_is_not_run_for_every_verb(shell: Shell, daemon: Bridge) -> None:
    daemon.doctor.diagnosed = BridgeError("broken off", code="E-DIAGNOSIS-ENDED")

    for verb in ("test", "diagnose", "commission"):
        assert shell(verb, "kitchen").code == diagnosing.NOT_RUN
