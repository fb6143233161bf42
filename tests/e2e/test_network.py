"""The daemon on a host of its own, with cables to two others: what a diagnosis says of a network.

The hosts are network namespaces; nothing of this machine's own network is touched.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from rig.daemon import Daemon, until
from rig.hosts import FAR_END, PORT, Host, cable
from rig.running_bridge import LAB_PASSWORD

pytestmark = pytest.mark.e2e

NEAR, FAR = "192.0.2.1", "192.0.2.2"
PLUG, OTHER_PLUG = "near1", "near2"  # of the cables to the far host and to that which goes
AT_ONCE = 7  # operations; the bridge refuses a ninth
PLACES = {
    "sound": FAR,
    "closed": "192.0.2.7",  # whose port nobody listens on
    "dead": "192.0.2.9",  # nobody has it
    "gone": "192.0.2.130",  # somebody has it until a moment ago
    "swallowed": "192.0.2.3",  # answers an echo, and drops what is TCP
    "deaf": "192.0.2.4",  # answers ARP and nothing else
    "fenced": "192.0.2.5",  # answers an echo, and refuses TCP by ICMP
    "routed": "203.0.113.9",  # the far host is the way there, and does not get there
    "gateless": "203.0.113.77",  # the way there is by 192.0.2.8, which nobody has
    "unrouted": "198.51.100.7",  # there is no way
}
HEAD = '[store]\npath = "bridge.db"\n\n[api]\nport = 0\nsocket = "bridge.sock"\n'
METER = """
[meters.{name}]
url = "tcp+hdlc://{place}"
client = 1
auth = "lls"
password = "env:METER_PASSWORD"
every = {every}
timeout = 3.0

