"""``sink add|test``: each add ends with a test; a secret is never an argument."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import Bridge
from rig.bridge_shell import Said, Shell
from rig.thingsboard import ThingsBoard

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.sinks.probe import SinkTrial


def test_a_sink_is_added_and_tested(shell: Shell, daemon: Bridge) -> None:
    said = shell(
        "sink",
        "add",
        "x",
        "mqtt://bob@localhost:1884/meters",
        "--password-file",
        "-",
        stdin="hunter2\n",
    )
    assert said.code == 0
    assert said.out.splitlines() == [
        "connected: MQTT 5",
        "published: acknowledged",
        "x is added",
    ]
    settings = daemon.store.sinks()[0].settings
    assert settings.kind == "mqtt"
    assert dict(settings.options) == {
        "host": "localhost",
        "port": 1884,
        "base": "meters",
        "username": "bob",
        "secret": "sealed:7",
    }


def test_thingsboard_takes_a_token(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TB_TOKEN", "abc")
    url = "thingsboard://tb.example:1883"
    said = shell("sink", "add", "tb", url, "--mode", "gateway", "--token-env", "TB_TOKEN")
    assert said.code == 0
    options = daemon.store.sinks()[0].settings.options
    assert (options["mode"], options["secret"]) == ("gateway", "sealed:3")


def test_a_failed_test_is_exit_code_1_with_its_cause(shell: Shell, daemon: Bridge) -> None:
    daemon.control.sink_trial = SinkTrial(
        protocol="5", code="E-SINK-NO-PUBACK", message="no answer", warning="sink-no-subscriber"
    )
    added = shell("sink", "add", "x", "mqtt://localhost/meters")
    assert "x is added, and tried until it answers; sink rm x takes it back" in added.out
    said = shell("sink", "test", "x")
    assert said.code == 1
    assert "E-SINK-NO-PUBACK: no answer" in said.out
    assert "warning sink-no-subscriber" in said.out
    assert shell("sink", "test", "x", "--json").json["result"]["ok"] is False


def test_an_unknown_sink_and_a_secret_in_the_url_are_refused(shell: Shell, daemon: Bridge) -> None:
    assert shell("sink", "test", "x").code == 1
    said = shell("sink", "add", "x", "mqtt://bob:hunter2@localhost/meters")
    assert said.code == 2
    assert "hunter2" not in said.out + said.err
    assert not daemon.store.sinks()


@pytest.fixture
def sunk(daemon: Bridge) -> Bridge:
    """A sink that delivers to a broker."""
    options = {"host": "old", "port": 1883, "base": "lab"}
    daemon.store.add_sink(SinkSettings("plain", "mqtt", options=options))
    return daemon


def test_sinks_are_listed(shell: Shell, daemon: Bridge) -> None:
    assert "there is no sink" in shell("sink", "list").out
    daemon.store.add_sink(SinkSettings("plain", "mqtt", options={"host": "old", "port": 1883}))
    assert shell("sink", "list").out.splitlines()[1].split()[:4] == ["plain", "mqtt", "old", "1883"]
    assert shell("sink", "list", "--json").json["count"] == 1


def test_a_sink_is_changed_once_it_was_tested(shell: Shell, sunk: Bridge) -> None:
    said = shell("sink", "set", "plain", "mqtt://new:1884", "--ca-file", "/ca.pem")
    assert said.code == 0
    assert said.out.endswith("plain is changed\n")
    options = sunk.store.sinks()[0].settings.options
    assert options == {"host": "new", "port": 1884, "base": "lab", "ca_file": "/ca.pem"}
    sunk.control.sink_trial = SinkTrial(code="E-SINK-REFUSED", message="not authorized")
    said = shell("sink", "set", "plain", "mqtt://other")
    assert said.code == 1
    assert "plain stays as it was; --force changes it all the same" in said.out
    said = shell("sink", "set", "plain", "mqtt://other", "--force", "--json")
    assert (said.code, said.json["success"]) == (1, True)
    assert sunk.store.sinks()[0].settings.options["host"] == "other"


def test_a_sink_is_turned_off_gets_a_secret_and_keeps_its_kind(shell: Shell, sunk: Bridge) -> None:
    assert shell("sink", "set", "plain", "--off").out == "plain is changed\n"
    assert sunk.store.sinks()[0].settings.enabled is False
    shell("sink", "set", "plain", "--password-file", "-", stdin="planted\n")
    assert sunk.store.sinks()[0].settings.options["secret"] == "sealed:7"
    said = shell("sink", "set", "plain", "thingsboard://tb")
    assert (said.code, said.err.split("\n")[0]) == (
        2, "E-CONFIG: url: plain is mqtt, and this is thingsboard",
    )  # fmt: skip
    assert shell("sink", "set", "plain").code == 2
    assert shell("sink", "set", "nobody", "--on").code == 1


def test_a_sink_is_removed(shell: Shell, sunk: Bridge) -> None:
    assert shell("sink", "rm", "plain").out == "plain is removed\n"
    assert shell("sink", "rm", "plain", "--json").code == 1


def provisioned(shell: Shell, there: ThingsBoard, *more: str) -> Said:
    words = ("sink", "provision-thingsboard", there.url, "--user", there.user)
    return shell(*words, "--password-file", "-", *more, stdin=f"{there.password}\n")


def test_a_gateway_is_provisioned_its_token_kept_and_the_login_forgotten(
    shell: Shell, daemon: Bridge
) -> None:
    with ThingsBoard() as there:
        said = provisioned(shell, there, "--name", "tb", "--device", "gw")
        assert said.code == 0
        assert said.out.startswith("the gateway device gw is made\n")
        assert said.out.endswith("tb is added\n")
        (record,) = daemon.store.sinks()
        options = {"host": "127.0.0.1", "port": 1883, "secret": f"sealed:{len('token-of-id-gw')}"}
        assert (record.settings.kind, record.settings.options) == ("thingsboard", options)
        everything = said.out + said.err + str(daemon.store.audit()) + str(daemon.control.calls)
        assert "planted-login" not in everything
        assert "token-of" not in everything
        said = provisioned(shell, there, "--name", "tb")
        assert (said.code, said.err.split(":")[0]) == (1, "E-NAME-TAKEN")
        assert len(there.asked) == 4
        said = provisioned(shell, there, "--name", "two", "--device", "gw", "--json",
                           "--mqtt", "thingsboards://tb.example")  # fmt: skip
        assert said.json["result"]["saved"] is True
        assert daemon.store.sinks()[1].settings.options["tls"] is True


def test_a_provisioning_that_makes_no_sense_is_refused(shell: Shell, daemon: Bridge) -> None:
    with ThingsBoard() as there:
        assert provisioned(shell, there, "--mqtt", "mqtt://h").code == 2
        words = ("sink", "provision-thingsboard", there.url, "--user", "u")
        assert shell(*words).code == 2
        assert shell(*words, "--password-file", "-", stdin="planted\n").code == 1
    assert daemon.store.sinks() == []


def test_without_a_daemon_nothing_is_made_in_thingsboard(shell: Shell) -> None:
    with ThingsBoard() as there:
        assert provisioned(shell, there).code == 4
        assert there.asked == []


def test_each_meter_has_a_token_of_its_own(shell: Shell, daemon: Bridge, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text('kitchen = "abc"\ncellar = "defgh"\n')
    url = "thingsboard://tb.example"
    said = shell("sink", "add", "tb", url, "--mode", "device", "--tokens-file", str(tokens))
    assert said.code == 0
    options = daemon.store.sinks()[0].settings.options
    assert options["tokens"] == {"kitchen": "sealed:3", "cellar": "sealed:5"}
    tokens.write_text('attic = "ij"\n')
    assert shell("sink", "set", "tb", "--tokens-file", str(tokens)).code == 0
    options = daemon.store.sinks()[0].settings.options
    assert options["tokens"] == {"kitchen": "sealed:3", "cellar": "sealed:5", "attic": "sealed:2"}


def test_a_sink_changes_between_one_connection_and_many(shell: Shell, daemon: Bridge) -> None:
    daemon.store.add_sink(SinkSettings("tb", "thingsboard", options={"host": "h"}))
    assert shell("sink", "set", "tb", "--mode", "legacy").code == 0
    assert daemon.store.sinks()[0].settings.options["mode"] == "legacy"


def test_what_a_sink_leaves_out_is_said(shell: Shell, daemon: Bridge) -> None:
    daemon.control.sink_trial = SinkTrial(ok=True, note="no place for alarms of the bridge")
    said = shell("sink", "add", "tb", "thingsboard://h", "--mode", "device")
    assert "note: no place for alarms of the bridge" in said.out


def test_a_sink_of_some_meters_becomes_one_of_all(shell: Shell, daemon: Bridge) -> None:
    words = ("sink", "add", "old", "thingsboard://localhost:1884", "--mode", "legacy")
    assert shell(*words, "--meters", "kitchen,cellar").code == 0
    assert daemon.store.sinks()[0].settings.options["meters"] == ["kitchen", "cellar"]
    assert shell("sink", "set", "old", "--meters", "").code == 0
    assert daemon.store.sinks()[0].settings.options["meters"] == []
