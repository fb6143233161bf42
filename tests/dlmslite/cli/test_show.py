"""Values as people and machines read them; no number passes through a float."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json

from dlmslite.cli.show import json_value, print_tree, text_value
from dlmslite.values.kinds import BitString
from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit

TIME = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ENERGY = Quantity(123456789012345678901, -3, Unit.WATT_HOUR)


def test_text_is_exact_and_has_its_unit() -> None:
    assert text_value(ENERGY) == ("123456789012345678.901", "Wh")
    assert text_value(Quantity(5)) == ("5", "")
    assert text_value(b"REF-1") == ("REF-1", "")
    assert text_value(b"\x00\x01") == ("0001", "")
    assert text_value(b"") == ("", "")
    assert text_value(TIME) == ("2026-03-01 12:00:00+00:00", "")
    assert text_value(None) == ("-", "")
    assert text_value([1, 2]) == ("[1, 2]", "")


def test_json_is_exact() -> None:
    assert json_value(ENERGY)["value"] == "123456789012345678.901"
    assert json_value(Quantity(5))["unit"] is None
    assert json_value([b"\x01", TIME, None, (1, "a", True)]) == [
        "01",
        "2026-03-01T12:00:00+00:00",
        None,
        [1, "a", True],
    ]
    assert json.dumps(json_value(BitString("101")))


def test_a_tree_has_its_title_and_its_octets_and_every_value() -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print_tree("here #1", bytes(30), {"a": [1, {"b": None, "c": []}], "d": "x"})

    text = out.getvalue()
    assert text.startswith("here #1 30 octets 00 00")
    assert "…" in text.splitlines()[0] + text.splitlines()[1]
    assert [word for word in ("a", "c -", "d x") if word not in text] == []
    assert "None" not in text
