"""Lines and frames as people read them."""

from __future__ import annotations

from dlmslite_daemon.cli.log_lines import SHOWN, frame_text, line_text

SNRM = {"layer": "hdlc", "frame": "SNRM", "control": "93"}


def frame(explained: object, direction: str = "sent") -> dict[str, object]:
    return {
        "ts": 0,
        "meter": "kitchen",
        "direction": direction,
        "octets": "7e7e",
        "explained": explained,
    }


def test_a_line_of_a_meter_and_one_of_the_process() -> None:
    line = {"ts": 0, "level": "info", "meter": "kitchen", "message": "associated"}
    assert line_text(line) == "1970-01-01T00:00:00.000Z info kitchen: associated"
    assert line_text({**line, "meter": ""}).endswith("info associated")


def test_a_frame_says_which_way_and_what() -> None:
    assert frame_text(frame(SNRM)) == "1970-01-01T00:00:00.000Z → kitchen: SNRM\n    7e7e"
    assert "← kitchen: not understood" in frame_text(frame(None, "received"))


def test_an_apdu_is_told_with_its_values() -> None:
    data = {"raw": "0f01", "type": "integer", "value": [1, 2], "none": None}
    tree = {"layer": "wrapper", "apdu": {"apdu": "get-response-normal", "result": {"data": data}}}
    assert "wrapper get-response-normal type=integer value=1 value=2\n" in frame_text(frame(tree))


def test_a_long_one_is_cut() -> None:
    tree = {**SNRM, "apdu": {"apdu": "x", "value": list(range(SHOWN + 5))}}
    assert "… and 5 more" in frame_text(frame(tree))
