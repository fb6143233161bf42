"""The folder is the registry; every verb has --json and help; errors have codes and exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import dlmslite_daemon.cli.commands as folder
from dlmslite_daemon.cli.commands.base import COMMANDS, exit_code
from dlmslite_daemon.errors import (
    BridgeError,
    ConfigError,
    DaemonUnreachable,
    SecretError,
    UnknownMeter,
)


def verbs(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for inner, one in command.commands.items():
            yield from verbs(one, f"{name} {inner}")
    else:
        yield name, command


ALL = [pair for name, verb in COMMANDS.items() for pair in verbs(verb.command, name)]


def test_registry_and_folder_agree() -> None:
    # A file that enters no verb helps those that do: meter_set, reporting …
    modules = {
        path.stem
        for path in Path(folder.__path__[0]).glob("*.py")
        if '\nregister("' in path.read_text(encoding="utf-8")
    }
    assert {name.replace("-", "_") for name, _ in COMMANDS.items()} == modules


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_verb_has_help_json_and_no_secret_among_its_arguments(
    name: str, command: click.Command
) -> None:
    assert command.help, name
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--json" in options, name
    for parameter in command.params:
        if isinstance(parameter, click.Option) and ("password" in (parameter.name or "")):
            assert (parameter.name or "").endswith(("_prompt", "_file", "_env"))
        if isinstance(parameter, click.Option):
            assert parameter.help, (name, parameter.name)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownMeter("x"), 3),
        (BridgeError("x", code="E-METER-UNKNOWN"), 3),
        (DaemonUnreachable("x"), 4),
        (BridgeError("x", code="E-USAGE"), 2),
        (BridgeError("x", code="E-REQUEST"), 2),
        (ConfigError("x"), 2),
        (BridgeError("x", code="E-CONFIG-FILE"), 2),
        (BridgeError("x", code="E-CONFIG-MISSING"), 2),
        (BridgeError("x", code="E-REPORT-WINDOW"), 2),
        (SecretError("x", code="E-SECRET-PLAIN"), 2),
        (SecretError("x", code="E-SECRET-FILE"), 2),
        (SecretError("x", code="E-SECRET-SEAL"), 1),
        (BridgeError("x"), 1),
    ],
)
def test_an_error_has_its_exit_code(error: BridgeError, code: int) -> None:
    assert exit_code(error) == code
