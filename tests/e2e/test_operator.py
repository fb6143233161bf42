"""What an operator sees of a daemon in trouble, and how it ends."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from rig.broker import Broker, Subscriber
from rig.daemon import Daemon, until
from rig.ports import free_port

from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite.simulator.server import MeterServer

pytestmark = pytest.mark.e2e

RELEASE = b"\xe6\xe6\x00\x62"  # LLC and the tag of an RLRQ
DISC = 0x53  # the control octet, after flag, format, length and two addresses of one octet


def words(url: str, broker: int, *more: str) -> tuple[str, ...]:
    """``run`` without a configuration."""
    series = ("--series", "voltage=1.1.32.7.0.255", "--every", "1")
    to = ("--to", f"mqtt://127.0.0.1:{broker}/meters", "--store", "bridge.db")
    return ("--meter", url, "--client", "1", "--password-env", "PW", *series, *to, *more)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every piece of octets that simulated meters of this process received."""
    pieces: list[bytes] = []
    receive = MeterServer.receive

    def listen(server: MeterServer, octets: bytes, now: float) -> None:
        pieces.append(octets)
        receive(server, octets, now)

    monkeypatch.setattr(MeterServer, "receive", listen)
    return pieces


def test_36_sigterm_in_the_middle_of_a_poll_releases_the_association(
    tmp_path: Path, heard: list[bytes]
) -> None:
    slow = FaultPlan(delay_seconds=0.4)
    with serve(single_phase(), faults=slow) as meter, Broker(tmp_path) as broker:
        with Daemon(tmp_path, *words(meter.url, broker.port), PW="22222222") as daemon:
            until(lambda: "associated" in daemon.said(), "it is associated")
            sent = len(heard)
            until(lambda: len(heard) > sent, "a request is under way")
            assert daemon.terminate() == 0
        assert any(RELEASE in piece for piece in heard[sent:])
        assert heard[-1][5] == DISC


def test_11_after_two_refusals_no_proof_goes_out_not_even_after_a_restart(tmp_path: Path) -> None:
    with serve(single_phase()) as meter:
        with Daemon(tmp_path, *words(meter.url, free_port()), PW="00000000") as daemon:
            until(lambda: meter.connections == 2, "two tries")
            until(lambda: "credentials_refused" in daemon.said(), "the alarm")
            # The same proof by another path: trying a meter before it is entered.
            proof = ("--client", "1", "--password-env", "PW", "--series", "v=1.1.32.7.0.255")
            (tmp_path / "bridge.toml").write_text('[store]\npath = "bridge.db"\n')
            added = daemon.ask("meter", "add", "again", meter.url, *proof)
            assert added.returncode == 1
            assert "change the credential, or force one try" in added.stdout
            assert meter.connections == 2
            assert daemon.terminate() == 0
            daemon.start()
            until(lambda: daemon.said().count("socket ") == 2, "it runs again")
            with pytest.raises(AssertionError):
                until(lambda: meter.connections > 2, "a third try", 4.0)
            assert daemon.terminate() == 0
        assert meter.connections == 2


def test_01_16_meter_and_broker_that_are_not_there_at_the_start_are_found(tmp_path: Path) -> None:
    port = free_port()
    broker = Broker(tmp_path)
    url = f"tcp+hdlc://127.0.0.1:{port}"
    with Daemon(tmp_path, *words(url, broker.port), PW="22222222") as daemon:
        until(lambda: "E-LINE-REFUSED" in daemon.said(), "the meter is missed")
        until(lambda: "E-SINK-UNREACHABLE" in daemon.said(), "the broker is missed")
        with serve(single_phase(), port=port), broker, Subscriber(broker.port) as subscriber:
            assert subscriber.wait_for(1, "meter/state", 30.0)
            assert daemon.terminate() == 0


def test_13_a_converter_that_says_it_is_in_use_is_quoted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as converter:

        def refuse() -> None:
            while True:
                try:
                    wire, _ = converter.accept()
                except OSError:
                    return
                with wire:
                    wire.sendall(b"Port already in use\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        url = f"tcp+hdlc://127.0.0.1:{converter.getsockname()[1]}"
        with Daemon(tmp_path, *words(url, free_port()), PW="22222222") as daemon:
            until(lambda: "it said 'Port already in use'" in daemon.said(), "the banner is shown")
            assert daemon.terminate() == 0
        converter.shutdown(socket.SHUT_RDWR)


def test_a_second_daemon_on_one_store_is_refused(tmp_path: Path) -> None:
    arguments = words(f"tcp://127.0.0.1:{free_port()}", free_port())
    with Daemon(tmp_path, *arguments, PW="22222222") as daemon:
        until(lambda: "socket " in daemon.said(), "it runs")
        second = daemon.ask("run", *arguments)
        assert second.returncode == 1
        assert "E-STORE-LOCKED" in second.stderr
        assert "only one daemon may own a store" in second.stderr
        assert daemon.terminate() == 0


def test_a_key_that_does_not_exist_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "bridge.toml").write_text('[meters.a]\nurl = "tcp://h:1"\nevry = 3\n')
    said = Daemon(tmp_path).ask("run", "--config", "bridge.toml")
    assert said.returncode == 2
    assert "meters.a.evry" in said.stderr
