"""What every verb that talks to a meter asks for, and the client it makes of the answers."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from attrs import evolve

from dlmslite.capture.base import Header
from dlmslite.capture.files import Recording
from dlmslite.client import Client, connect
from dlmslite.endpoint import Endpoint
from dlmslite.files import EndpointLock
from dlmslite.procedures.authentication import Lls
from dlmslite.profiles.base import Advice, combine
from dlmslite.profiles.load import load_profile
from dlmslite.quirks import Quirks
from dlmslite.trace import Tap

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS = (
    click.argument("url"),
    click.option("--client", default=None, type=int, help="Client address; 16, or 1 with lls."),
    click.option("--server", default=None, help="Server address: N, or LOGICAL,PHYSICAL; 1."),
    click.option("--auth", type=click.Choice(["none", "lls"]), default=None, help="Mechanism."),
    click.option("--password-prompt", is_flag=True, help="Ask for the password."),
    click.option("--password-file", type=click.Path(), help="Read the password from a file."),
    click.option("--password-env", help="Read the password from an environment variable."),
    click.option("--timeout", default=10.0, show_default=True, help="Seconds for one exchange."),
    click.option("--zone", help="The meter's time zone, such as America/Bogota."),
    click.option("--max-info", default=None, type=int, help="Longest HDLC information field."),
    click.option("--window", default=None, type=int, help="HDLC frames sent before an answer."),
    click.option("--max-pdu", default=None, type=int, help="Longest APDU that we take."),
    click.option(
        "--profile",
        "device_profiles",
        multiple=True,
        metavar="NAME|FILE.toml",
        help="What is known of the meter or its converter; may be given for each.",
    ),
    click.option(
        "--capture",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Record to FILE.pcap or FILE.jsonl, without secrets and serial numbers.",
    ),
)


def connection_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the argument URL and the options of a connection."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextlib.contextmanager
def connected(url: str, options: dict[str, Any]) -> Iterator[Client]:
    """A client for the options of ``connection_options``, with the endpoint locked.

    Raises:
        click.UsageError: The options contradict each other.
        DlmsError: The meter could not be reached or refused.
    """
    endpoint = Endpoint.parse(url)
    auth = authentication(options)
    advice = combine(load_profile(name) for name in options["device_profiles"])
    server, quirks = _server(options["server"], advice)
    limits = advice.limits
    known = {"max_info": limits.max_info, "window": limits.window, "max_pdu": 0}
    named: dict[str, Any] = {
        name: options[name] if options[name] is not None else limit
        for name, limit in known.items()
        if options[name] is not None or limit
    }
    client = options["client"]
    if client is None:
        client = advice.client_for("lls" if auth else "none")
    with (
        _recording(options["capture"], endpoint) as trace,
        EndpointLock(endpoint.wire, f"dlmslite (process {os.getpid()})"),
        connect(
            url,
            client=client if client is not None else (1 if auth else 16),
            server=server,
            auth=auth,
            timeout=options["timeout"],
            zone=time_zone(options["zone"]),
            quirks=quirks,
            trace=trace,
            **named,
        ) as meter,
    ):
        yield meter


def header_for(endpoint: Endpoint) -> Header:
    """The header of a capture that begins now, with events on the monotonic clock."""
    started = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=time.monotonic())
    return Header(started=started, framing=endpoint.framing, endpoint=endpoint.name)


@contextlib.contextmanager
def _recording(path: Path | None, endpoint: Endpoint) -> Iterator[Tap | None]:
    """A tap that writes a redacted capture; None where no file was named."""
    if path is None:
        yield None
        return
    with Recording(path, header_for(endpoint), redacted=True) as recording:
        yield recording.tap


def _server(text: str | None, advice: Advice) -> tuple[int | tuple[int, int], Quirks]:
    """The server address, and the quirks with the width that goes with it."""
    if text is not None:
        return server_address(text), advice.quirks
    for form in advice.servers:
        address = form.of()
        if address is not None:
            octets = form.octets or advice.quirks.address_octets
            return address, evolve(advice.quirks, address_octets=octets)
    return 1, advice.quirks


def listening_address(text: str) -> tuple[str, int]:
    """``HOST:PORT`` as a host and a number; IPv6 addresses stand in brackets.

    Raises:
        click.BadParameter: It is not that.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 0xFFFF:
        raise click.BadParameter(f"{text!r} is no HOST:PORT", param_hint="listen")
    return host.strip("[]") or "127.0.0.1", int(port)


def server_address(text: str) -> int | tuple[int, int]:
    """``N`` or ``LOGICAL,PHYSICAL`` as numbers.

    Raises:
        click.BadParameter: It is neither.
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    match numbers:
        case (upper,):
            return upper
        case (logical, physical):
            return logical, physical
        case _:
            raise click.BadParameter(
                f"{text!r} is neither N nor LOGICAL,PHYSICAL", param_hint="server"
            )


def authentication(options: dict[str, Any]) -> Lls | None:
    """What the options ``auth`` and ``password_…`` say; None for no authentication.

    Raises:
        click.UsageError: They contradict each other.
    """
    sources = [
        options["password_prompt"] and "prompt",
        options["password_file"] and f"file:{options['password_file']}",
        options["password_env"] and f"env:{options['password_env']}",
    ]
    given = [source for source in sources if source]
    if len(given) > 1:
        raise click.UsageError("give the password once: by prompt, by file or by environment")
    if options["auth"] == "none" or (options["auth"] is None and not given):
        if given:
            raise click.UsageError("--auth none takes no password")
        return None
    if not given:
        raise click.UsageError(
            "--auth lls needs a password: --password-prompt, --password-file or --password-env"
        )
    if given[0] == "prompt":
        return Lls(click.prompt("Password", hide_input=True).encode())
    return Lls(given[0])


def time_zone(name: str | None) -> ZoneInfo | None:
    """The zone of this name.

    Raises:
        click.BadParameter: There is none.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"no time zone {name!r}", param_hint="zone") from None


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--json``."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        return command(*args, **kwargs)

    return click.option("--json", "as_json", is_flag=True, help="JSON for machines.")(wrapped)
