"""Meters in and out as tables over the API: all or nothing, tried where asked, no secret leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from rig.bridge import KITCHEN, Bridge, ask, bridge, ended

from dlmslite_daemon.config.schema import Auth
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.trial import Trial

CSV = "name,url,every\na,tcp://192.0.2.1:1,10\nb,tcp://192.0.2.2:x,10\nkitchen,tcp://h:1,\n"
TABLE = "name,url,auth,password,series\na,tcp://h:1,lls,planted,v=1.1.32.7.0.255\n"


def test_faults_53_an_import_with_a_fault_applies_nothing(parts: Bridge) -> None:
    body = {"format": "csv", "text": CSV}
    status, content = ask(parts.app, "POST", "/api/meters/import", body)
    assert (status, content["error"]["code"]) == (422, "E-IMPORT")
    assert [(fault["row"], fault["column"]) for fault in content["faults"]] == [
        (3, "url"),
        (4, "name"),
    ]
    assert [record.name for record in parts.store.meters()] == ["kitchen"]


def test_a_partial_import_applies_the_sound_rows_and_a_dry_run_none(parts: Bridge) -> None:
    body = {"format": "csv", "text": CSV, "partial": True, "dry_run": True}
    status, content = ask(parts.app, "POST", "/api/meters/import", body)
    assert (status, content["applied"], content["meters"]) == (200, False, ["a"])
    assert len(parts.store.meters()) == 1
    status, content = ask(parts.app, "POST", "/api/meters/import", body | {"dry_run": False})
    assert (status, content["applied"], content["rows"]) == (200, True, 3)
    assert [record.name for record in parts.store.meters()] == [KITCHEN.name, "a"]


def test_a_trial_that_fails_applies_nothing_and_names_the_row(parts: Bridge) -> None:
    parts.control.trial = Trial(ok=False, seconds=1.0, fault=Fault("E-LINE-REFUSED", "refused"))
    body = {"format": "csv", "text": TABLE, "trial": True}
    status, content = ask(parts.app, "POST", "/api/meters/import", body)
    assert status == 202
    assert ended(parts.app, content)["result"] == {
        "applied": False,
        "rows": 1,
        "count": 0,
        "meters": [],
        "faults": [{"row": 2, "column": "", "message": "E-LINE-REFUSED: refused"}],
    }
    assert [record.name for record in parts.store.meters()] == ["kitchen"]


def test_a_trial_that_is_good_is_applied_unless_it_is_dry(parts: Bridge) -> None:
    body = {"format": "csv", "text": TABLE, "trial": True, "dry_run": True}
    result = ended(parts.app, ask(parts.app, "POST", "/api/meters/import", body)[1])["result"]
    assert (result["applied"], result["meters"]) == (False, ["a"])
    body["dry_run"] = False
    result = ended(parts.app, ask(parts.app, "POST", "/api/meters/import", body)[1])["result"]
    assert (result["applied"], result["faults"]) == (True, [])
    assert parts.store.meter("a").settings.password == "sealed:7"
    assert [call[0] for call in parts.control.calls] == ["try", "try"]
    assert parts.store.audit()[0].detail == "1 meters"


@pytest.mark.parametrize("form", ["csv", "json", "toml"])
def test_what_is_exported_is_imported_again(parts: Bridge, form: str, tmp_path: Path) -> None:
    secret = evolve(KITCHEN, name="attic", auth=Auth.LLS, password="sealed:planted")
    parts.store.add_meter(secret)
    status, content = ask(parts.app, "GET", f"/api/meters/export?format={form}")
    assert (status, content["count"], content["format"]) == (200, 2, form)
    assert content["variables"] == {"attic": "METER_attic_PASSWORD"}
    assert "planted" not in str(content)
    with bridge(tmp_path / "other") as other:
        body = {"format": form, "text": content["text"]}
        assert ask(other.app, "POST", "/api/meters/import", body)[0] == 200
        back = [record.settings for record in other.store.meters()]
        assert back == [KITCHEN, evolve(secret, password="env:METER_attic_PASSWORD")]


def test_some_meters_are_exported_by_name_and_number(parts: Bridge) -> None:
    parts.store.add_meter(evolve(KITCHEN, name="attic"))
    status, content = ask(parts.app, "GET", "/api/meters/export?meter=2&format=csv")
    assert (status, content["count"]) == (200, 1)
    assert "kitchen" not in content["text"]
    assert ask(parts.app, "GET", "/api/meters/export?meter=nobody")[0] == 404


def test_a_template_is_given_in_every_format(parts: Bridge) -> None:
    for form in ("csv", "json", "toml"):
        _, content = ask(parts.app, "GET", f"/api/meters/import/template?format={form}")
        body = {"format": form, "text": content["text"], "dry_run": True, "partial": True}
        assert ask(parts.app, "POST", "/api/meters/import", body)[1]["meters"] == ["garage"]
