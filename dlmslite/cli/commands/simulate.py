"""``dlmslite simulate``: a meter that exists only here, on a TCP port."""

from __future__ import annotations

import signal
import threading
from typing import Any

import click

from dlmslite.cli.connection import server_address
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve


@click.command("simulate")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=0, help="Port; 0 takes a free one and prints it.")
@click.option("--framing", type=click.Choice(["hdlc", "wrapper"]), default="hdlc")
@click.option("--server", default="1", help="Server address: N, or LOGICAL,PHYSICAL.")
@click.option("--days", default=35, show_default=True, help="Days of load profile.")
@click.option("--serial", default="SIM00000001", help="The meter's serial number.")
@click.option("--seed", default=0, help="Where values and faults come from.")
@click.option("--loss", default=0.0, help="Probability that an answer is lost.")
@click.option("--corruption", default=0.0, help="Probability of a changed octet.")
@click.option("--noise", default=0.0, help="Probability of noise before an answer.")
@click.option("--late", default=0.0, help="Probability of a late answer.")
@click.option("--cut", default=0.0, help="Probability of a cut connection.")
@click.option("--delay", default=0.0, help="Seconds before every answer.")
def command(
    host: str,
    port: int,
    framing: str,
    server: str,
    days: int,
    serial: str,
    seed: int,
    **faults: Any,
) -> int:
    """Run a single-phase meter until interrupted.

    Clients: 16 without password, read only; 1 with 22222222, 32 with 11111111, 17 with 00000000.
    """
    plan = FaultPlan(seed=seed, delay_seconds=faults.pop("delay"), **faults)
    meter = single_phase(serial=serial, seed=seed, days=days)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with serve(
        meter, host=host, port=port, framing=framing, server=server_address(server), faults=plan
    ) as running:
        click.echo(f"READY {running.url}")
        click.echo(
            f"try: dlmslite read {running.url} --server {server} 1.1.32.7.0.255 1.1.1.8.0.255"
        )
        ended.wait()
    return 0
