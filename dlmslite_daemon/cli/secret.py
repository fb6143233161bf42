"""Secrets on the command line: from a prompt, a file, the environment or standard input.

A secret is never an argument: arguments stand in every process list and in the shell's history.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dlmslite_daemon.errors import SecretError

_LONGEST = 4096  # octets; a larger file is some other file


def secret_options(name: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--NAME-prompt``, ``--NAME-file`` and ``--NAME-env`` to a verb.

    Args:
        name: ``password`` or ``token``.
        what: Whose it is, for the help.
    """

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option(f"--{name}-prompt", is_flag=True, help=f"Ask for the {name} {what}."),
            click.option(
                f"--{name}-file",
                type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
                help=f"Read the {name} from a file; '-' is standard input.",
            ),
            click.option(
                f"--{name}-env", metavar="NAME", help=f"Take the {name} from the environment."
            ),
        ):
            function = option(function)
        return function

    return add


def given(name: str, prompt: bool, file: Path | None, env: str | None) -> str | None:
    """The secret that an operator gave in one of the ways, or None.

    Args:
        name: ``password`` or ``token``.
        prompt: Whether to ask for it.
        file: The file that holds it.
        env: The variable that holds it.

    Raises:
        SecretError: More than one way was taken, or the way leads nowhere.
    """
    if sum((prompt, file is not None, env is not None)) > 1:
        raise SecretError(
            f"the {name} is given in more than one way",
            code="E-USAGE",
            hint=f"one of --{name}-prompt, --{name}-file and --{name}-env",
        )
    if prompt:
        answer: str = click.prompt(name.capitalize(), hide_input=True, err=True)
        return answer
    if file is not None:
        return _first_line(file, name)
    if env is not None:
        value = os.environ.get(env)
        if value is None:
            raise SecretError(f"the environment has no {env}", code="E-SECRET-ENV")
        return value
    return None


def given_each(name: str, file: Path) -> dict[str, str]:
    """The secrets of several meters: TOML, a line ``NAME = "SECRET"`` for each.

    Args:
        name: What they are, such as ``token``.
        file: The file that holds them.

    Raises:
        SecretError: It cannot be read, or says something else; its content is not repeated.
    """
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SecretError(
            f"{file} cannot be read: {error.strerror}", code="E-SECRET-FILE"
        ) from None
    except ValueError:
        found = {}
    if not found or not all(isinstance(secret, str) and secret for secret in found.values()):
        raise SecretError(
            f"{file} does not hold a {name} for each meter",
            code="E-SECRET-FILE",
            hint='one line for each: NAME = "SECRET"',
        )
    return found


def _first_line(file: Path, name: str) -> str:
    try:
        if str(file) == "-":
            text = sys.stdin.readline(_LONGEST)
        else:
            with file.open(encoding="utf-8") as opened:
                text = opened.readline(_LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SecretError(f"{file} cannot be read: {reason}", code="E-SECRET-FILE") from None
    secret = text.rstrip("\r\n")
    if not secret:
        raise SecretError(f"there is no {name} in {file}", code="E-SECRET-FILE")
    return secret
