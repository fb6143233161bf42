"""``uninstall-service``: the service ends; what it stored stays."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register, say
from dlmslite_daemon.cli.commands.install_service import teller
from dlmslite_daemon.cli.service.host import ThisHost
from dlmslite_daemon.cli.service.install import OLD_KEPT, OLD_UNIT, check_host, uninstall
from dlmslite_daemon.cli.service.unit import CONFIGURATION, STATE, USER


@click.command("uninstall-service", cls=Action)
@common_options
def uninstall_service(as_json: bool) -> None:
    """Stop the service and take its unit away; store, configuration and user stay."""
    host = ThisHost()
    check_host(host)
    steps, tell = teller(as_json)
    uninstall(host, tell)
    if as_json:
        say({"success": True, "steps": steps, "kept": [STATE, CONFIGURATION, f"user {USER}"]})
        return
    click.echo(f"\n{STATE}, {CONFIGURATION} and the user {USER} stay")
    if host.exists(OLD_KEPT):
        click.echo(f"the old bridge's unit: mv {OLD_KEPT} {OLD_UNIT}")


register("uninstall-service", Shelf.SET_UP, uninstall_service)
