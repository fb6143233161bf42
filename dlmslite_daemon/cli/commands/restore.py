"""``restore FILE``: a backup in the place of the store; what stood there is kept."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register, say
from dlmslite_daemon.cli.reach import Where
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import StoreError


@click.command("restore", cls=Action)
@click.argument("file")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_context
def restore(ctx: click.Context, file: str, yes: bool, as_json: bool) -> None:
    """Put a backup into the place of the store: a FILE, a name of 'backup --list', or latest.

    The daemon must be stopped. The store that stood there is kept beside it. Readings that were
    delivered after the backup was made and are in it are delivered again, with the same keys.
    """
    from dlmslite_daemon.store.sqlite.care import Care  # noqa: PLC0415 - slow to import
    from dlmslite_daemon.store.sqlite.rescue import must_be_free  # noqa: PLC0415 - as above
    from dlmslite_daemon.store.sqlite.rescue import restore as put_back  # noqa: PLC0415 - as above

    where: Where = ctx.find_object(Where) or Where()
    settings = where.configuration().store
    path, clock = Path(settings.path), SystemClock()
    source = Path(file)
    if not source.is_file():
        if source.name != file:
            raise StoreError(f"there is no file {source}", code="E-STORE-MISSING")
        source = Care(path, settings.backups, clock).backup(file).path
    must_be_free(path)
    if not yes:
        click.confirm(f"Replace {path} by {source}?", abort=True, err=True)
    aside = put_back(path, source, clock, getpass.getuser())
    if as_json:
        said = {"store": str(path), "from": str(source), "aside": str(aside) if aside else None}
        say({"success": True, **said})
        return
    click.echo(f"{path} is {source.name} now")
    if aside is not None:
        click.echo(f"what stood there: {aside}")
    click.echo("next: systemctl start dlmslite-bridge (or dlmslite-bridge run)")


register("restore", Shelf.UPKEEP, restore)
