"""``dlmslite decode``: trees for people, a line of JSON for each input for machines."""

from __future__ import annotations

import io
import json
import sys

import pytest
from rig.shared_vectors import load

from dlmslite.cli.main import run

SNRM = "7ea0070321930f017e"


def decode(*arguments: str) -> int:
    return run(["decode", *arguments])


def test_a_frame_is_shown_as_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("--layer", "hdlc", SNRM) == 0
    shown = capsys.readouterr().out
    assert "SNRM" in shown
    assert "destination" in shown


def test_json_is_one_line_for_each_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("--layer", "hdlc", "--json", SNRM, "7ea0070321930f027e") == 1
    good, bad = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert good["valid"]
    assert good["decoded"]["frame"] == "SNRM"
    assert bad == {
        "valid": False,
        "error": {"code": "bad-fcs", "message": "bad-fcs", "offset": 0},
    }


def test_standard_input_is_read_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("0x11 0xff\n12:05:dc\n\n"))
    assert decode("--layer", "axdr", "--json") == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["valid"] for line in lines] == [True, True, False]
    assert lines[1]["decoded"] == {"type": "long-unsigned", "value": 1500}


def test_what_is_no_hexadecimal_is_an_error_with_a_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert decode("--json", "zz") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad-hex"


def test_an_error_for_people_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("--layer", "axdr", "12") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "truncated" in captured.err


def test_a_form_explains_the_content_of_an_octet_string(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert decode("--form", "date-time", "--json", "07e40106ff00030000ffc400") == 0
    assert json.loads(capsys.readouterr().out)["decoded"]["deviation"] == -60


def test_an_unknown_layer_is_a_usage_error() -> None:
    assert decode("--layer", "nothing", SNRM) == 2


@pytest.mark.parametrize("layer", ["hdlc", "wrapper", "axdr", "acse", "mode_e"])
def test_the_vectors_come_out_as_they_say(
    layer: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = [vector for vector in load(layer) if "form" not in vector]
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(v["hex"] + "\n" for v in vectors)))
    decode("--layer", layer, "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["valid"] for line in lines] == [vector["valid"] for vector in vectors]
