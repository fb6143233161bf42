"""``simulate``: meters to try the bridge with, on loopback ports of this machine."""

from __future__ import annotations

import contextlib
import signal
import threading
from types import FrameType

import click

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register, say
from dlmslite_daemon.errors import ConfigError

HOST = "127.0.0.1"
SERIES = ("voltage=1.1.32.7.0.255", "energy=1.1.1.8.0.255")


@click.command("simulate", cls=Action)
@click.option(
    "--meters", "count", type=click.IntRange(1, 100), default=1, show_default=True, help="How many."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_436),
    default=0,
    help="Port of the first, the others follow; free ones unless told.",
)
@click.option("--seconds", type=click.FloatRange(min=0.0), help="End by itself.")
@common_options
def simulate(count: int, port: int, seconds: float | None, as_json: bool) -> None:
    """Simulated meters and the command that adds each, until Ctrl-C.

    The public client, 16, reads them; 'dlmslite simulate' has other models, and faults.
    """
    with contextlib.ExitStack() as stack:
        ended = _ended(stack)
        meters = []
        for number in range(1, count + 1):
            serial = f"SIM{number:08d}"
            try:
                running = serve(
                    single_phase(serial=serial, seed=number),
                    host=HOST,
                    port=port and port + number - 1,
                )
            except OSError as error:
                raise ConfigError(
                    f"{port + number - 1} of {HOST} cannot be used: {error.strerror}",
                    key="port",
                    code="E-USAGE",
                    hint="name another one with --port, or none",
                ) from error
            stack.enter_context(running)
            meters.append({"name": f"sim{number}", "url": running.url, "serial": serial})
        if as_json:
            say({"success": True, "meters": meters})
        else:
            for meter in meters:
                click.echo(_command(meter["name"], meter["url"]))
        ended.wait(seconds)


def _command(name: str, url: str) -> str:
    """What adds it to a bridge."""
    series = " ".join(f"--series {one}" for one in SERIES)
    return f"dlmslite-bridge meter add {name} {url} --client 16 --every 10 {series}"


def _ended(stack: contextlib.ExitStack) -> threading.Event:
    """Set by Ctrl-C and by SIGTERM; the handlers before are put back with the stack."""
    ended = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        stack.callback(signal.signal, number, signal.signal(number, end))
    return ended


register("simulate", Shelf.UPKEEP, simulate)
