"""The old bridge's rows over the API: entered once, paused, with nothing secret in the answer."""

from __future__ import annotations

from attrs import evolve
from rig.bridge import GOOD_TRIAL, KITCHEN, Bridge, ask
from rig.old_database import OldDatabase

from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.trial import Trial
from dlmslite_daemon.importers.old_bridge import read
from dlmslite_daemon.store.records import Desired


def body(parts: Bridge, *, dry_run: bool = False) -> dict[str, object]:
    path = parts.path / "admin.db"
    if not path.exists():
        old = OldDatabase(path)
        old.meter(7, "m7", password="PLANTED1", tb_token="PLANTED2", tb_port=1883).five(7)
        old.meter(1, "m1", password="PLANTED1").five(1).alarm(1, "No heartbeat")
    return read(path).body(dry_run=dry_run)


def test_meters_come_in_paused_under_their_numbers(parts: Bridge) -> None:
    assert parts.store.meter(1).name == KITCHEN.name
    status, content = ask(parts.app, "POST", "/api/import-old", body(parts))
    assert (status, content["applied"], content["faults"]) == (200, True, [])
    assert "PLANTED" not in str(content)
    assert {one["name"]: (one["old_id"], one["id"]) for one in content["meters"]} == {
        "m1": (1, 8),
        "m7": (7, 7),
    }
    record = parts.store.meter("m7")
    assert (record.id, record.desired) == (7, Desired.PAUSED)
    assert record.settings.password == "sealed:8"
    view = ask(parts.app, "GET", "/api/meters/m7/status")[1]["status"]
    assert view["credentials"] == "unproven"
    sinks = {sink.name: sink.settings.options for sink in parts.store.sinks()}
    assert sinks["thingsboard"]["tokens"] == {"m7": "sealed:8"}
    assert sinks["legacy"]["meters"] == ["m1"]
    (alarm,) = parts.store.alarms(active=False, subject="m1")
    assert (alarm.condition.code, alarm.active) == ("old_connection", False)
    assert "PLANTED" not in str(parts.store.audit())
    # Once more: they are there already.
    again = ask(parts.app, "POST", "/api/import-old", body(parts))[1]
    assert (again["count"], len(again["faults"])) == (0, 2)


def test_a_dry_run_changes_nothing(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/import-old", body(parts, dry_run=True))
    assert (status, content["applied"], content["count"]) == (200, False, 2)
    assert [record.name for record in parts.store.meters()] == [KITCHEN.name]
    assert (parts.store.sinks(), parts.store.audit()) == ([], [])


def test_a_second_import_grows_the_sink_of_the_first(parts: Bridge) -> None:
    whole = body(parts)
    meters = list(whole["meters"])  # type: ignore[call-overload]  # it is a list
    OldDatabase(parts.path / "more.db").meter(9, "m9")
    ask(parts.app, "POST", "/api/import-old", {"meters": meters[:1]})
    more = read(parts.path / "more.db").body(dry_run=False)
    assert ask(parts.app, "POST", "/api/import-old", more)[0] == 200
    (legacy,) = [sink for sink in parts.store.sinks() if sink.name == "legacy"]
    assert legacy.settings.options["meters"] == ["m1", "m9"]


def test_resume_begins_with_one_association(parts: Bridge) -> None:
    ask(parts.app, "POST", "/api/import-old", body(parts))
    parts.control.trial = Trial(ok=False, seconds=1, fault=Fault("E-METER-AUTH", "refused"))
    status, content = ask(parts.app, "POST", "/api/meters/m1/resume")
    assert (status, content["error"]["code"]) == (400, "E-METER-AUTH")
    assert parts.store.meter("m1").desired is Desired.PAUSED
    parts.control.trial = evolve(GOOD_TRIAL, association="SN 1")
    assert ask(parts.app, "POST", "/api/meters/m1/resume")[0] == 200
    assert parts.store.meter("m1").desired is Desired.RUNNING
    assert ask(parts.app, "GET", "/api/meters/m1/status")[1]["status"]["credentials"] is None
    tries = [call[0] for call in parts.control.calls].count("try")
    assert ask(parts.app, "POST", "/api/meters/m1/resume")[0] == 200
    assert [call[0] for call in parts.control.calls].count("try") == tries == 2
    parts.control.trial = Trial(ok=False, seconds=1)
    assert ask(parts.app, "POST", "/api/meters/m7/resume", {"force": True})[0] == 200


def test_only_an_admin_may(parts: Bridge) -> None:
    token = parts.token("olga", Role.OPERATOR)
    status, _ = ask(parts.app, "POST", "/api/import-old", {"meters": []}, token=token, local=False)
    assert status == 403
