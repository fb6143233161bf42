"""``install-service``: the daemon as a systemd service that begins with the machine."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from attrs import evolve

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register, say
from dlmslite_daemon.cli.reach import Where
from dlmslite_daemon.cli.service.host import ThisHost
from dlmslite_daemon.cli.service.install import (
    OLD_KEPT,
    OLD_UNIT,
    Wish,
    check_host,
    check_store,
    install,
)
from dlmslite_daemon.cli.service.unit import NAME, UNIT_FOLDER, Unit
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.store.sqlite.backup import sound_copy, urls_in

_QUESTION = (
    "The old bridge's unit is here. It must stop before this one talks to its meters.\n"
    f"Stop it, and keep its unit as {OLD_KEPT}?"
)


@click.command("install-service", cls=Action)
@click.option(
    "--from",
    "store",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Begin with this store and the sealing key beside it.",
)
@click.option("--yes", is_flag=True, help="Stop the old bridge without asking.")
@click.option("--print-unit", is_flag=True, help="Print the unit and leave; nothing is changed.")
@common_options
@click.pass_context
def install_service(
    ctx: click.Context, store: Path | None, yes: bool, print_unit: bool, as_json: bool
) -> None:
    """Make the user, the folders and the unit; start it, wait until it is ready, show its health."""
    host = ThisHost()
    urls = urls_in(store) if store else ()
    wish = Wish(serial=any(url.partition(":")[0].startswith("serial") for url in urls))
    if print_unit:
        click.echo(Unit(str(host.program()), serial=wish.serial).text(), nl=False)
        return
    check_host(host)
    steps: list[str] = []

    def tell(step: str) -> None:
        steps.append(step)
        if not as_json:
            click.echo(f"· {step}")

    if host.exists(OLD_UNIT):
        wish = evolve(wish, replace_old=yes or click.confirm(_QUESTION, err=True))
    with _copied(store) as copy:
        key = store.parent / "bridge.key" if store else None
        wish = evolve(wish, store=copy, key=str(key) if key and key.exists() else None)
        check_store(host, wish)
        install(host, wish, tell)
    if as_json:
        say({"success": True, "steps": steps, "unit": f"{UNIT_FOLDER}/{NAME}"})
        return
    click.echo()
    # What was installed is looked at through its own door.
    ctx.obj = Where()
    ctx.invoke(_health())


@contextlib.contextmanager
def _copied(store: Path | None) -> Iterator[str | None]:
    """A sound copy of a store that may be in use."""
    if store is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="dlmslite-install-") as folder:
        copy = Path(folder) / "bridge.db"
        sound_copy(store, copy)
        yield str(copy)


def _health() -> click.Command:
    from dlmslite_daemon.cli.commands.health import health  # noqa: PLC0415 - a sibling of the folder

    return health


register("install-service", Shelf.SET_UP, install_service)
