"""The way to the daemon: its socket, a URL with a token, else the store; errors come through."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest
from rig.bridge import KITCHEN, NOW_MS, Bridge, bridge, reading
from rig.bridge_shell import Shell

from dlmslite_daemon.api.auth import make_token
from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.api.serve import Server
from dlmslite_daemon.cli.reach import Daemon, Refused, Where, follow, opened, segment
from dlmslite_daemon.errors import BridgeError, ConfigError, DaemonUnreachable


def test_the_socket_beside_the_store_is_found(daemon: Bridge) -> None:
    way = Where().open(offline=False)
    try:
        assert way.note == ""
        assert way.ask("GET", "/api/meters")["count"] == 1
        with pytest.raises(Refused) as caught:
            way.ask("GET", "/api/meters/attic/status")
        assert caught.value.code == "E-METER-UNKNOWN"
    finally:
        way.close()


def test_a_url_is_asked_with_the_token_from_a_file(
    shell: Shell, daemon: Bridge, tmp_path: Path
) -> None:
    token = make_token(daemon.store, daemon.clock, "anna", Role.VIEWER)
    (tmp_path / "token").write_text(token + "\n", encoding="utf-8")
    server = Server(daemon.app, path=None, port=0)
    server.start()
    assert server.address is not None
    url = f"http://127.0.0.1:{server.address[1]}"
    try:
        assert shell("--api", url, "list").code == 1
        assert shell("--api", url, "--token-file", "token", "list").code == 0
        said = shell("--api", url, "--token-file", "token", "pause", "kitchen")
        assert (said.code, said.err.split(":")[0]) == (1, "E-NOT-ALLOWED")
    finally:
        server.stop()
    assert shell("--api", url, "list").code == 4


def test_without_a_daemon_the_store_answers_who_looks_and_says_so(
    shell: Shell, tmp_path: Path
) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
    way = Where().open(offline=True)
    try:
        assert "no daemon runs" in way.note
        assert way.ask("GET", "/api/meters")["count"] == 1
        with pytest.raises(DaemonUnreachable):
            way.ask("POST", "/api/meters/kitchen/pause", {})
    finally:
        way.close()
    said = shell("pause", "kitchen")
    assert (said.code, said.err.split(":")[0]) == (4, "E-DAEMON-UNREACHABLE")


LOOKING = (
    "alarm list", "alarm list --all", "audit", "backup --list", "db check", "db size",
    "diagnose kitchen --history", "list", "list --bad", "logs", "logs kitchen", "meter export",
    "outbox status", "plan", "policy list", "policy list kitchen", "readings kitchen",
    "report availability", "report delivery", "report energy", "report health", "report line",
    "report qos", "series list kitchen", "sink list", "status kitchen", "token list",
    "trace kitchen voltage",
)  # fmt: skip
"""What only looks at what the store holds; what a verdict of it may be is 0 to 3."""


@pytest.mark.parametrize("words", LOOKING)
def test_without_a_daemon_every_verb_that_looks_is_answered(
    shell: Shell, tmp_path: Path, words: str
) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        parts.keep(reading("voltage", NOW_MS, 22990))
    said = shell(*words.split())
    assert said.code != 4
    # Nothing else is said there: no error, and no usage.
    assert said.err == f"no daemon runs; this is what {tmp_path}/bridge.db holds\n" + (
        "there is no such line\n" if words.startswith("logs") else ""
    )
    assert isinstance(shell(*words.split(), "--json").json, (dict, list))


def test_with_neither_daemon_nor_store_nobody_answers(shell: Shell) -> None:
    said = shell("list", "--json")
    assert said.code == 4
    assert said.json["error"]["code"] == "E-DAEMON-UNREACHABLE"


def test_a_configuration_that_makes_no_sense_is_said(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[store]\ncolour = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"store\.colour"):
        Where(config=tmp_path / "other.toml").open(offline=True)
    assert shell("--config", "other.toml", "list").code == 2


def test_what_is_no_daemon_is_not_taken_for_one() -> None:
    for content in (b"<html>", b"[]", b"{}"):
        with pytest.raises(DaemonUnreachable, match="no dlmslite-bridge"):
            opened(httpx.Response(200, content=content))


def test_a_name_is_one_segment_of_a_path() -> None:
    assert segment("a/b ?") == "a%2Fb%20%3F"


def test_a_slow_action_is_followed_to_its_end(daemon: Bridge) -> None:
    go = threading.Event()

    def work() -> dict[str, object]:
        go.wait(30)
        return {"ok": True}

    def broken() -> dict[str, object]:
        raise BridgeError("nobody listens", code="E-LINE-REFUSED")

    way = Where().open(offline=False)
    assert isinstance(way, Daemon)
    try:
        slow = daemon.services.operations.start("slow", work)
        with pytest.raises(BridgeError, match="E-OPERATION-SLOW"):
            follow(way, {"operation": slow.view()}, 0.2)
        go.set()
        assert follow(way, {"operation": slow.view()}, 5) == {"ok": True}
        bad = daemon.services.operations.start("bad", broken)
        with pytest.raises(Refused, match="E-LINE-REFUSED"):
            follow(way, {"operation": bad.view()}, 5)
    finally:
        way.close()
