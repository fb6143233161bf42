"""Endpoint locks: the files that the protocol floors may not touch.

A lock is an advisory file lock named by the endpoint, so that a shell and a daemon on one machine
never talk to one meter at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from dlmslite.errors import TransportError


class EndpointLock:
    """Who talks to an endpoint on this machine: an advisory lock, held while the file is open.

    Args:
        endpoint: The endpoint's URL, as ``Endpoint.name`` writes it, so that all who mean the same
            endpoint lock the same file.
        owner: Who we are, for the other who finds it held: a verb and a process number.

    Raises:
        TransportError: (from ``acquire``) another process holds it; the message names the owner.
    """

    def __init__(self, endpoint: str, owner: str) -> None:
        digest = hashlib.sha256(endpoint.encode()).hexdigest()[:24]
        self.endpoint = endpoint
        self.owner = owner
        self.path = _lock_folder() / f"{digest}.lock"
        self._file: IO[str] | None = None

    def acquire(self) -> Self:
        """Take the lock or say who has it."""
        try:
            import fcntl  # noqa: PLC0415 - absent on Windows, where there is no lock
        except ImportError:  # pragma: no cover - Windows
            return self
        # The file outlives its lock: removing it would let two processes lock two files.
        file = _open_lock(self.path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = file.read(200).strip() or "another process"
            file.close()
            raise TransportError(
                f"{self.endpoint} is in use by {holder}",
                hint="ask it instead: dlmslite-bridge status, readings, pause"
                if "bridge" in holder
                else "wait until it has ended",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(self.owner)
        file.flush()
        self._file = file
        return self

    def release(self) -> None:
        """Give it back; harmless when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


def _open_lock(path: Path) -> IO[str]:
    """Open a lock's file for reading and writing, whichever user of the machine made it."""
    try:
        # Linux refuses O_CREAT on another user's file in a folder like /tmp, even to root.
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, 0o666)  # a umask would keep the other users out
    return os.fdopen(descriptor, "r+", encoding="utf-8")


def _lock_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / "dlmslite-locks"
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        folder.chmod(0o1777)  # every user of the machine locks here, as in /tmp
    return folder
