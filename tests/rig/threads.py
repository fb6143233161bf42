"""Whether what was closed has left a thread behind."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

PATIENCE = 20.0  # s: a worker that is told to end still has to run to its end; pools keep one 10 s


@contextlib.contextmanager
def no_thread_left() -> Iterator[None]:
    """Every thread that was started inside has ended a moment later."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + PATIENCE
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < deadline, f"threads are left behind: {left}"
        time.sleep(0.01)
