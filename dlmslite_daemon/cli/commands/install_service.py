"""``install-service`` and ``uninstall-service``: the daemon as a systemd service."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from attrs import evolve

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register, say
from dlmslite_daemon.cli.service.host import ThisHost
from dlmslite_daemon.cli.service.install import (
    OLD_KEPT,
    OLD_UNIT,
    Wish,
    check_host,
    check_store,
    health,
    install,
)
from dlmslite_daemon.cli.service.unit import NAME, UNIT_FOLDER, Unit
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.config.schema import StoreSettings

QUESTION = (
    "The old bridge's unit is here. It must stop before this one talks to its meters.\n"
    f"Stop it, and keep its unit as {OLD_KEPT}?"
)


@click.command("install-service", cls=Action)
@click.option(
    "--from",
    "store",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Begin with a copy of this store, and of the sealing key beside it.",
)
@click.option("--yes", is_flag=True, help="Stop the old bridge without asking.")
@click.option("--print-unit", is_flag=True, help="Print the unit and leave; nothing is changed.")
@common_options
def install_service(store: Path | None, yes: bool, print_unit: bool, as_json: bool) -> None:
    """Make user, folders and unit; start it, wait until it is ready, show its health.

    An installation that was broken off is simply run once more.
    """
    host = ThisHost()
    if not print_unit:
        check_host(host)
    with _copied(store) as (copy, serial):
        key = store.parent / "bridge.key" if store else None
        wish = Wish(copy, str(key) if key and key.exists() else None, serial)
        if print_unit:
            click.echo(Unit(str(host.program()), serial=serial).text(), nl=False)
            return
        check_store(host, wish)
        if host.exists(OLD_UNIT):
            wish = evolve(wish, replace_old=yes or click.confirm(QUESTION, err=True))
        steps, tell = teller(as_json)
        install(host, wish, tell)
    if as_json:
        say({"success": True, "unit": f"{UNIT_FOLDER}/{NAME}", "steps": steps})
    else:
        click.echo(f"\n{health(host)}", nl=False)


def teller(as_json: bool) -> tuple[list[str], Callable[[str], None]]:
    """What was done so far, and who tells each step as it begins."""
    steps: list[str] = []

    def tell(step: str) -> None:
        steps.append(step)
        if not as_json:
            click.echo(f"· {step}")

    return steps, tell


@contextlib.contextmanager
def _copied(store: Path | None) -> Iterator[tuple[str | None, bool]]:
    """A sound copy of a store that may be in use, and whether it has a serial line."""
    if store is None:
        yield None, False
        return
    # Slow to import, and not needed for a service that begins empty.
    from dlmslite_daemon.metrics import Metrics  # noqa: PLC0415 - see above
    from dlmslite_daemon.store.sqlite.care import Care  # noqa: PLC0415 - see above
    from dlmslite_daemon.store.sqlite.store import SqliteStore  # noqa: PLC0415 - see above

    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="dlmslite-install-") as folder:
        copy = Path(folder) / "bridge.db"
        Care(store, 1, clock).copy(copy)
        with contextlib.closing(
            SqliteStore.open(StoreSettings(path=str(copy)), clock, Metrics())
        ) as opened:
            urls = [meter.settings.url for meter in opened.meters()]
        yield str(copy), any(url.startswith("serial") for url in urls)


register("install-service", Shelf.SET_UP, install_service)
