"""``dlmslite-bridge`` as an operator starts it: a process with a folder, a log and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


class Daemon:
    """One ``dlmslite-bridge run``; ended, if need be killed, at the end of a ``with``.

    Args:
        folder: Where its log goes, and where it is started.
        words: What follows ``run``.
        inside: What stands before its command, such as to run it on another host.
        environment: More variables.
    """

    def __init__(
        self, folder: Path, *words: str, inside: Sequence[str] = (), **environment: str
    ) -> None:
        self.log = folder / "daemon.log"
        self._folder = folder
        self._program = [*inside, sys.executable, "-m", "dlmslite_daemon"]
        self._command = [*self._program, "run", *words]
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        # Several daemons run side by side in a test run: none of them takes the port of bridge.md.
        port = {"DLMSLITE_BRIDGE_API_PORT": "0"}
        self._environment = {**os.environ, **port, "PYTHONPATH": path, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process is not None:
            self.kill()
            print(self.said()[-4000:])  # noqa: T201 - shown when the test fails

    def start(self) -> None:
        """Start it; its output is added to the log."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        """Its output so far."""
        return self.log.read_text(encoding="utf-8")

    def wait(self, seconds: float = 20.0) -> int:
        """Its exit code, once it has ended."""
        assert self._process is not None
        code = self._process.wait(seconds)
        self._process = None
        return code

    def terminate(self, seconds: float = 10.0) -> int:
        """Ask it to end; its exit code. Longer than 10 s is a fault (bridge.md 11)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """``kill -9``."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)
        self._process = None

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another verb, in the same folder."""
        return subprocess.run(
            [*self._program, *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start_verb(self, *words: str) -> subprocess.Popen[str]:
        """Another verb that goes on; whoever starts it ends it."""
        return subprocess.Popen(
            [*self._program, *words],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


def until(condition: Callable[[], Any], what: str, seconds: float = 90.0) -> None:
    """Wait for something, or fail with its name; the usual limit is that of a crowded machine."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"within {seconds:g} s it did not happen: {what}"
        time.sleep(0.05)
