"""Runs ``dlmslite`` in this process against a simulated meter."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

from attrs import frozen

from dlmslite.cli.main import run
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import RunningMeter, serve


@frozen
class Said:
    """What a command did: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def shell(*arguments: str) -> Said:
    """Run one command line."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return Said(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def simulated(framing: str = "hdlc") -> Iterator[RunningMeter]:
    """A meter on loopback with one day of load profile."""
    with serve(single_phase(days=1), framing=framing) as meter:
        yield meter
