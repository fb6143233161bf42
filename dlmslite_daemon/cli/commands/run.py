"""``run``: the daemon, from a configuration or from a few options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from attrs import asdict

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register, say
from dlmslite_daemon.cli.reach import Where
from dlmslite_daemon.cli.secret import given, secret_options
from dlmslite_daemon.cli.startup import Places, check, make_daemon, make_secrets
from dlmslite_daemon.cli.without_config import Wish, config_of, document, reference_to
from dlmslite_daemon.config.schema import BridgeConfig, StoreSettings
from dlmslite_daemon.config.secrets import Secret
from dlmslite_daemon.config.toml_text import toml_text
from dlmslite_daemon.errors import ConfigError


@click.command("run", cls=Action)
@click.option("--check", "only_check", is_flag=True, help="Check the configuration and leave.")
@click.option("--print-config", is_flag=True, help="Print what these options stand for and leave.")
@click.option("--meter", metavar="URL", help="Without a configuration: read this meter.")
@click.option("--name", default="meter", help="What to call it.")
@click.option("--client", type=int, help="The client address; 16 is the public client.")
@click.option("--server", type=int, help="The server address.")
@click.option("--auth", type=click.Choice(["none", "lls"]), help="How it is let in.")
@secret_options("password", "of the meter")
@click.option("--series", multiple=True, metavar="KEY=OBIS[:ATTR]", help="What is read.")
@click.option("--every", type=float, help="The poll interval in seconds.")
@click.option("--timeout", type=float, help="The response timeout in seconds.")
@click.option("--to", multiple=True, metavar="URL", help="Deliver there, as for sink add.")
@secret_options("token", "of that sink")
@click.option("--store", metavar="FILE", help="The store's file; data/bridge.db unless told.")
@common_options
@click.pass_context
def run(
    ctx: click.Context,
    /,
    only_check: bool,
    print_config: bool,
    meter: str | None,
    store: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Poll, store and deliver until SIGTERM."""
    environ = os.environ
    again = None
    if meter is not None:
        config = _from_options(meter, store or "", options)
    else:
        _refuse_strays(ctx, options)
        where = ctx.find_object(Where) or Where()
        config = where.configuration()
        again = where.configuration
        if store:
            raise ConfigError("--store belongs to --meter", code="E-USAGE", hint="see [store] path")
    if print_config:
        click.echo(toml_text(document(config)), nl=False)
        return
    if only_check:
        check(config, environ)
        answer = {"success": True, "meters": len(config.meters), "sinks": len(config.sinks)}
        if as_json:
            say(answer)
        else:
            click.echo(f"sound: {answer['meters']} meters, {answer['sinks']} sinks in the file")
        return

    def announce(places: Places) -> None:
        if as_json:
            say(asdict(places))
            return
        click.echo(f"store    {places.store}")
        click.echo(f"socket   {places.socket}")
        if places.address:
            click.echo(f"address  {places.address}")
        if places.link:
            click.echo(f"page     {places.link}  (once, within 10 min)")
        if places.token_file:
            click.echo(f"token    in {places.token_file}, for the address")

    usual = meter is not None or config.store.path == StoreSettings().path
    daemon = make_daemon(config, environ, announce, make_folder=usual, again=again)
    ctx.exit(daemon.run())


def _from_options(url: str, store: str, options: dict[str, Any]) -> BridgeConfig:
    rest = {key: options[key] for key in ("client", "server", "auth", "every", "timeout")}
    config = config_of(
        Wish(
            url=url,
            name=options["name"],
            password=_reference("password", options, store),
            token=_reference("token", options, store),
            series=options["series"],
            to=options["to"],
            store=store,
            options=rest,
        ),
        os.environ,
    )
    check(config, os.environ)
    return config


def _reference(name: str, options: dict[str, Any], store: str) -> str:
    """A reference to a secret; one that was typed in or piped in is sealed with the key file."""
    prompt, file, env = (options[f"{name}_{way}"] for way in ("prompt", "file", "env"))
    secret = given(name, prompt, file, env)
    if secret is None:
        return ""
    if prompt or str(file) == "-":
        path = store or StoreSettings().path
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return make_secrets(BridgeConfig(store=StoreSettings(path=path)), os.environ).seal(
            Secret(secret)
        )
    return reference_to(file, env)


def _refuse_strays(ctx: click.Context, options: dict[str, Any]) -> None:
    """An option of a meter without one would be forgotten in silence."""
    strays = [key for key, value in options.items() if value and key != "name"]
    if strays:
        raise click.UsageError(f"--{strays[0].replace('_', '-')} belongs to --meter", ctx)


register("run", Shelf.EVERY_DAY, run)
