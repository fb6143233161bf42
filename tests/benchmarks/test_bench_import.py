"""What it costs to import a library and reach its client, above a bare interpreter."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
from rig.bench import OURS, peer, record

# For each the name that a caller starts with.
ENTRIES = {
    OURS: "from dlmslite import connect",
    "gurux-dlms": "from gurux_dlms import GXDLMSClient",
    "dlms-cosem": "from dlms_cosem.client import DlmsClient",
    "pydlms-client": "from pydlms.client import DlmsClient",
}
ROUNDS = 15


def best_ms(program: str, rounds: int) -> float:
    """The shortest of several runs of a fresh interpreter, in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program], check=True, capture_output=True
        )
        times.append(time.perf_counter() - start)
    return min(times) * 1000


@pytest.mark.parametrize("who", ENTRIES)
def test_import_time(benchmark: Any, who: str) -> None:
    if who != OURS:
        peer(ENTRIES[who].split()[1])
    rounds = ROUNDS if benchmark.enabled else 1

    record(benchmark, "import", who, best_ms(ENTRIES[who], rounds) - best_ms("pass", rounds))
