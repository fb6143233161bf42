"""Sinks over the API: adding ends with the test, secrets are write-only."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rig.bridge import Bridge, ask, ended

from dlmslite_daemon.sinks.probe import SinkTrial

TB = {
    "name": "tb",
    "kind": "thingsboard",
    "options": {"host": "tb.example", "mode": "gateway"},
    "secret": "T0KEN",
}


def test_a_sink_is_saved_tested_and_shown_without_its_secret(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/sinks", TB)
    assert status == 202
    operation = ended(parts.app, content)
    assert operation["result"] == {
        "saved": True,
        "ok": True,
        "seconds": Decimal("0.5"),
        "protocol": "5",
        "acknowledged": True,
        "listening": None,
        "warning": "",
        "code": "",
        "message": "",
        "note": "",
    }
    (record,) = parts.store.sinks()
    assert record.settings.options["secret"] == "sealed:5"
    (view,) = ask(parts.app, "GET", "/api/sinks")[1]["sinks"]
    assert (view["secret_set"], view["options"]) == (True, TB["options"])
    assert view["pending"] == {"live": 0, "history": 0}
    assert "T0KEN" not in str(parts.store.audit())


def test_a_reference_to_a_secret_stays_as_it_is(parts: Bridge) -> None:
    ended(parts.app, ask(parts.app, "POST", "/api/sinks", TB | {"secret": "env:TB"})[1])
    assert parts.store.sinks()[0].settings.options["secret"] == "env:TB"


def test_a_failed_test_says_why_and_the_sink_stays(parts: Bridge) -> None:
    parts.control.sink_trial = SinkTrial(code="E-SINK-REFUSED", message="not authorized")
    operation = ended(parts.app, ask(parts.app, "POST", "/api/sinks", TB)[1])
    assert (operation["result"]["ok"], operation["result"]["code"]) == (False, "E-SINK-REFUSED")
    assert [record.name for record in parts.store.sinks()] == ["tb"]


def test_a_name_twice_is_409_and_an_unknown_one_404(parts: Bridge) -> None:
    ended(parts.app, ask(parts.app, "POST", "/api/sinks", TB)[1])
    status, content = ask(parts.app, "POST", "/api/sinks", TB)
    assert (status, content["error"]["code"]) == (409, "E-NAME-TAKEN")
    status, content = ask(parts.app, "POST", "/api/sinks/x/test")
    assert (status, content["error"]["code"]) == (404, "E-SINK-UNKNOWN")


def test_a_test_is_an_operation(parts: Bridge) -> None:
    ended(parts.app, ask(parts.app, "POST", "/api/sinks", TB)[1])
    status, content = ask(parts.app, "POST", "/api/sinks/tb/test")
    assert status == 202
    assert ended(parts.app, content)["result"]["ok"] is True


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": "carrier-pigeon"}, "there is no kind of sink"),
        ({"options": {"host": "h", "colour": "red"}}, "colour"),
        ({"options": {"host": "h", "secret": "hunter2"}}, "secret"),
    ],
)
def test_a_sink_that_makes_no_sense_or_shows_a_secret_is_not_saved(
    parts: Bridge, change: dict[str, object], word: str
) -> None:
    body = {"name": "board", "kind": "mqtt", "options": {"host": "h"}, **change}
    status, content = ask(parts.app, "POST", "/api/sinks", body)
    assert status == 422
    assert word in content["error"]["message"]
    assert "hunter2" not in str(content)


def test_tokens_of_meters_are_sealed_and_never_shown(parts: Bridge) -> None:
    body = {"name": "tb", "kind": "thingsboard", "options": {"host": "h", "mode": "device"}}
    ended(parts.app, ask(parts.app, "POST", "/api/sinks", body | {"tokens": {"kitchen": "T0K"}})[1])
    assert parts.store.sinks()[0].settings.options["tokens"] == {"kitchen": "sealed:3"}
    (view,) = ask(parts.app, "GET", "/api/sinks")[1]["sinks"]
    assert view["tokens_set"] == ["kitchen"]
    assert "tokens" not in view["options"]


def test_options_that_make_no_sense_are_refused_before_they_are_saved(parts: Bridge) -> None:
    for options in ({"host": "h", "mode": "pigeon"}, {"host": "h", "secret": "in the open"}):
        body = {"name": "tb", "kind": "thingsboard", "options": options}
        status, content = ask(parts.app, "POST", "/api/sinks", body)
        assert status == 422
        assert "in the open" not in str(content)
    assert parts.store.sinks() == []
