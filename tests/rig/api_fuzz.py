"""Schemathesis against a running bridge: every route, whatever fits its form and what does not.

``make api-fuzz MINUTES=10`` runs this file; the gate runs a minute of it
(tests/e2e/test_api_fuzz.py).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rig.required import missing
from rig.running_bridge import RunningBridge, running_bridge

SETTINGS = Path(__file__).with_name("schemathesis.toml")
# It asks as fast as it can, and what it asks for is not what the limits are for.
FREE = {"DLMSLITE_BRIDGE_API_REQUESTS": "100000"}


def schemathesis() -> str:
    """The program, beside this interpreter or on the path; or ``missing``."""
    beside = Path(sys.executable).with_name("schemathesis")
    found = str(beside) if beside.is_file() else shutil.which("schemathesis")
    return found or missing("schemathesis")


def fuzz(bridge: RunningBridge, seconds: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it for so long; its exit code is 0 when it found nothing."""
    command = [schemathesis(), "--config-file", str(SETTINGS), "run", "--max-time", str(seconds)]
    command += ["--header", f"Authorization: Bearer {bridge.token}", *options]
    return subprocess.run(
        [*command, f"{bridge.address}/api/openapi.json"],
        cwd=bridge.folder,
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )


def main() -> int:
    """Fuzz for as many seconds as the first argument says."""
    seconds = int(sys.argv[1])
    with (
        tempfile.TemporaryDirectory() as folder,
        running_bridge(Path(folder), environment=FREE) as bridge,
    ):
        done = fuzz(bridge, seconds)
        sys.stdout.write(done.stdout + done.stderr)
        log = bridge.daemon.said()
    if "Traceback" in log:
        sys.stdout.write(log[log.index("Traceback") :][:4000])
        return 1
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
