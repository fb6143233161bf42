"""The page of the state tables is current, and its drawings show every step of every table."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html import escape
from pathlib import Path

import pytest
from rig.diagrams import FOLDER, MACHINES, PAGE, Machine, drawing, files


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_file_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == files()[path], "run `make conformance`"


def test_no_drawing_is_left_of_a_table_that_is_gone() -> None:
    assert {path.name for path in FOLDER.glob("table-*.svg")} == {m.drawing for m in MACHINES}
    assert PAGE in files()


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_drawing_names_every_state_and_event(machine: Machine) -> None:
    text = drawing(machine)
    ET.fromstring(text)
    for state, row in machine.moves.items():
        assert f">{escape(state)}</text>" in text
        for event in row:
            # A label may break between two words.
            assert all(escape(part) in text for part in event.split())
