"""A secret comes by prompt, file, environment or standard input, and never by argument."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dlmslite_daemon.cli.secret import given, given_each, secret_options
from dlmslite_daemon.errors import SecretError


@click.command()
@secret_options("password", "of the meter")
def verb(password_prompt: bool, password_file: Path | None, password_env: str | None) -> None:
    """Show how long the secret is."""
    secret = given("password", password_prompt, password_file, password_env)
    click.echo("none" if secret is None else str(len(secret)))


@pytest.mark.parametrize(
    ("arguments", "stdin", "shown"),
    [
        ([], None, "none"),
        (["--password-env", "METER_PASSWORD"], None, "7"),
        (["--password-file", "-"], "hunter2\n", "7"),
        (["--password-file", "word"], None, "8"),
    ],
)
def test_each_way_leads_to_the_secret(
    arguments: list[str],
    stdin: str | None,
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METER_PASSWORD", "hunter2")
    Path("word").write_text("22222222\r\n", encoding="utf-8")
    assert CliRunner().invoke(verb, arguments, input=stdin).output.strip() == shown


def test_a_prompt_does_not_echo() -> None:
    outcome = CliRunner().invoke(verb, ["--password-prompt"], input="hunter2\n")
    assert "7" in outcome.output
    assert "hunter2" not in outcome.output


def test_two_ways_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(SecretError) as caught:
        given("password", prompt=False, file=tmp_path, env="X")
    assert caught.value.code == "E-USAGE"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff"])
def test_a_way_that_leads_nowhere_says_so(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "word"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SecretError) as caught:
        given("password", prompt=False, file=file, env=None)
    assert caught.value.code == "E-SECRET-FILE"


def test_a_variable_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(SecretError, match="NOWHERE"):
        given("password", prompt=False, file=None, env="NOWHERE")


@pytest.mark.parametrize("text", ["", "a = 1", 'a = ""', "not TOML", '[a]\nb = "c"'])
def test_a_file_of_secrets_that_holds_something_else_is_not_quoted(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(text)
    with pytest.raises(SecretError, match="does not hold a token for each meter"):
        given_each("token", file)


def test_a_file_of_secrets_has_one_for_each_meter(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text('kitchen = "abc"')
    assert given_each("token", file) == {"kitchen": "abc"}
    with pytest.raises(SecretError, match="cannot be read"):
        given_each("token", tmp_path / "none")
