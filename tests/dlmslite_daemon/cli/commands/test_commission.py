"""``commission``."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from rig.bridge import Bridge
from rig.bridge_shell import Shell
from rig.doctor import GOOD

from dlmslite_daemon.finding import FindingRecord


def test_the_page_is_printed_and_written(shell: Shell, daemon: Bridge, tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    said = shell("commission", "1", "--output", str(file))

    assert (said.code, said.out) == (0, "# Commissioning of kitchen\n\n")
    assert file.read_text(encoding="utf-8") == "# Commissioning of kitchen\n"


def test_a_quick_one_reads_less(shell: Shell, daemon: Bridge) -> None:
    said = shell("commission", "kitchen", "--quick", "--json")

    assert said.json["page"].startswith("# Commissioning")
    assert daemon.doctor.calls == [("commission", "kitchen", {"reads": 30, "gaps": (), "rows": 20})]


def test_the_page_of_the_last_time_is_shown_again(shell: Shell, daemon: Bridge) -> None:
    none = shell("commission", "kitchen", "--last")
    assert (none.code, none.err.splitlines()[0]) == (
        1, "E-FINDING-NONE: kitchen was not commissioned yet",
    )  # fmt: skip
    for kind in ("commission", "test"):
        finding = evolve(GOOD.finding, kind=kind)
        daemon.store.add_finding(FindingRecord(finding, GOOD.page if kind != "test" else ""))
    said = shell("commission", "kitchen", "--last")

    assert (said.code, said.out) == (0, "# Commissioning of kitchen\n\n")
    assert daemon.doctor.calls == []


def test_a_place_that_cannot_be_written_is_said(
    shell: Shell, daemon: Bridge, tmp_path: Path
) -> None:
    said = shell("commission", "kitchen", "--output", str(tmp_path / "none" / "page.md"))

    assert said.code == 1
    assert "no such file or directory" in said.err
