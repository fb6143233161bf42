"""``dlmslite replay FILE``: a capture as a meter, or in words."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any

import click

from dlmslite.capture.base import Capture, connection_of, is_on_the_wire
from dlmslite.capture.conversation import Listener, Unit
from dlmslite.capture.dissect import explain
from dlmslite.capture.files import load, save
from dlmslite.capture.redact import redact as strike_out
from dlmslite.capture.replay import ReplayedMeter, Tape
from dlmslite.cli.connection import listening_address
from dlmslite.cli.show import print_tree
from dlmslite.errors import DlmsError
from dlmslite.simulator.serve import RunningMeter
from dlmslite.trace import Direction, TraceEvent

_ARROWS = {Direction.SENT: "→", Direction.RECEIVED: "←", Direction.INTERNAL: "·"}


@click.command("replay")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--listen", default="127.0.0.1:0", show_default=True, help="HOST:PORT for clients; 0 is any."
)
@click.option("--timing", is_flag=True, help="Take as long for each answer as it took.")
@click.option("--print", "as_text", is_flag=True, help="Explain the capture instead.")
@click.option(
    "--json", "as_json", is_flag=True, help="With --print: a line of JSON for each frame."
)
@click.option("--redact", is_flag=True, help="Without passwords, keys and serial numbers.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the capture to FILE.pcap or FILE.jsonl instead.",
)
@click.option("--port", type=int, help="The meter's port in a pcap, if it is not 4059.")
def command(
    file: Path,
    listen: str,
    output: Path | None,
    port: int | None,
    *,
    timing: bool,
    as_text: bool,
    as_json: bool,
    redact: bool,
) -> int:
    """Serve FILE as a meter that answers as recorded; or print it, or convert it.

    FILE is a capture in JSON lines, pcap or pcapng. Any client address and password is taken.
    """
    capture = load(file, port=port)
    if redact:
        capture = strike_out(capture)
    if output is not None:
        save(capture, output)
    elif as_text or as_json:
        _print(capture, as_json=as_json)
    else:
        _serve(Tape.of(capture), listen, timing=timing)
    return 0


def _serve(tape: Tape, listen: str, *, timing: bool) -> None:
    host, port = listening_address(listen)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with RunningMeter(
        lambda: ReplayedMeter(tape, timing=timing), host=host, port=port, framing=tape.framing
    ) as running:
        click.echo(f"READY {running.url}")
        click.echo(f"{len(tape.exchanges)} requests are known; the meter is --server {tape.server}")
        over.wait()
    if tape.missed:
        click.echo(f"{tape.missed} requests were not in the capture", err=True)


def _print(capture: Capture, *, as_json: bool) -> None:
    """Every frame, and whatever else the capture says, in the order of its events."""
    listener = Listener(capture.header.framing)
    for event in capture.events:
        if not is_on_the_wire(event):
            if event.note or event.octets:
                _show(capture, event, event.octets, {"note": event.note}, as_json=as_json)
            continue
        units, apdus = listener.hear(connection_of(event), event.direction, event.octets)
        whole = {carriers[-1].start: apdu for carriers, apdu, _ in apdus}
        for unit in units:
            told = _explained(unit, whole.get(unit.start), capture.header.framing)
            _show(capture, event, unit.octets, told, as_json=as_json)
        if not units:
            told = {"note": f"{len(event.octets)} octets that complete no frame"}
            _show(capture, event, event.octets, told, as_json=as_json)


def _explained(unit: Unit, apdu: bytes | None, framing: str) -> dict[str, Any]:
    told: dict[str, Any] = explain(unit.octets, layer=framing)
    if apdu is not None:
        try:
            told = {**told, "apdu": explain(apdu, layer="apdu")}
        except DlmsError as error:
            told = {**told, "apdu": {"octets": apdu.hex(), "error": str(error)}}
    return told


def _show(
    capture: Capture, event: TraceEvent, octets: bytes, told: dict[str, Any], *, as_json: bool
) -> None:
    time = capture.header.time_of(event).isoformat(sep=" ", timespec="milliseconds")
    if as_json:
        line = {
            "time": time,
            "connection": connection_of(event),
            "direction": event.direction.value,
            "octets": octets.hex(),
            **told,
        }
        click.echo(json.dumps(line, ensure_ascii=False))
        return
    print_tree(f"{time} #{connection_of(event)} {_ARROWS[event.direction]}", octets, told)
