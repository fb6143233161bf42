"""A configuration becomes a daemon that serves, with its first token; a bad one is found before."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from rig.bridge_shell import Shell

from dlmslite_daemon.cli.reach import Where
from dlmslite_daemon.cli.startup import Places, check, make_daemon, make_secrets
from dlmslite_daemon.config.load import parse
from dlmslite_daemon.config.secrets import Secret
from dlmslite_daemon.errors import BridgeError, ConfigError

SOUND = """
[store]
path = "bridge.db"
[api]
port = 0
"""


def test_a_daemon_serves_both_doors_and_makes_its_first_token(shell: Shell) -> None:
    said: list[Places] = []
    bridge = make_daemon(parse(SOUND), {}, said.append, make_folder=False)
    try:
        bridge.start()
        (places,) = said
        assert (places.store, places.socket) == ("bridge.db", "bridge.sock")
        assert places.token_file == "api-token"
        assert places.address is not None
        url = f"{places.address}/api/meters"
        token = Path("api-token").read_text(encoding="utf-8").strip()
        assert httpx.get(url).status_code == 401
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"})
        assert answer.json() == {"success": True, "count": 0, "meters": []}
        way = Where().open(offline=False)
        assert way.ask("GET", "/api/system/health")["overall"] == "ok"
        way.close()
    finally:
        bridge.close()
    assert not Path("bridge.sock").exists()


def test_a_password_given_to_the_api_is_sealed_with_the_key_file(shell: Shell) -> None:
    bridge = make_daemon(parse(SOUND), {}, lambda _: None, make_folder=False)
    try:
        bridge.start()
        way = Where().open(offline=False)
        text = "name,url,auth,password\na,tcp://127.0.0.1:1,lls,x1y2"
        way.ask("POST", "/api/meters/import", {"format": "csv", "text": text})
        way.close()
        reference = bridge.store.meter("a").settings.password
        assert reference.startswith("sealed:")
        assert bridge.secrets.reveal(reference).reveal() == "x1y2"
    finally:
        bridge.close()


def test_a_second_daemon_on_the_same_store_is_refused(shell: Shell) -> None:
    bridge = make_daemon(parse(SOUND), {}, lambda _: None, make_folder=False)
    try:
        with pytest.raises(BridgeError, match="E-STORE-LOCKED"):
            make_daemon(parse(SOUND), {}, lambda _: None, make_folder=False)
    finally:
        bridge.close()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[policies.breaker]\ncolour = 1", "policies.breaker.colour"),
        ("[policies.luck]", "policies.luck"),
        (
            '[meters.a]\nurl = "tcp://h:1"\npolicies.credentials = { refusals = 1 }',
            "meters.a.policies.credentials",
        ),
        ('[meters.a]\nurl = "tcp://h:1"\npolicies.luck = {}', "meters.a.policies.luck"),
        (
            '[meters.a]\nurl = "tcp://h:1"\nauth = "lls"\npassword = "env:NOWHERE"',
            "meters.a.password",
        ),
        ('[sinks.a]\nkind = "carrier-pigeon"', "sinks.a.kind"),
        ('[sinks.a]\nkind = "mqtt"\nhost = "h"\ncolour = 1', "sinks.a.colour"),
        ('[sinks.a]\nkind = "mqtt"\nhost = "h"\nsecret = "env:NOWHERE"', "sinks.a.secret"),
    ],
)
def test_a_check_finds_what_the_start_would_find_later(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(parse(text), {})
    assert caught.value.key == key


def test_a_check_passes_what_is_sound(tmp_path: Path) -> None:
    config = parse(
        f'[store]\npath = "{tmp_path}/b.db"\n'
        '[policies.breaker]\n[meters.a]\nurl = "tcp://h:1"\nauth = "lls"\npassword = "env:P"\n'
        '[sinks.a]\nkind = "mqtt"\nhost = "h"\nsecret = "env:P"'
    )
    check(config, {"P": "x"})
    assert not (tmp_path / "b.db").exists()


def test_the_key_file_stands_beside_the_store_unless_told(tmp_path: Path) -> None:
    config = parse(f'[store]\npath = "{tmp_path}/b.db"')
    make_secrets(config, {}).seal(Secret("x"))
    assert (tmp_path / "bridge.key").exists()
    other = parse(f'[secrets]\nkey_file = "{tmp_path}/other.key"')
    make_secrets(other, {}).seal(Secret("x"))
    assert (tmp_path / "other.key").exists()
