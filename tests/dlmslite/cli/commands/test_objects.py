"""``dlmslite objects``: what a meter has."""

from __future__ import annotations

import json

from rig.shell import shell, simulated


def test_the_objects_are_listed_with_class_and_access() -> None:
    with simulated() as meter:
        said = shell("objects", meter.url)
    assert said.code == 0
    assert "1.0.99.1.0.255" in said.out
    assert "2:r-" in said.out


def test_json_lists_the_objects_of_one_class() -> None:
    with simulated("wrapper") as meter:
        said = shell("objects", meter.url, "--class", "8", "--json")
    (clock,) = json.loads(said.out)
    assert clock["obis"] == "0.0.1.0.0.255"
    assert clock["class_id"] == 8
