"""``dlmslite probe``: from a URL to the next command."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import pytest
from rig.shell import shell, simulated

import dlmslite
from dlmslite.cli.commands import probe as verb
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve

PASSWORD = "22222222"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause between connections is tested on a desk; here it would only take time."""

    class Hasty(dlmslite.clock.SystemClock):
        def wait(self, seconds: float) -> None:
            pass

    def hasty(*args: object, **options: object) -> object:
        return dlmslite.probe(*args, clock=Hasty(), **options)

    monkeypatch.setattr(verb, "probe", hasty)


def test_a_meter_is_described_and_the_next_command_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("METER_PASSWORD", PASSWORD)
    profile = tmp_path / "meter.toml"
    with simulated() as meter:
        said = shell(
            "probe", meter.url, "--password-env", "METER_PASSWORD", "--profile-out", str(profile)
        )
        line = next(line for line in said.out.splitlines() if line.startswith("  dlmslite read "))
        words = shlex.split(line.replace("--password-prompt", "--password-env METER_PASSWORD"))
        read = shell(*words[1:])

    assert said.code == 0
    assert "client 1 with the password: gets in" in said.out
    assert "dlmslite-bridge meter add" in said.out
    assert PASSWORD not in said.out + said.err
    assert read.code == 0
    assert "1.1.32.7.0.255" in read.out
    assert tomllib.loads(profile.read_text())["clients"][0] == {
        "address": 1, "auth": "lls", "access": "probe: lets itself be read",
    }  # fmt: skip
    assert "client 16, server 1 in 1 octet: connect…" in said.err


def test_json_is_for_machines() -> None:
    with simulated("wrapper") as meter:
        said = shell("probe", meter.url, "--client", "32", "--json")
    told = json.loads(said.out)

    assert said.code == 0
    assert {c["address"]: c["diagnostic"] for c in told["clients"]} == {16: None, 32: 12}


def test_the_exit_code_says_that_nothing_lets_us_in(tmp_path: Path) -> None:
    profile = tmp_path / "meter.toml"
    with serve(single_phase(days=1), server=9) as meter:
        said = shell("probe", meter.url, "--timeout", "0.2", "--profile-out", str(profile))

    assert said.code == 1
    assert "silent" in said.out
    assert "Or:" in said.out
    assert not profile.exists()


def test_addresses_may_be_named_and_pairs_found_by_serial() -> None:
    with serve(single_phase(days=1), server=(1, 1234)) as meter:
        said = shell("probe", meter.url, "--timeout", "0.3", "--serial", "MS1234")

    assert said.code == 0
    assert "--server 1,1234" in said.out


@pytest.mark.parametrize(
    "words",
    [
        ["--password-client", "1"],
        ["--server", "x"],
        ["--zone", "Nowhere/Land"],
        ["--password-prompt", "--password-env", "X"],
    ],
)
def test_options_that_make_no_sense_are_usage(words: list[str]) -> None:
    assert shell("probe", "tcp://127.0.0.1:1", *words).code == 2


def test_a_profile_that_cannot_be_written_is_told() -> None:
    with simulated() as meter:
        said = shell("probe", meter.url, "--profile-out", "/nowhere/meter.toml")

    assert said.code == 1
    assert "/nowhere/meter.toml" in said.err
