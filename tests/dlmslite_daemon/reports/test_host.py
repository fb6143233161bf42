"""What systemd says is taken; what nobody says is not known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dlmslite_daemon.reports.host import HostFacts, look, run


def machine(show: str | None, journal: str | None) -> HostFacts:
    def answer(words: Sequence[str]) -> str | None:
        return show if words[0] == "systemctl" else journal

    return look(answer)


@pytest.mark.parametrize(
    ("show", "journal", "facts"),
    [
        (
            "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n",
            "Nov 24 dlmslite-bridge[1]: ready\n",
            HostFacts(True, True, True, True),
        ),
        (
            "LoadState=loaded\nActiveState=failed\nUnitFileState=disabled\n",
            "",
            HostFacts(True, False, False, False),
        ),
        (
            "LoadState=not-found\nActiveState=inactive\nUnitFileState=\n",
            None,
            HostFacts(False, False, False, None),
        ),
        (None, None, HostFacts()),
        ("System has not been booted with systemd", "", HostFacts()),
    ],
)
def test_every_answer_of_a_machine(show: str | None, journal: str | None, facts: HostFacts) -> None:
    assert machine(show, journal) == facts


def test_a_program_that_is_not_there_says_nothing() -> None:
    assert run(("no-such-program-of-ours",)) is None
    assert run(("echo", "hello")) == "hello\n"
