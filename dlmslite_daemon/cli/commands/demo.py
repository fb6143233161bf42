"""``demo``: ten simulated meters, a broker and the daemon, all on free loopback ports."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from attrs import asdict, frozen

from dlmslite.simulator.faults import NO_FAULTS, FaultPlan
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import RunningMeter, serve
from dlmslite_daemon.cli.commands.base import Action, Exit, Shelf, common_options, register, say
from dlmslite_daemon.cli.demo.broker import HOST, EmbeddedBroker
from dlmslite_daemon.cli.demo.ledger import Ledger
from dlmslite_daemon.cli.demo.screen import Keys, Screen
from dlmslite_daemon.cli.demo.script import Outage, Script
from dlmslite_daemon.cli.demo.show import Show
from dlmslite_daemon.cli.demo.stage import BASE, BrokerSwitch, Stage, on_stage
from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings

CLIENT = 1
PASSWORD = "22222222"  # noqa: S105 - of the simulated meters, on loopback
VARIABLE = "DEMO_PASSWORD"  # where the daemon finds it
SERIES = (
    SeriesSettings("voltage", "1.1.32.7.0.255"),
    SeriesSettings("current", "1.1.31.7.0.255"),
    SeriesSettings("power", "1.1.1.7.0.255"),
    SeriesSettings("energy", "1.1.1.8.0.255"),
)
TIMEOUT = 2.0  # seconds; loopback answers at once, and a lost answer is to be seen soon
FLAKY = FaultPlan(seed=7, corruption=0.1, noise=0.2, loss=0.08, cut=0.03, delay_seconds=0.05)
AHEAD = dt.timedelta(minutes=20)


@frozen
class SimulatedActor:
    """One simulated meter.

    Attributes:
        name: Its name.
        note: What is special about it; empty for nothing.
        healthy: Whether its readings must arrive.
        meter: The meter on its port.
    """

    name: str
    note: str
    healthy: bool
    meter: RunningMeter

    @property
    def broken(self) -> bool:
        """Whether it is without power."""
        return not self.meter.is_reachable

    def break_it(self) -> None:
        """Pull its plug."""
        self.meter.pull_the_plug()

    def heal(self) -> None:
        """Plug it in again."""
        self.meter.plug_in()

    def settings(self, every: float) -> MeterSettings:
        """What the daemon is told of it."""
        return MeterSettings(
            name=self.name,
            url=self.meter.url,
            client=CLIENT,
            auth=Auth.LLS,
            password=f"env:{VARIABLE}",
            every=every,
            timeout=TIMEOUT,
            series=SERIES,
        )


@click.command("demo", cls=Action)
@click.option("--seconds", type=click.FloatRange(1), help="End by itself, with a verdict.")
@click.option("--every", type=click.FloatRange(1), default=2.0, help="The poll interval.")
@click.option("--break-meter-at", type=float, help="Cut a meter's power then, in seconds.")
@click.option("--stop-broker-at", type=float, help="Stop the broker then, in seconds.")
@click.option("--for", "outage", type=float, default=5.0, help="How long either lasts.")
@common_options
@click.pass_context
def demo(
    ctx: click.Context,
    /,
    seconds: float | None,
    every: float,
    break_meter_at: float | None,
    stop_broker_at: float | None,
    outage: float,
    as_json: bool,
) -> None:
    """Ten simulated meters, a broker and the daemon; exit code 0 if every reading arrived."""
    ledger = Ledger(BASE)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_ends_on_sigterm())
        broker = EmbeddedBroker(ledger)
        stack.callback(broker.close)
        broker.start()
        actors = [_enter(stack, number) for number in range(1, 11)]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlmslite-demo-")))
        meters = [actor.settings(every) for actor in actors]
        environ = {VARIABLE: PASSWORD}
        stage = stack.enter_context(on_stage(folder, meters, broker.port, environ))
        switch = BrokerSwitch(broker)
        outages = []
        if break_meter_at is not None:
            outages.append(Outage(break_meter_at, outage, actors[0], actors[0].name))
        if stop_broker_at is not None:
            outages.append(Outage(stop_broker_at, outage, switch, "the broker"))
        show = Show(stage.door, actors, switch, ledger, Script(outages, seconds))
        if not as_json:
            _introduce(stage, actors, broker)
        with Screen(silent=as_json) as screen:
            with contextlib.suppress(KeyboardInterrupt):
                show.run(screen, Keys(wanted=not as_json))
            verdict = show.end(screen)
    if as_json:
        say({"success": verdict.good, **asdict(verdict)})
    else:
        for line in verdict.lines():
            click.echo(line)
    ctx.exit(Exit.FINE if verdict.good else Exit.FAILED)


def _enter(stack: contextlib.ExitStack, number: int) -> SimulatedActor:
    """The meter of a number, on a free port until the stack unwinds."""
    note, plan, ahead, password = {
        8: ("flaky line", FLAKY, dt.timedelta(0), PASSWORD),
        9: ("wrong clock", NO_FAULTS, AHEAD, PASSWORD),
        10: ("wrong password", NO_FAULTS, dt.timedelta(0), "00000000"),
    }.get(number, ("", NO_FAULTS, dt.timedelta(0), PASSWORD))
    meter = single_phase(
        serial=f"DEMO{number:07d}",
        seed=number,
        days=1,
        clock_offset=ahead,
        credentials={16: None, CLIENT: password.encode()},
    )
    running = stack.enter_context(serve(meter, host=HOST, faults=plan))
    return SimulatedActor(f"meter-{number:02d}", note, number not in {8, 10}, running)


def _introduce(stage: Stage, actors: Sequence[SimulatedActor], broker: EmbeddedBroker) -> None:
    """Where everything is, so that others can look too."""
    for actor in actors:
        click.echo(f"{actor.name}  {actor.meter.url}  {actor.note}".rstrip())
    click.echo(f"broker    mqtt://{HOST}:{broker.port}  (topics {BASE}/#)")
    click.echo(f"bridge    {stage.places.address}, {stage.places.socket}")
    click.echo(f"page      {stage.places.link}  (once, within 10 min)")
    click.echo("keys      b breaks a meter or heals it, s stops the broker or starts it, q ends\n")


@contextlib.contextmanager
def _ends_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the show like Ctrl-C: with a verdict, and nothing left behind."""

    def asked(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, asked)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


register("demo", Shelf.SET_UP, demo)
