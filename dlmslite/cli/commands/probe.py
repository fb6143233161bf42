"""``dlmslite probe URL``: how an unknown meter wants to be talked to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from dlmslite.cli.connection import authentication, json_option, server_address, time_zone
from dlmslite.cli.probe_show import as_json_object, as_tree
from dlmslite.endpoint import Endpoint
from dlmslite.files import EndpointLock
from dlmslite.probing.probe import probe
from dlmslite.procedures.probe_report import ProbeReport

FIRST_PASSWORD_CLIENT = 1  # whom a password belongs to where nobody is named, as in every verb


@click.command("probe")
@click.argument("url")
@click.option(
    "--server", "servers", multiple=True, help="An address to try: N or LOGICAL,PHYSICAL."
)
@click.option("--serial", help="Serial number: its last four digits may be the physical address.")
@click.option("--client", "clients", multiple=True, type=int, help="A client to ask, beside 16.")
@click.option(
    "--password-client", type=int, help="Whose password is given; the only --client, or 1."
)
@click.option("--password-prompt", is_flag=True, help="Ask for the password; it is tried once.")
@click.option("--password-file", type=click.Path(), help="Read the password from a file.")
@click.option("--password-env", help="Read the password from an environment variable.")
@click.option("--everybody", is_flag=True, help="Call all stations; never with several meters.")
@click.option("--timeout", default=3.0, show_default=True, help="Seconds for one exchange.")
@click.option("--pause", default=1.0, show_default=True, help="Seconds between two connections.")
@click.option("--wait", "queue_wait", default=0.0, help="Seconds to wait in a converter's queue.")
@click.option("--zone", help="The meter's time zone, such as America/Bogota.")
@click.option(
    "--profile-out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the proposed device profile to this TOML file.",
)
@json_option
def command(
    url: str,
    servers: tuple[str, ...],
    clients: tuple[int, ...],
    password_client: int | None,
    zone: str | None,
    profile_out: Path | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Find out how the meter at URL is addressed, whom it lets in, and what it can.

    Reads only, one connection at a time. No password is made up; the one you give is tried once.
    """
    passwords = {name: options.pop(f"password_{name}") for name in ("prompt", "file", "env")}
    auth = authentication(
        {"auth": None, **{f"password_{name}": value for name, value in passwords.items()}}
    )
    if auth is None and password_client is not None:
        raise click.UsageError("--password-client needs a password")
    if auth is not None and password_client is None:
        password_client = clients[0] if len(clients) == 1 else FIRST_PASSWORD_CLIENT
    endpoint = Endpoint.parse(url)
    with EndpointLock(endpoint.name, f"dlmslite probe (process {os.getpid()})"):
        console = Console(stderr=True)
        with console.status("") as status:
            report = probe(
                url,
                servers=tuple(server_address(text) for text in servers),
                clients=clients,
                auth=auth,
                auth_client=password_client,
                zone=time_zone(zone),
                progress=lambda text: _tell(console, status, text),
                **options,
            )
    _write_profile(report, profile_out)
    if as_json:
        click.echo(json.dumps(as_json_object(report), ensure_ascii=False))
    else:
        _print(report)
    return 0 if report.is_readable else 1


def _tell(console: Console, status: Any, text: str) -> None:
    """Progress: on one line where there is a terminal, else a line for each connection."""
    if console.is_terminal:
        status.update(text)
    elif text.endswith(": connect"):
        click.echo(f"{text}…", err=True)


def _write_profile(report: ProbeReport, path: Path | None) -> None:
    if path is None:
        return
    if not report.profile:
        click.echo(f"{path} is not written: nothing answered", err=True)
        return
    try:
        path.write_text(report.profile, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(path), (error.strerror or "").lower()) from None


def _print(report: ProbeReport) -> None:
    console = Console()
    console.print(as_tree(report))
    for title, lines in (("Next:", report.commands), ("Or:", (report.next_action,))):
        said = [line for line in lines if line]
        if said:
            click.echo(title)
        for line in said:
            click.echo(f"  {line}")  # not through rich: a command is copied as it is
