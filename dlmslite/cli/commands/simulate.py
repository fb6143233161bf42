"""``dlmslite simulate``: meters that exist only here, on a TCP port or a pseudo terminal."""

from __future__ import annotations

import shlex
import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from dlmslite.cli.connection import server_address
from dlmslite.simulator.catalogue import MODELS
from dlmslite.simulator.datagrams import RunningDatagrams, serve_datagrams
from dlmslite.simulator.faults import Busy, FaultPlan
from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.serve import RunningMeter, serve

if TYPE_CHECKING:
    from dlmslite.simulator.serial_line import RunningLine

_NAMES = {
    "single-phase": "1.1.32.7.0.255 1.1.1.8.0.255",
    "three-phase": "1.0.32.7.0.255 1.0.1.8.0.255",
}


@click.command("simulate")
@click.option(
    "--model", type=click.Choice(sorted(MODELS)), default="single-phase", show_default=True
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=0, help="Port; 0 takes a free one and prints it.")
@click.option("--framing", type=click.Choice(["hdlc", "wrapper", "udp"]), default="hdlc")
@click.option("--server", default="1", help="Server address: N, or LOGICAL,PHYSICAL.")
@click.option("--pty", is_flag=True, help="Serve on a pseudo terminal, as a serial port.")
@click.option("--mode-e", is_flag=True, help="With --pty: ask for a sign-on at 300 baud.")
@click.option("--meters", default=1, help="With --pty: meters on the line, addresses upwards.")
@click.option("--days", default=35, show_default=True, help="Days of load profile.")
@click.option("--serial", default="SIM00000001", help="The meter's serial number.")
@click.option("--seed", default=0, help="Where values and faults come from.")
@click.option("--loss", default=0.0, help="Probability that an answer is lost.")
@click.option("--corruption", default=0.0, help="Probability of a changed octet.")
@click.option("--noise", default=0.0, help="Probability of noise before an answer.")
@click.option("--late", default=0.0, help="Probability of a late answer.")
@click.option("--cut", default=0.0, help="Probability of a cut connection.")
@click.option("--duplication", default=0.0, help="Probability that an answer comes twice.")
@click.option("--reordering", default=0.0, help="Probability that an answer comes behind the next.")
@click.option("--truncation", default=0.0, help="Probability that an answer ends in its middle.")
@click.option("--stale", default=0.0, help="Probability that an earlier answer comes once more.")
@click.option("--reset", default=0.0, help="Probability of a reset connection.")
@click.option("--half-open", default=0.0, help="Probability that all falls silent for good.")
@click.option("--busy", default=0.0, help="Probability that the meter has no time.")
@click.option(
    "--busy-kind",
    type=click.Choice([kind.value for kind in Busy]),
    default=Busy.SILENT.value,
    help="What a busy meter says: RNR, DM, or nothing.",
)
@click.option("--busy-seconds", default=1.0, help="How long it has no time.")
@click.option("--delay", "delay_seconds", default=0.0, help="Seconds before every answer.")
@click.option("--jitter", "jitter_seconds", default=0.0, help="Up to so many seconds more.")
def command(
    model: str,
    host: str,
    port: int,
    framing: str,
    server: str,
    pty: bool,
    mode_e: bool,
    meters: int,
    days: int,
    serial: str,
    seed: int,
    **faults: Any,
) -> int:
    """Run a meter until interrupted.

    Clients: 16 without password, read only; 1 with 22222222, 32 with 11111111, 17 with 00000000.
    """
    plan = FaultPlan(seed=seed, **faults)
    meter = MODELS[model](serial=serial, seed=seed, days=days)
    address = server_address(server)
    serving: RunningMeter | RunningLine | RunningDatagrams
    if pty:
        served = {address: meter}
        for number in range(1, meters):
            served[following(address, number)] = MODELS[model](
                serial=f"{serial}-{number}", seed=seed + number, days=days
            )
        serving = _line(served, mode_e, plan)
    elif mode_e or meters != 1:
        raise click.UsageError("--mode-e and --meters need --pty")
    elif framing == "udp":
        if not isinstance(address, int):
            raise click.UsageError("over UDP a server is one number, a wPort")
        serving = serve_datagrams(meter, host=host, port=port, server=address, faults=plan)
    else:
        serving = serve(meter, host=host, port=port, framing=framing, server=address, faults=plan)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with serving as running:
        click.echo(f"READY {running.url}")
        url = shlex.quote(running.url)
        click.echo(f"try: dlmslite read {url} --server {server} {_NAMES[model]}")
        ended.wait()
    return 0


def following(address: int | tuple[int, int], number: int) -> int | tuple[int, int]:
    """The address so many meters further on a line: the physical one where there is one."""
    return address + number if isinstance(address, int) else (address[0], address[1] + number)


def _line(
    meters: dict[int | tuple[int, int], SimulatedMeter], mode_e: bool, plan: FaultPlan
) -> RunningLine:
    # Imported when it is wanted: there are no pseudo terminals on Windows.
    from dlmslite.simulator.serial_line import LineHabits, serve_line  # noqa: PLC0415 - see above

    return serve_line(meters, mode_e=mode_e, habits=LineHabits(faults=plan))
