"""The command line: which verb, and help in three groups."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path

import click

from dlmslite_daemon.api.version import version
from dlmslite_daemon.cli.commands.base import COMMANDS, Shelf, summary
from dlmslite_daemon.cli.reach import Where

_FOLDER = "dlmslite_daemon.cli.commands"


class Verbs(click.Group):
    """The group of all verbs, filled from the folder at the first look-up."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb's name, in order."""
        del ctx
        return sorted(name for name, _ in COMMANDS.items())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of a name, or None."""
        del ctx
        file = cmd_name.replace("-", "_")
        module = f"{_FOLDER}.{file}"
        if not file.isidentifier() or find_spec(module) is None:
            return None
        # Its file alone: some of the others bring half the daemon with them, and take their time.
        importlib.import_module(module)
        entry = COMMANDS.known(cmd_name)
        return entry.command if entry is not None else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs in three groups: every day, set-up, upkeep."""
        del ctx
        entries = sorted(COMMANDS.items())
        for shelf in Shelf:
            rows = [
                (name, summary(entry.command)) for name, entry in entries if entry.shelf is shelf
            ]
            if rows:
                with formatter.section(shelf.value):
                    formatter.write_dl(rows)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"dlmslite-bridge {version()}")
        ctx.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and leave.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The daemon's configuration; else ./bridge.toml, else /etc/dlmslite/bridge.toml.",
)
@click.option("--api", metavar="URL", help="Reach the daemon here instead of its Unix socket.")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that holds the token for --api.",
)
@click.option("--token-env", metavar="NAME", help="An environment variable that holds it.")
@click.pass_context
def cli(
    ctx: click.Context,
    config: Path | None,
    api: str | None,
    token_file: Path | None,
    token_env: str | None,
) -> None:
    """Poll DLMS/COSEM meters, keep what they say, deliver it to MQTT brokers."""
    ctx.obj = Where(config=config, api=api, token_file=token_file, token_env=token_env)
