"""A meter that is not ours, as a process that can be stopped and started on the same port.

The reference meter of ../shared; where that is absent, the simulator of pydlms-client.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from typing import Self

from rig.bench import peer
from rig.ports import free_port
from rig.shared_vectors import SHARED

PASSWORD = "12345678"
LIFETIME = 600  # s; an orphan ends by itself
SCRIPT = SHARED / "reference_meter.py"
REFERENCE = {
    "1.0.1.8.0.255": ("3333333", "Wh"),
    "1.0.15.8.0.255": ("12345678901", "Wh"),  # beyond 32 bits
    "1.0.16.7.0.255": ("-1234", "W"),
    "1.0.32.7.0.255": ("230.1", "V"),
    "1.0.33.7.0.255": ("0.971", ""),
    "1.0.1.6.0.255": ("4321", "W"),  # an extended register
}
PYDLMS_CLOCK = 1_714_557_600_000  # ms UTC: 2024-05-01 10:00, and it stands still
PYDLMS = {
    "1.0.1.8.0.255": ("12345678", "Wh"),
    "1.0.1.7.0.255": ("1520", "W"),
    "1.0.32.7.0.255": ("230.1", "V"),
    "1.0.31.7.0.255": ("5.23", "A"),
}

_PYDLMS = f"""
    import sys, time
    from pydlms import simulator
    from pydlms.security.hls import Mechanism
    model = simulator.example_meter()
    model.clients[1] = simulator.ClientProfile(Mechanism.LLS, secret=b"{PASSWORD}")
    server = simulator.serve(model, hdlc=True, port=int(sys.argv[1]))
    print("READY", server.server_address[1], flush=True)
    time.sleep({LIFETIME})
"""


class ForeignMeter:
    """A meter with a password over HDLC on one port.

    Args:
        reference: Whether it may be the reference meter; otherwise it is pydlms-client's.

    Attributes:
        url: Where it is.
        client: The client address that its password belongs to.
        values: What it says: logical name to exact value and unit.
        clock_ms: What its clock says, ms UTC; None where it follows this machine's.
    """

    def __init__(self, *, reference: bool = True) -> None:
        self.port = free_port()
        self.url = f"tcp+hdlc://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None
        self.values: Mapping[str, tuple[str, str]]
        if reference and SCRIPT.is_file():
            self.client = 32
            self.clock_ms: int | None = None
            self.values = REFERENCE
            options = ("--framing", "hdlc", "--auth", "low", "--password", PASSWORD)
            self._command = (str(SCRIPT), *options, "--lifetime", str(LIFETIME), "--port")
        else:
            peer("pydlms.simulator")  # skips where it is not installed
            self.client = 1
            self.clock_ms = PYDLMS_CLOCK
            self.values = PYDLMS
            self._command = ("-c", textwrap.dedent(_PYDLMS))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *self._command, str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("READY"):
                return
        raise RuntimeError("the meter did not start")

    def stop(self) -> None:
        """End it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.communicate(timeout=10)
            self._process = None
