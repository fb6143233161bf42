"""What every verb has in common: its shelf in the help, ``--json``, exit codes, errors."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from attrs import evolve, frozen

from dlmslite_daemon.api.exact_json import dumps, error_object
from dlmslite_daemon.cli.reach import Door, Where
from dlmslite_daemon.errors import BridgeError, DaemonUnreachable, UnknownMeter
from dlmslite_daemon.registry import Registry

SENTENCE_MAX = 200  # letters of a verb's line in the help of its group


class Shelf(enum.Enum):
    """The three groups of the help."""

    EVERY_DAY = "Every day"
    SET_UP = "Set-up"
    UPKEEP = "Upkeep"


class Exit(enum.IntEnum):
    """What the exit code says."""

    FINE = 0
    FAILED = 1  # or degraded
    USAGE = 2
    NO_SUCH_METER = 3
    NOT_REACHABLE = 4


@frozen
class Verb:
    """One entry of the folder.

    Attributes:
        command: What click runs.
        shelf: Where the help lists it.
    """

    command: click.Command
    shelf: Shelf


COMMANDS: Registry[str, Verb] = Registry("dlmslite_daemon.cli.commands")


class Action(click.Command):
    """A verb whose errors of ours become one message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; leave with the code of the error if there is one."""
        try:
            return super().invoke(ctx)
        except BridgeError as error:
            report(error, as_json=bool(ctx.params.get("as_json")))
            ctx.exit(exit_code(error))


class Actions(click.Group):
    """A verb with verbs of its own, such as ``meter add``."""

    command_class = Action

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its verbs, each with a whole sentence."""
        named = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(verb)) for name, verb in named if verb is not None])


def summary(command: click.Command) -> str:
    """The first sentence of a verb's help, whole: half of one says nothing."""
    return command.get_short_help_str(SENTENCE_MAX).replace("`", "")


def register(name: str, shelf: Shelf, command: click.Command) -> None:
    """Enter a verb."""
    COMMANDS.add(name, Verb(command, shelf))


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json`` and ``--config``, which every verb has."""
    config = click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        expose_value=False,
        callback=_take_config,
        help="The daemon's configuration.",
    )
    return click.option("--json", "as_json", is_flag=True, help="JSON for machines.")(
        config(function)
    )


def _take_config(ctx: click.Context, _: click.Parameter, config: Path | None) -> None:
    if config is not None:
        ctx.obj = evolve(ctx.find_object(Where) or Where(), config=config)


def door(ctx: click.Context, *, offline: bool = False) -> Door:
    """The way to the daemon.

    Args:
        ctx: The running command.
        offline: Whether the store may answer when no daemon runs; says so on standard error.

    Raises:
        DaemonUnreachable: Nobody answers, and the store may not or cannot.
    """
    where: Where = ctx.find_object(Where) or Where()
    opened = where.open(offline=offline)
    ctx.find_root().call_on_close(opened.close)
    if opened.note:
        click.echo(opened.note, err=True)
    return opened


def say(value: Any) -> None:
    """Print JSON for machines."""
    click.echo(dumps(value))


def report(error: BridgeError, *, as_json: bool) -> None:
    """Print an error: what happened, why, the next step, and its code."""
    if as_json:
        say({"success": False, "error": error_object(error)})
        return
    click.echo(f"{error.code}: {error.message}", err=True)
    if error.hint:
        click.echo(f"  → {error.hint}", err=True)
    sys.stderr.flush()


# What was said makes no sense, or names what cannot be read: on the command line, in a request, in
# a file of settings.
_MEANINGLESS = (
    "E-ALARM-CODE", "E-CONFIG", "E-REPORT-", "E-REQUEST", "E-SECRET-ENV", "E-SECRET-FILE",
    "E-SECRET-PLAIN", "E-USAGE",
)  # fmt: skip


def exit_code(error: BridgeError) -> Exit:
    """The exit code of an error."""
    if isinstance(error, DaemonUnreachable) or error.code == DaemonUnreachable.code:
        return Exit.NOT_REACHABLE
    if isinstance(error, UnknownMeter) or error.code == UnknownMeter.code:
        return Exit.NO_SUCH_METER
    if error.code.startswith(_MEANINGLESS):
        return Exit.USAGE
    return Exit.FAILED
