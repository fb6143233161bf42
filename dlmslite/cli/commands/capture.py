"""``dlmslite capture URL -o FILE``: a proxy that writes down what a client and a meter say."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from dlmslite.capture.files import Recording
from dlmslite.capture.proxy import RecordingProxy
from dlmslite.cli.connection import header_for, listening_address
from dlmslite.endpoint import Endpoint

POLL = 0.2  # seconds between two looks at whether it is over


@click.command("capture")
@click.argument("url")
@click.option(
    "--listen", default="127.0.0.1:0", show_default=True, help="HOST:PORT for the client; 0 is any."
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="FILE.pcap for Wireshark, FILE.jsonl for everything.",
)
@click.option("--redact", is_flag=True, help="Strike out passwords, keys and serial numbers.")
@click.option("--once", is_flag=True, help="End with the first connection.")
def command(url: str, listen: str, output: Path, *, redact: bool, once: bool) -> int:
    """Record what a client says to the meter at URL, and what the meter answers.

    Point the client to the address that is printed. Ends when interrupted.
    """
    endpoint = Endpoint.parse(url)
    host, port = listening_address(listen)
    header = header_for(endpoint)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with (
        Recording(output, header, redacted=redact) as recording,
        RecordingProxy(endpoint, recording.tap, host=host, port=port) as proxy,
    ):
        click.echo(f"READY {proxy.url}")
        if not redact:
            click.echo("passwords that are sent will be in the file; see --redact", err=True)
        while not over.wait(POLL):
            if once and proxy.first_ended.is_set():
                break
    click.echo(f"{proxy.connections} connections, {recording.events} events in {output}")
    return 0
