"""``dlmslite-bridge run`` as a process, a real mosquitto, ten meters: what an operator has.

Seven meters are simulators of ours, in this process, so that a test may unplug one; three are of
other implementations, as processes of their own. A test asks the bridge by its command line
(``shell``) and by its REST API (``api``), and the broker by an independent subscriber.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from attrs import field, frozen
from rig.bridge_shell import Said
from rig.broker import Broker, Subscriber
from rig.daemon import Daemon, until
from rig.foreign_meter import PASSWORD, ForeignMeter
from rig.ports import free_port

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import RunningMeter, serve

OURS = 7
FOREIGN = 3
LAB_PASSWORD = "22222222"  # of client 1 of our simulators
SERIES = {
    "voltage": "1.1.32.7.0.255",
    "current": "1.1.31.7.0.255",
    "power": "1.1.1.7.0.255",
    "energy": "1.1.1.8.0.255",
}
HEAD = """
[store]
path = "bridge.db"

[api]
port = 0
socket = "bridge.sock"

[sinks.plain]
kind = "mqtt"
host = "127.0.0.1"
port = {port}
"""
METER = """
[meters.{name}]
url = "{url}"
client = {client}
auth = "lls"
password = "env:{variable}"
every = 1.0

[meters.{name}.series]
{series}
"""


@frozen
class RunningBridge:
    """A daemon at work.

    Attributes:
        folder: Where it runs: ``bridge.toml``, ``bridge.db``, ``bridge.sock``, ``daemon.log``.
        daemon: Its process.
        broker: The mosquitto that it delivers to.
        subscriber: Hears everything there.
        meters: The simulators of ours, ``m1`` to ``m7``.
        foreign: Those of others, ``f1`` to ``f3``.
    """

    folder: Path
    daemon: Daemon
    broker: Broker
    subscriber: Subscriber
    meters: Mapping[str, RunningMeter]
    foreign: Mapping[str, ForeignMeter]
    _addresses: list[str] = field(factory=list)

    @property
    def names(self) -> list[str]:
        """Every meter's name."""
        return [*self.meters, *self.foreign]

    @property
    def address(self) -> str:
        """The URL of the API, as ``run`` printed it at the last start."""
        found = re.findall(r"^address +(\S+)$", self.daemon.said(), re.MULTILINE)
        return str(found[-1])

    @property
    def token(self) -> str:
        """The first admin's token."""
        return (self.folder / "api-token").read_text(encoding="ascii").strip()

    def shell(self, *words: str) -> Said:
        """One command of ``dlmslite-bridge``, as a process in the daemon's folder."""
        done = self.daemon.ask(*words)
        return Said(done.returncode, done.stdout, done.stderr)

    def api(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = "",
        query: Mapping[str, Any] | None = None,
    ) -> tuple[int, Any]:
        """One request over TCP: its status and its plain answer, decimals exact.

        Args:
            method: GET, POST …
            path: Such as ``/api/meters``.
            body: What is sent as JSON.
            token: Whose; empty for the first admin's, None for none.
            query: Parameters.
        """
        answer = self.request(method, path, json=body, token=token, params=query)
        return answer.status_code, json.loads(answer.content, parse_float=Decimal)

    def request(
        self, method: str, path: str, *, token: str | None = "", **more: Any
    ) -> httpx.Response:
        """One request over TCP, the whole answer; made again later if that was one too many."""
        shown = self.token if token == "" else token
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        headers |= more.pop("headers", {})
        url = f"{self.address}{path}"
        last: list[httpx.Response] = []

        def answered() -> bool:
            last[:] = [
                httpx.request(method, url, headers=headers, timeout=30, trust_env=False, **more)
            ]
            return '"E-TOO-MANY"' not in last[0].text

        until(answered, "there is room for one more request")
        return last[0]

    def ended(self, started: Mapping[str, Any], seconds: float = 60.0) -> dict[str, Any]:
        """The operation that a 202 answer started, at its end."""
        path = f"/api/operations/{started['operation']['id']}"
        last: dict[str, Any] = {}

        def over() -> bool:
            last.update(self.api("GET", path)[1]["operation"])
            return bool(last["state"] != "running")

        until(over, f"operation {path} ends", seconds)
        return last

    def meter(self, name: str) -> dict[str, Any]:
        """A meter's status as the API tells it."""
        status: dict[str, Any] = self.api("GET", f"/api/meters/{name}/status")[1]["status"]
        return status

    def all_online(self) -> None:
        """Until it answers and each meter is seen online, such as after a restart."""

        def look() -> bool:
            try:
                meters = self.api("GET", "/api/meters")[1]["meters"]
            except httpx.HTTPError:
                return False
            return all(meter["observed"] == "online" for meter in meters)

        until(look, "each meter is online", 60.0)

    def wait_for(self, name: str, observed: str, seconds: float = 40.0) -> None:
        """Until a meter is seen so: ``online``, ``paused`` …"""
        until(lambda: self.meter(name)["observed"] == observed, f"{name} is {observed}", seconds)


@contextlib.contextmanager
def running_bridge(
    folder: Path, *, head: str = "", environment: Mapping[str, str] | None = None
) -> Iterator[RunningBridge]:
    """A daemon with a broker and ten meters, each of them online.

    Args:
        folder: An empty folder.
        head: More tables for the top of ``bridge.toml``.
        environment: More variables of the daemon.
    """
    with contextlib.ExitStack() as stack:
        ours = {
            f"m{number}": stack.enter_context(
                serve(single_phase(serial=f"E2E{number:08}", seed=number, days=1), port=free_port())
            )
            for number in range(1, OURS + 1)
        }
        foreign = {
            f"f{number}": stack.enter_context(ForeignMeter(reference=number == 1))
            for number in range(1, FOREIGN + 1)
        }
        broker = stack.enter_context(Broker(folder))
        subscriber = stack.enter_context(Subscriber(broker.port))
        tables = [head, HEAD.format(port=broker.port)]
        tables += [_table(name, meter.url, 1, "OURS_PW", SERIES) for name, meter in ours.items()]
        tables += [
            _table(name, meter.url, meter.client, "FOREIGN_PW", _keys(meter))
            for name, meter in foreign.items()
        ]
        (folder / "bridge.toml").write_text("".join(tables), encoding="utf-8")
        secrets = {"OURS_PW": LAB_PASSWORD, "FOREIGN_PW": PASSWORD, **(environment or {})}
        daemon = stack.enter_context(Daemon(folder, "--config", "bridge.toml", **secrets))
        bridge = RunningBridge(folder, daemon, broker, subscriber, ours, foreign)
        until(lambda: "address " in daemon.said(), "it says where it is")
        bridge.all_online()
        yield bridge


def _keys(meter: ForeignMeter) -> dict[str, str]:
    return {"r" + obis.replace(".", "_"): obis for obis in meter.values}


def _table(name: str, url: str, client: int, variable: str, series: Mapping[str, str]) -> str:
    lines = "\n".join(f'{key} = "{obis}"' for key, obis in series.items())
    return METER.format(name=name, url=url, client=client, variable=variable, series=lines)
