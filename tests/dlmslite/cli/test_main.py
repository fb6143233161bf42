"""The command line: the folder is the list of verbs; errors have a code and no traceback."""

from __future__ import annotations

import builtins
import sys
from typing import Any

import click
import pytest
from rig.shell import shell

from dlmslite import __main__
from dlmslite.cli import main
from dlmslite.cli.main import run
from dlmslite.version import __version__

VERBS = ("clock", "decode", "objects", "profile", "read", "simulate")


def test_every_verb_is_listed_and_has_help() -> None:
    said = shell("--help")
    assert said.code == 0
    for verb in VERBS:
        assert verb in said.out
        assert shell(verb, "--help").code == 0


def test_the_version_is_told() -> None:
    assert __version__ in shell("--version").out


def test_an_unknown_verb_is_a_usage_error() -> None:
    assert shell("dance").code == 2


def test_an_unreachable_meter_names_the_layer() -> None:
    said = shell("read", "tcp://127.0.0.1:1", "1.0.1.8.0.255", "--timeout", "1")
    assert said.code == 1
    assert "in transport" in said.err
    assert "Traceback" not in said.err


def test_an_interrupt_is_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: Any) -> None:
        raise click.exceptions.Abort

    monkeypatch.setattr(main.cli, "main", interrupted)
    assert run(["read"]) == 1


def test_the_console_script_runs_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dlmslite", "--version"])
    assert __main__.main() == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("missing", ["click", "other"])
def test_without_its_extra_it_says_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "dlmslite.cli.main":
            raise ModuleNotFoundError(name=missing)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    if missing == "other":
        with pytest.raises(ModuleNotFoundError):
            __main__.main()
    else:
        assert __main__.main() == 2
        assert "pip install 'dlmslite[cli]'" in capsys.readouterr().err
