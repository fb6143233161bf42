"""``meter add|rm|import``: tries first, offers what is there, all or nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from rig.bridge import Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.cli.commands import meter as module
from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.trial import Trial, TrialValue
from dlmslite_daemon.errors import BridgeError

URL = "tcp+hdlc://192.0.2.8:3333"


def test_a_meter_is_tried_and_added(shell: Shell, daemon: Bridge) -> None:
    values = (TrialValue("voltage", "1.1.32.7.0.255", "229.90", "V"),)
    daemon.control.trial = Trial(ok=True, seconds=0.5, association="PDU 1024", values=values)
    said = shell(
        *("meter", "add", "garage", URL, "--client", "1", "--server", "1", "--auth", "lls"),
        *("--password-file", "-", "--series", "voltage=1.1.32.7.0.255", "--every", "10"),
        stdin="hunter2\n",
    )
    assert said.code == 0
    assert said.out.splitlines() == [
        "associated: PDU 1024",
        "voltage (1.1.32.7.0.255): 229.90 V",
        "garage is added and polled",
    ]
    saved = daemon.store.meter("garage").settings
    assert (saved.client, saved.every, saved.password) == (1, 10.0, "sealed:7")


def test_a_password_alone_means_low_level_security(shell: Shell, daemon: Bridge) -> None:
    shell(
        "meter",
        "add",
        "g",
        URL,
        "--password-file",
        "-",
        "--series",
        "v=1.1.32.7.0.255",
        stdin="x\n",
    )
    assert daemon.store.meter("g").settings.auth.value == "lls"


def test_a_meter_that_cannot_be_tried_is_not_added(shell: Shell, daemon: Bridge) -> None:
    daemon.control.trial = BridgeError("nobody listens", code="E-LINE-REFUSED", hint="look")
    said = shell("meter", "add", "garage", URL, "--series", "v=1.1.32.7.0.255")
    assert said.code == 1
    assert said.err.splitlines() == ["E-LINE-REFUSED: nobody listens", "  → look"]
    assert len(daemon.store.meters()) == 1


OFFER = (SeriesSettings("voltage", "1.1.32.7.0.255"), SeriesSettings("energy", "1.1.1.8.0.255"))


def test_a_trial_that_fails_says_why_and_force_saves_all_the_same(
    shell: Shell, daemon: Bridge
) -> None:
    values = (TrialValue("v", "1.1.32.7.0.255", error="undefined"),)
    fault = Fault("E-METER-PARTIAL", "no value", "look")
    daemon.control.trial = Trial(ok=False, seconds=0.5, values=values, fault=fault)
    add = ("meter", "add", "garage", URL, "--series", "v=1.1.32.7.0.255")
    said = shell(*add)
    assert said.code == 1
    assert said.out.splitlines() == [
        "v (1.1.32.7.0.255): undefined",
        "E-METER-PARTIAL: no value",
        "  → look",
        "garage is not saved; --force saves it as it is",
    ]
    assert shell(*add, "--force").code == 0


def test_without_series_what_it_has_is_shown(shell: Shell, daemon: Bridge) -> None:
    daemon.control.trial = Trial(ok=True, seconds=0.5, offers=OFFER)
    said = shell("meter", "add", "garage", URL)
    assert said.code == 1
    assert "1.1.32.7.0.255" in said.out
    assert "--series" in said.out
    offer = shell("meter", "add", "garage", URL, "--json").json["result"]["offer"]
    assert [one["key"] for one in offer] == ["voltage", "energy"]


def test_a_line_is_ready_to_be_copied(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = (
        SeriesSettings("voltage_l1", "1.1.32.7.0.255", 3),
        SeriesSettings("active_energy_import_t1", "1.1.1.8.1.255", 3),
        SeriesSettings("demand", "1.1.1.6.0.255", 4),
        SeriesSettings("active_energy", "1.1.1.8.0.255", 3),
        SeriesSettings("obis_1_1_99_7_0_255", "1.1.99.7.0.255", 3),
    )
    monkeypatch.setenv("COLUMNS", "40")
    daemon.control.trial = Trial(ok=True, seconds=0.5, offers=offers)
    ready = "--series voltage_l1=1.1.32.7.0.255 --series active_energy=1.1.1.8.0.255"
    assert shell("meter", "add", "garage", URL).out.splitlines()[-1] == f"for example: {ready}"
    daemon.control.trial = Trial(ok=True, seconds=0.5, offers=offers[-1:])
    assert "for example" not in shell("meter", "add", "garage", URL).out


def test_at_a_terminal_the_operator_chooses_of_it(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.control.trial = Trial(ok=True, seconds=0.5, offers=OFFER)
    monkeypatch.setattr(module, "can_ask", lambda: True)
    said = shell("meter", "add", "garage", URL, stdin="2, 9\n")
    assert said.code == 0
    assert [s.key for s in daemon.store.meter("garage").settings.series] == ["energy"]


def test_a_meter_is_removed(shell: Shell, daemon: Bridge) -> None:
    assert shell("meter", "rm", "kitchen").code == 0
    assert shell("meter", "rm", "kitchen", "--json").code == 3


CSV = "name,url\na,tcp://192.0.2.1:1\nb,nowhere\n"


def test_faults_53_an_import_names_row_and_column_and_applies_nothing(
    shell: Shell, daemon: Bridge
) -> None:
    Path("fleet.csv").write_text(CSV, encoding="utf-8")
    said = shell("meter", "import", "fleet.csv")
    assert said.code == 1
    assert said.out.splitlines()[1].split()[:2] == ["3", "url"]
    assert "--partial" in said.err
    assert shell("meter", "import", "fleet.csv", "--json").json["faults"][0]["row"] == 3
    assert len(daemon.store.meters()) == 1


def test_a_dry_run_and_a_partial_import(shell: Shell, daemon: Bridge) -> None:
    Path("fleet.csv").write_text(CSV, encoding="utf-8")
    said = shell("meter", "import", "fleet.csv", "--partial", "--dry-run")
    assert (said.code, len(daemon.store.meters())) == (1, 1)
    assert "1 of 2 meters can be added" in said.out
    shell("meter", "import", "fleet.csv", "--partial")
    assert [record.name for record in daemon.store.meters()] == ["kitchen", "a"]


def test_the_template_imports(shell: Shell, daemon: Bridge) -> None:
    Path("fleet.txt").write_text(shell("meter", "import", "--template").out, encoding="utf-8")
    assert shell("meter", "import", "fleet.txt").code == 2
    said = shell("meter", "import", "fleet.txt", "--format", "csv", "--json")
    assert (said.code, said.json["error"]["code"]) == (1, "E-IMPORT")
    daemon.store.remove_meter("kitchen")
    said = shell("meter", "import", "fleet.txt", "--format", "csv", "--json")
    assert (said.code, said.json["count"]) == (0, 2)


def test_an_import_of_nothing_or_of_noise_is_said(shell: Shell, daemon: Bridge) -> None:
    assert shell("meter", "import").code == 2
    Path("fleet.csv").write_bytes(b"\xff\xfe\x00")
    assert shell("meter", "import", "fleet.csv").code == 2


def test_templates_come_in_every_format(shell: Shell, daemon: Bridge) -> None:
    for form in ("csv", "json", "toml"):
        text = shell("meter", "import", "--template", "--format", form).out
        Path(f"fleet.{form}").write_text(text, encoding="utf-8")
        said = shell("meter", "import", f"fleet.{form}", "--partial", "--dry-run", "--json")
        assert said.json["meters"] == ["garage"]


def test_an_import_may_try_first(shell: Shell, daemon: Bridge) -> None:
    text = "name,url,series\na,tcp://h:1,v=1.1.32.7.0.255\n"
    Path("fleet.csv").write_text(text, encoding="utf-8")
    daemon.control.trial = Trial(ok=False, seconds=1.0, fault=Fault("E-LINE-REFUSED", "refused"))
    said = shell("meter", "import", "fleet.csv", "--try")
    assert (said.code, len(daemon.store.meters())) == (1, 1)
    assert "E-LINE-REFUSED: refused" in said.out
    daemon.control.trial = Trial(ok=True, seconds=1.0)
    said = shell("meter", "import", "fleet.csv", "--try")
    assert (said.code, said.out) == (0, "1 of 1 meters are added\n")


def test_meters_are_exported_for_another_import(shell: Shell, daemon: Bridge) -> None:
    sealed = MeterSettings("attic", "tcp://h:1", auth=Auth.LLS, password="sealed:planted")
    daemon.store.add_meter(sealed)
    said = shell("meter", "export")
    assert said.code == 0
    assert set(tomllib.loads(said.out)["meters"]) == {"kitchen", "attic"}
    assert said.err == "the password of attic is sealed here; give it as METER_attic_PASSWORD\n"
    assert "planted" not in said.out
    assert shell("meter", "export", "1", "--format", "csv").out.count("\n") == 2
    assert shell("meter", "export", "attic", "kitchen", "--json").json["count"] == 2
    assert shell("meter", "export", "nobody").code == 3
