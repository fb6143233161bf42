"""The daemon on the stage: in a folder of its own, with the meters and the broker it is given."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from dlmslite_daemon.assemble import Bridge
from dlmslite_daemon.cli.demo.broker import HOST, EmbeddedBroker
from dlmslite_daemon.cli.reach import Daemon, through_socket
from dlmslite_daemon.cli.startup import Places, make_daemon
from dlmslite_daemon.config.schema import (
    ApiSettings,
    BridgeConfig,
    LogSettings,
    MeterSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.errors import BridgeError

BASE = "meters"  # the first level of the topics
SINK = "demo"
STOP_SECONDS = 10.0


@frozen
class BrokerSwitch:
    """The broker as something that can be broken.

    Attributes:
        broker: The broker.
    """

    broker: EmbeddedBroker

    @property
    def broken(self) -> bool:
        """Whether it is down."""
        return not self.broker.serving

    def break_it(self) -> None:
        """Stop it."""
        self.broker.stop()

    def heal(self) -> None:
        """Start it again, on its port."""
        self.broker.start()


@frozen
class Stage:
    """A daemon that runs.

    Attributes:
        places: Where it can be found.
        door: The way to its API.
    """

    places: Places
    door: Daemon


@contextlib.contextmanager
def on_stage(
    folder: Path, meters: Sequence[MeterSettings], broker_port: int, environ: Mapping[str, str]
) -> Iterator[Stage]:
    """Run a daemon with these meters and this broker; it has ended afterwards.

    Args:
        folder: Where its store, its socket and its log stand.
        meters: What it reads.
        broker_port: Where it delivers to.
        environ: Where it finds its secrets.
    """
    options = {"host": HOST, "port": broker_port, "base": BASE}
    config = BridgeConfig(
        store=StoreSettings(path=str(folder / "bridge.db")),
        api=ApiSettings(port=0, socket=str(folder / "bridge.sock")),
        log=LogSettings(level="info"),
        meters=tuple(meters),
        sinks=(SinkSettings(SINK, "mqtt", options=options),),
    )
    found: list[Places] = []
    failed: list[BridgeError] = []
    begun = threading.Event()

    def announce(places: Places) -> None:
        found.append(places)
        begun.set()

    def live(bridge: Bridge) -> None:
        try:
            bridge.run()
        except BridgeError as error:
            failed.append(error)
        finally:
            begun.set()

    with (folder / "bridge.log").open("w", encoding="utf-8") as log:
        bridge = make_daemon(config, environ, announce, make_folder=False, log_to=log)
        thread = threading.Thread(target=live, args=(bridge,), name="bridge")
        thread.start()
        try:
            begun.wait()
            if failed:
                raise failed[0]
            door = through_socket(folder / "bridge.sock")
            with contextlib.closing(door):
                yield Stage(found[0], door)
        finally:
            bridge.stop()
            thread.join(STOP_SECONDS)
