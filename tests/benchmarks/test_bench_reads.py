"""Reads over loopback: how many a second, what each costs, and a long profile.

The meter is a process of its own, so CPU is the client's alone. It is the reference meter where
``../shared`` is there, else our simulator. Peers hand out raw integers; ours a scaled quantity.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rig.bench import OURS, record
from rig.meters import our_meter, reference_meter
from rig.peers import PEER_CLIENTS, PeerClient
from rig.shared_vectors import SHARED

import dlmslite

Client = PeerClient | dlmslite.Client
PEERS = {client.name: client for client in PEER_CLIENTS}
PROFILE = "1.0.99.1.0.255"
ROWS = 10_000
BATCH = 250  # reads timed together
BATCHES = 8  # the best of them counts


@contextlib.contextmanager
def meter(*, hdlc: bool, rows: int = 0) -> Iterator[tuple[int, str]]:
    """A meter's port, and a register that it has."""
    framing = ("--framing", "hdlc" if hdlc else "wrapper")
    if SHARED.is_dir():
        limits = ("--max-info", "128", "--window", "1", "--rows", str(rows))
        with reference_meter(*framing, *limits) as port:
            yield port, "1.0.1.8.0.255"
    else:
        days = -(-rows // 96) + 1  # a row every fifteen minutes
        with our_meter(*framing, "--days", str(days)) as url:
            yield int(url.rpartition(":")[2]), "1.1.1.8.0.255"


@contextlib.contextmanager
def client(who: str, port: int, *, hdlc: bool) -> Iterator[Any]:
    """A client of ours or of a peer, connected."""
    if who == OURS:
        scheme = "tcp+hdlc" if hdlc else "tcp"
        url = f"{scheme}://127.0.0.1:{port}"
        with dlmslite.connect(url, client=16, server=1, max_info=128, window=1) as ours:
            yield ours
        return
    theirs = PEERS[who](port, hdlc=hdlc)
    try:
        yield theirs
    finally:
        theirs.close()


@functools.cache
def reads(who: str, *, hdlc: bool, batches: int) -> tuple[float, float]:
    """Reads in a second, and microseconds of CPU for each."""
    with (
        meter(hdlc=hdlc) as (port, obis),
        client(who, port, hdlc=hdlc) as reader,
    ):
        read: Callable[[str], Any] = reader.read if who == OURS else reader.register
        assert read(obis)
        walls, cpus = [], []
        for _ in range(batches):
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(BATCH):
                read(obis)
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    return BATCH / min(walls), min(cpus) / BATCH * 1e6


@pytest.mark.interop
@pytest.mark.parametrize("who", [OURS, *PEERS])
@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
@pytest.mark.parametrize("figure", ["reads", "cpu"])
def test_reads(benchmark: Any, figure: str, framing: str, who: str) -> None:
    a_second, cpu = reads(who, hdlc=framing == "hdlc", batches=BATCHES if benchmark.enabled else 1)

    record(benchmark, f"{framing}-{figure}", who, a_second if figure == "reads" else cpu)


@pytest.mark.interop
# dlms-cosem hangs on a reply of more than one window.
@pytest.mark.parametrize("who", [OURS, "gurux-dlms", "pydlms-client"])
def test_a_long_profile(benchmark: Any, who: str) -> None:
    rows = ROWS if benchmark.enabled else 100
    with meter(hdlc=True, rows=rows) as (port, _), client(who, port, hdlc=True) as reader:
        start = time.process_time()
        if who == OURS:
            received = sum(1 for _ in reader.profile(PROFILE).rows())
        else:
            received = len(reader.profile(PROFILE))
        cpu = time.process_time() - start

    assert received >= rows
    record(benchmark, "profile-cpu", who, cpu)