[meters.{name}.series]
voltage = "1.1.32.7.0.255"
"""


@frozen
class Site:
    """A daemon on the near host, meters and worse on the far one; and one that goes."""

    near: Host
    far: Host
    gone: Host
    daemon: Daemon

    def finding(self, name: str) -> dict[str, Any]:
        """What ``test`` finds at a meter."""
        with self.daemon.start_verb("test", name, "--json") as process:
            said = process.communicate(timeout=60)[0]
        finding: dict[str, Any] = json.loads(said)["finding"]
        assert process.returncode == (0 if finding["cause"] == "ok" else 1)
        assert finding["seconds"] < 15
        return finding


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("network")
    meters = (
        METER.format(
            name=name, place=f"{place}:{PORT}", every=2 if name in {"sound", "gone"} else 3600
        )
        for name, place in PLACES.items()
    )
    (folder / "bridge.toml").write_text(HEAD + "".join(meters), encoding="utf-8")
    with contextlib.ExitStack() as stack:
        near, far, gone = (stack.enter_context(Host()) for _ in range(3))
        cable(near, PLUG, f"{NEAR}/25", far, f"{FAR}/25")
        cable(near, OTHER_PLUG, "192.0.2.129/25", gone, f"{PLACES['gone']}/25")
        lay_out(near, far)
        stack.enter_context(far.meter(FAR, "NET-sound"))
        stack.enter_context(gone.meter(PLACES["gone"], "NET-gone"))
        # Its locks are its own, too: the addresses of documents are those of other tests as well.
        own = {"METER_PASSWORD": LAB_PASSWORD, "TMPDIR": str(folder)}
        daemon = Daemon(folder, "--config", "bridge.toml", inside=near.inside, **own)
        stack.enter_context(daemon)
        until(lambda: "address " in daemon.said(), "it says where it is")
        yield Site(near, far, gone, daemon)


def lay_out(near: Host, far: Host) -> None:
    """What the two hosts let through, and which ways there are."""
    for name in ("closed", "swallowed", "deaf", "fenced"):
        far.ip("address", "add", f"{PLACES[name]}/25", "dev", FAR_END)
    far.ip("rule", "add", "from", PLACES["swallowed"], "ipproto", "tcp", "blackhole")
    far.ip("rule", "add", "from", PLACES["deaf"], "blackhole")
    # To refuse what is its own, a host has to ask this rule before it asks whether it is its own.
    far.ip("rule", "add", "pref", "100", "table", "local")
    far.ip("rule", "del", "pref", "0")
    far.ip("rule", "add", "pref", "10", "to", PLACES["fenced"], "ipproto", "tcp", "prohibit")
    far.ip("route", "add", "unreachable", PLACES["routed"])
    far.set("net/ipv4/ip_forward", "1")
    far.set("net/ipv4/icmp_ratelimit", "0")
    near.set("net/ipv4/ping_group_range", "0 2147483647")  # as systemd has it
    near.ip("route", "add", "203.0.113.0/26", "via", FAR)
    near.ip("route", "add", "203.0.113.64/26", "via", "192.0.2.8")


Findings = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def findings(site: Site) -> Findings:
    """What ``test`` finds at each meter but that which goes; side by side, as each has its line."""
    # Whom ARP has not asked for a while: nobody polls it, and its entry is taken out.
    assert site.daemon.ask("pause", "deaf").returncode == 0
    until(lambda: '"paused"' in site.daemon.ask("status", "deaf", "--json").stdout, "it is left")
    until(lambda: not site.near.calls(PLACES["deaf"]), "an attempt that was under way is over")
    site.near.ip("neighbour", "flush", "dev", PLUG)
    names = [name for name in PLACES if name != "gone"]
    with ThreadPoolExecutor(AT_ONCE) as hands:
        return dict(zip(names, hands.map(site.finding, names), strict=True))


def steps(finding: Mapping[str, Any]) -> dict[str, str]:
    return {rung["name"]: rung["step"] for rung in finding["rungs"]}


def last(finding: Mapping[str, Any]) -> str:
    """What the deciding rung tells."""
    return str(finding["rungs"][-1]["told"])


def test_a_sound_meter_on_another_host_passes_every_rung(findings: Findings) -> None:
    finding = findings["sound"]

    assert (finding["cause"], finding["confidence"]) == ("ok", "high")
    host = next(rung for rung in finding["rungs"] if rung["name"] == "host")
    assert (host["step"], host["told"].partition(";")[0]) == (
        "passed", "it answers an echo request",
    )  # fmt: skip
    assert "host-down" in " ".join(finding["ruled_out"])


def test_an_address_that_nobody_has_is_a_host_that_is_down(findings: Findings) -> None:
    finding = findings["dead"]

    assert (finding["cause"], finding["confidence"]) == ("host-down", "high")
    assert last(finding).endswith("ARP has no answer from it")
    assert steps(finding) == {
        "line": "passed", "name": "passed", "route": "passed", "host": "skipped",
        "connect": "failed",
    }  # fmt: skip
    assert finding["next_action"] == f"dlmslite-bridge scan 192.0.2.0/24 --port {PORT}"


def test_an_address_without_a_route_ends_at_the_rung_of_the_route(findings: Findings) -> None:
    finding = findings["unrouted"]

    assert (finding["cause"], finding["confidence"]) == ("no-route", "high")
    assert (steps(finding)["route"], last(finding)) == (
        "failed", "198.51.100.7: Network is unreachable",
    )  # fmt: skip
    assert finding["next_action"] == "ip route"


@pytest.mark.parametrize(
    ("name", "confidence", "told"),
    [
        ("swallowed", "high", "the host itself is there"),
        ("fenced", "high", "the host is there, so a firewall says it"),
    ],
)
def test_a_host_that_is_there_and_takes_no_connection_is_filtered(
    findings: Findings, name: str, confidence: str, told: str
) -> None:
    finding = findings[name]

    assert (finding["cause"], finding["confidence"]) == ("filtered", confidence)
    assert last(finding).endswith(told)


def test_who_answers_arp_and_nothing_else_is_filtered(findings: Findings) -> None:
    finding = findings["deaf"]

    assert (finding["cause"], finding["confidence"]) == ("filtered", "high")
    assert "ARP knows it" in finding["rungs"][-2]["told"]


def test_a_closed_port_is_refused(findings: Findings) -> None:
    assert findings["closed"]["cause"] == "refused"


def test_what_a_router_says_of_a_host_is_believed(findings: Findings) -> None:
    finding = findings["routed"]

    assert (finding["cause"], finding["confidence"]) == ("host-down", "medium")
    assert last(finding).endswith("a router says so")


def test_a_gateway_that_is_gone_is_no_route(findings: Findings) -> None:
    finding = findings["gateless"]

    assert (finding["cause"], finding["confidence"]) == ("no-route", "medium")
    assert last(finding).endswith("ARP has no answer from the gateway 192.0.2.8")
    assert finding["next_action"] == "ip route"


def test_a_meter_that_died_a_moment_ago_is_not_there_because_arp_remembers_it(site: Site) -> None:
    until(lambda: '"online"' in site.daemon.ask("status", "gone", "--json").stdout, "it is read")
    site.gone.ip("address", "del", f"{PLACES['gone']}/25", "dev", FAR_END)
    at_once = site.finding("gone")
    assert (at_once["cause"], at_once["confidence"]) in {
        ("filtered", "medium"), ("host-down", "high"),
    }  # fmt: skip

    # ARP forgets within a minute; this kernel is told to do so now.
    site.near.ip("neighbour", "flush", "dev", OTHER_PLUG)
    later = site.finding("gone")
    assert (later["cause"], later["confidence"]) == ("host-down", "high")
    assert "--serial NET-gone" in later["next_action"]


def test_nothing_stays_behind_after_a_failure(site: Site) -> None:
    holders = []
    with contextlib.suppress(ZeroDivisionError), Host() as near, Host() as far:
        holders += [near.pid, far.pid]
        cable(near, PLUG, f"{NEAR}/25", far, f"{FAR}/25")
        raise ZeroDivisionError

    assert [Path(f"/proc/{pid}").exists() for pid in holders] == [False, False]
    assert PLUG not in [name for _, name in socket.if_nameindex()]
    assert site.finding("sound")["cause"] == "ok"
