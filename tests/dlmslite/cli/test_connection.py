"""The options of a connection: one password, from one place, never on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from rig.shell import shell, simulated

from dlmslite.capture.conversation import spoken
from dlmslite.capture.files import load
from dlmslite.cli import connection
from dlmslite.cli.connection import listening_address, server_address
from dlmslite.endpoint import Endpoint
from dlmslite.files import EndpointLock

SERIAL = "0.0.96.1.0.255"


def test_a_password_from_a_file_or_the_environment_opens_the_meter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text("22222222\n")
    monkeypatch.setenv("METER_PASSWORD", "22222222")
    with simulated() as meter:
        for option in (["--password-file", str(file)], ["--password-env", "METER_PASSWORD"]):
            assert shell("read", meter.url, "--auth", "lls", *option, SERIAL).code == 0


def test_a_password_may_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def prompt(text: str, **_: Any) -> str:
        assert text == "Password"
        return "22222222"

    monkeypatch.setattr(click, "prompt", prompt)
    with simulated("wrapper") as meter:
        assert shell("read", meter.url, "--password-prompt", SERIAL).code == 0


def test_a_wrong_password_is_an_error_with_its_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("METER_PASSWORD", "87654321")
    with simulated() as meter:
        said = shell("read", meter.url, "--password-env", "METER_PASSWORD", SERIAL)
    assert said.code == 1
    assert "authentication-failure" in said.err
    assert "87654321" not in said.err


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--auth", "lls"], "needs a password"),
        (["--auth", "none", "--password-env", "X"], "takes no password"),
        (["--password-env", "X", "--password-prompt"], "give the password once"),
        (["--zone", "Nowhere/City"], "no time zone"),
        (["--server", "a,b"], "neither N nor LOGICAL,PHYSICAL"),
    ],
)
def test_options_that_contradict_each_other_are_a_usage_error(
    options: list[str], text: str
) -> None:
    said = shell("read", "tcp://192.0.2.1:4059", *options, SERIAL)
    assert said.code == 2
    assert text in said.err


def test_a_server_is_a_number_or_a_pair() -> None:
    assert server_address("1") == 1
    assert server_address("1,17") == (1, 17)
    with pytest.raises(click.BadParameter):
        server_address("1,2,3")


def test_the_zone_and_the_limits_reach_the_client() -> None:
    with simulated() as meter:
        said = shell(
            "clock", meter.url, "--zone", "Europe/Berlin", "--max-info", "128", "--window", "1"
        )
    assert said.code == 0
    assert "+01:00" in said.out or "+02:00" in said.out


def test_a_meter_that_a_daemon_talks_to_is_left_alone() -> None:
    with simulated() as meter:
        name = Endpoint.parse(meter.url).name
        with EndpointLock(name, "dlmslite-bridge (process 7)"):
            said = shell("read", meter.url, SERIAL)
    assert said.code == 1
    assert "in use by dlmslite-bridge (process 7)" in said.err
    assert meter.connections == 0


def test_the_json_option_is_a_flag() -> None:
    @connection.json_option
    def command(*, as_json: bool) -> bool:
        return as_json

    assert command(as_json=True)


def test_a_profile_says_how_to_talk_to_a_meter_and_its_converter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    real = connection.connect

    def connect(url: str, **options: Any) -> Any:
        asked.update(options)
        return real(url, **options)

    monkeypatch.setattr(connection, "connect", connect)
    monkeypatch.setenv("METER_PASSWORD", "22222222")
    profiles = ["--profile", "microstar-single-phase", "--profile", "esp32-wifi-bridge"]
    with simulated() as meter:
        public = shell("read", meter.url, *profiles, SERIAL)
        assert (asked["client"], asked["server"], asked["max_info"], asked["window"]) == (
            16,
            1,
            128,
            1,
        )
        assert asked["quirks"].request_pause == 0.03
        assert asked["quirks"].small_buffer == 127
        assert asked["quirks"].address_octets == 1
        own = ["--client", "32", "--max-info", "64", "--server", "1"]
        reader = shell("read", meter.url, *profiles, "--password-env", "METER_PASSWORD", SERIAL)
        assert asked["client"] == 1
        monkeypatch.setenv("METER_PASSWORD", "11111111")
        named = shell(
            "read", meter.url, *profiles, *own, "--password-env", "METER_PASSWORD", SERIAL
        )
        assert (asked["client"], asked["max_info"]) == (32, 64)

    assert (public.code, reader.code, named.code) == (0, 0, 0)


def test_an_unknown_profile_names_those_that_there_are() -> None:
    said = shell("read", "tcp://192.0.2.1:4059", "--profile", "toaster", SERIAL)

    assert said.code == 1
    assert "generic, microstar-single-phase" in said.err


@pytest.mark.parametrize("name", ["x.pcap", "x.jsonl"])
def test_what_is_said_may_be_recorded_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("METER_PASSWORD", "22222222")
    path = tmp_path / name
    with simulated() as meter:
        said = shell(
            "read", meter.url, "--password-env", "METER_PASSWORD", "--capture", str(path), SERIAL
        )
    capture = load(path)
    octets = b"".join(one.octets for one in capture.events)

    assert said.code == 0
    assert len(list(spoken(capture))) > 4
    assert b"22222222" not in octets
    assert b"SIM00000001" not in octets
    assert capture.header.framing == "hdlc"


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:4059", ("127.0.0.1", 4059)), ("[::1]:0", ("::1", 0)), (":5", ("127.0.0.1", 5))],
)
def test_an_address_to_listen_on_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert listening_address(text) == address


@pytest.mark.parametrize("text", ["4059", "host:port", "host:70000", "host:"])
def test_what_is_no_address_to_listen_on_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        listening_address(text)
