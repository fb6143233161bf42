"""A report reads as a tree, and JSON has all of it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console
from rig.probing import PASSWORD, Street

from dlmslite.cli.probe_show import as_json_object, as_tree
from dlmslite.procedures.probe_report import ProbeReport


def text_of(report: ProbeReport) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(as_tree(report))
    return out.getvalue()


def test_the_tree_says_what_was_found_and_shows_the_octets() -> None:
    text = text_of(Street().probe(clients=(1,), password=PASSWORD, proof_client=1))

    for line in (
        "readable: the meter answers",
        "address: server 1 in 1 octet",
        "client 1: association rejected-permanent",
        "it wants a password or key",
        "client 1 with the password: gets in",
        "serial_number: SIM00000001",
        "1.0.99.1.0.255: 5 columns, every 900 s",
        "voltage_l1 (1.1.32.7.0.255): ",
        "block transfer: works",
        "not kept: they hold the password",
        "→ 7E A0 20 03 21 93",
    ):
        assert line in text
    assert "22222222" not in text


def test_the_tree_of_silence_shows_what_was_tried() -> None:
    text = text_of(Street(server=9).probe(serial="1234"))

    assert "silent" in text
    assert "client 16, server 1,1234 in 4 octets, without parameters → silent" in text


def test_markup_from_the_wire_is_only_text() -> None:
    text = text_of(Street(banner=b"[bold]Port already in use[/nothing]").probe())

    assert "[bold]Port already in use[/nothing]" in text


@pytest.mark.parametrize(
    "street", [Street(), Street(server=9), Street(banner=b"in use"), Street(framing="wrapper")]
)
def test_json_takes_every_report(street: Street) -> None:
    report = street.probe()
    told: dict[str, Any] = json.loads(json.dumps(as_json_object(report)))

    assert told["verdict"] == report.verdict.value
    assert told["commands"] == list(report.commands)
    assert len(told["evidence"]) == len(report.outcomes)
    assert (told["server"] is None) is (report.form is None)
    first = told["evidence"][0]["exchanges"][-1]
    assert bytes.fromhex(first["sent"]) == report.outcomes[0].exchanges[-1].sent


def test_json_has_values_clock_and_quirks() -> None:
    told = as_json_object(Street().probe())

    assert told["readings"]["1.1.32.7.0.255"]["unit"] == "V"
    assert told["clock"]["ahead_seconds"] == 0.0
    assert told["quirks"]["no_with_list"] is False
    assert "get" in told["conformance"]
    assert {"obis": "0.0.1.0.0.255", "class_id": 8} in told["objects"]
