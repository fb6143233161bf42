"""The API under abuse (row 55): what is too much is answered with 4xx; meters are read on."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from rig.daemon import until
from rig.running_bridge import RunningBridge, running_bridge

pytestmark = pytest.mark.e2e

STREAMS = 32  # as many as may follow at once, unless told otherwise
TOO_MANY = 45
REQUESTS = "5"  # a second; so few that a test on a busy machine can make too many


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    """A bridge that lets one address ask only so often."""
    few = {"DLMSLITE_BRIDGE_API_REQUESTS": REQUESTS}
    with running_bridge(tmp_path_factory.mktemp("abuse"), environment=few) as running:
        yield running


def polls(bridge: RunningBridge) -> int:
    """Complete polls of every meter, over the Unix socket: the TCP side is being abused."""
    said = [bridge.shell("status", name, "--json").json["status"] for name in ("m1", "f1")]
    return sum(status["polls"]["complete"] for status in said)


def goes_on(bridge: RunningBridge) -> None:
    before = polls(bridge)
    until(lambda: polls(bridge) >= before + 2, "the meters are read on", 20.0)


def test_55_more_streams_than_there_may_be_are_429(bridge: RunningBridge) -> None:
    # Over the Unix socket, where requests are not counted: this is about streams.
    transport = httpx.HTTPTransport(
        uds=str(bridge.folder / "bridge.sock"), limits=httpx.Limits(max_connections=None)
    )
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(
            httpx.Client(transport=transport, base_url="http://bridge", timeout=30)
        )
        answers = [
            stack.enter_context(client.stream("GET", "/api/events/logs")) for _ in range(TOO_MANY)
        ]
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses == {200: STREAMS, 429: TOO_MANY - STREAMS}
        goes_on(bridge)
    # Whoever leaves makes room, although nobody told the others.
    until(
        lambda: "dlmslite_api_streams 0.0" in bridge.request("GET", "/metrics").text,
        "the streams that were left have ended",
    )


def test_55_ten_megabytes_are_413_before_they_are_read_to_the_end(bridge: RunningBridge) -> None:
    for path in ("/api/meters", "/api/meters/import"):
        status, content = bridge.api("POST", path, {"text": "x" * 10_000_000})
        assert (status, content["error"]["code"]) == (413, "E-BODY-TOO-LARGE")
    goes_on(bridge)


def test_55_a_client_that_sends_slowly_is_cut_off(bridge: RunningBridge) -> None:
    place = urlsplit(bridge.address)
    with socket.create_connection((place.hostname, place.port), timeout=30) as wire:
        wire.sendall(b"POST /api/meters HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        begun = time.monotonic()
        assert wire.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert 8 < time.monotonic() - begun < 25


def test_55_too_many_requests_are_429_and_tell_when_to_come_back(bridge: RunningBridge) -> None:
    with httpx.Client(base_url=bridge.address, trust_env=False) as client:
        answers = [client.get("/healthz") for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert bridge.shell("list", "--json").code == 0  # the socket of this machine is free


def test_55_a_listener_does_not_hold_up_the_end(bridge: RunningBridge) -> None:
    transport = httpx.HTTPTransport(uds=str(bridge.folder / "bridge.sock"))
    with (
        httpx.Client(transport=transport, base_url="http://bridge", timeout=30) as client,
        client.stream("GET", "/api/events/logs") as answer,
    ):
        assert answer.status_code == 200
        begun = time.monotonic()
        assert bridge.daemon.terminate() == 0
        assert time.monotonic() - begun < 20
        assert answer.read().endswith(b"\n\n")
    assert "Traceback" not in bridge.daemon.said()
