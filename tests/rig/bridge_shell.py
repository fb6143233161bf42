"""Runs `dlmslite-bridge` in this process and keeps what it said."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from attrs import frozen
from click.testing import CliRunner

from dlmslite_daemon.cli.main import cli


@frozen
class Said:
    """What a command said.

    Attributes:
        code: Its exit code.
        out: Standard output.
        err: Standard error.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON; decimals keep their digits."""
        return json.loads(self.out, parse_float=Decimal)


class Shell:
    """Runs commands."""

    def __call__(self, *arguments: str, stdin: str | None = None) -> Said:
        """Run one command; an exception that it does not handle is the test's."""
        outcome = CliRunner().invoke(cli, arguments, input=stdin, catch_exceptions=False)
        return Said(outcome.exit_code, outcome.stdout, outcome.stderr)
