"""A report in the format that was chosen, on the screen or in a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rig.bridge import NOW_MS, Bridge, reading
from rig.bridge_shell import Shell

WINDOW = ("--since", str(NOW_MS - 60_000), "--until", str(NOW_MS))


def test_text_json_markdown_and_csv(shell: Shell, daemon: Bridge) -> None:
    daemon.keep(reading("energy", NOW_MS - 1000, 5, -1, "Wh"))
    words = ("report", "energy", *WINDOW, "--zone", "UTC")
    assert shell(*words).out.startswith("Energy by day (UTC)\nfrom 2023-11-14 22:12:20Z until ")
    assert shell(*words, "--markdown").out.startswith("# Energy by day (UTC)\n")
    assert shell(*words, "--csv").out.splitlines()[1].startswith("2023-11-14,kitchen,energy,0.0,Wh")
    view = shell(*words, "--json").json
    assert view["window"]["until"] == NOW_MS
    assert "sections" not in view
    both = shell(*words, "--json", "--csv")
    assert both.code == 2
    assert "one format at a time" in both.err


def test_a_saved_report_is_json_and_named_by_the_time(
    shell: Shell, daemon: Bridge, tmp_path: Path
) -> None:
    said = shell("report", "energy", "--save", *WINDOW)
    assert said.out == ""
    (file,) = tmp_path.glob("energy_*")
    assert re.fullmatch(r"energy_\d{8}_\d{6}\.json", file.name)
    assert said.err == f"saved {file.name}\n"
    assert json.loads(file.read_text(encoding="utf-8"))["kind"] == "energy"
