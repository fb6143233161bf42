"""A conversation that hangs ends the run, with the stack of every thread."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Iterator

import pytest

PATIENCE = 90.0  # s for one test; the slowest takes a few


@pytest.fixture(autouse=True)
def hang_guard() -> Iterator[None]:
    faulthandler.dump_traceback_later(PATIENCE, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()
