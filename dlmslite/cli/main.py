"""The command line: one verb, its options, and an exit code.

Exit codes: 0 fine, 1 the meter or the octets said no, 2 usage.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

import click

from dlmslite.cli import commands
from dlmslite.errors import DlmsError
from dlmslite.version import __version__


class _Verbs(click.Group):
    """A group whose commands are the modules of ``commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        command: click.Command = module.command
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dlmslite")
def cli() -> None:
    """Talk to one DLMS/COSEM meter, explain its octets, or simulate it."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result = cli.main(args=list(arguments), prog_name="dlmslite", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except DlmsError as error:
        name = type(error).__name__
        click.echo(f"{name} in {error.layer}: {error}" if error.layer else str(error), err=True)
        return 1
    return result if isinstance(result, int) else 0
