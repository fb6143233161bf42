"""What it costs to import a library and reach its client, above a bare interpreter."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
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


def best_ms(program: str, rounds: int, bytecode: Path) -> float:
    """The least CPU of several runs of a fresh interpreter, in milliseconds.

    An import waits for nothing, so this is its time on a machine that nobody else uses.
    All find their bytecode compiled, as an installed package is; ours is a checkout here, and an
    environment may forbid to write bytecode beside it.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times = []
    for _ in range(rounds):
        start = cpu_of_children()
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            check=True,
            capture_output=True,
            env=environment,
        )
        times.append(cpu_of_children() - start)
    return min(times) * 1000


def cpu_of_children() -> float:
    """Seconds of CPU of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize("who", ENTRIES)
def test_import_time(benchmark: Any, who: str, tmp_path: Path) -> None:
    if who != OURS:
        peer(ENTRIES[who].split()[1])
    rounds = ROUNDS if benchmark.enabled else 1

    bare = best_ms("pass", rounds, tmp_path)
    record(benchmark, "import", who, best_ms(ENTRIES[who], rounds, tmp_path) - bare)
