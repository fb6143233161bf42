"""The machine that a service is installed on: its commands and its files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from dlmslite_daemon.errors import BridgeError

_RUN_SECONDS = 120.0  # a start waits until the daemon says that it is ready


class Host(Protocol):
    """What an installation needs of a machine; tests give one that is a folder."""

    def is_root(self) -> bool:
        """Whether everything is allowed."""
        ...

    def program(self) -> Path:
        """Where the running program is, with every link followed."""
        ...

    def has_systemd(self) -> bool:
        """Whether systemd runs the machine."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        ...

    def succeeds(self, *command: str) -> bool:
        """Whether a command that only asks ends with 0."""
        ...

    def run(self, *command: str) -> None:
        """Run a command.

        Raises:
            BridgeError: It is missing, failed or did not end (``E-COMMAND``).
        """
        ...

    def said(self, *command: str) -> str:
        """What a command prints, whatever its exit code."""
        ...

    def make_folder(self, path: str, mode: int, owner: str) -> None:
        """Make a folder with its parents, and give it away."""
        ...

    def write(self, path: str, text: str, mode: int) -> None:
        """Write a file, whole or not at all."""
        ...

    def copy(self, source: str, target: str, mode: int, owner: str) -> None:
        """Copy a file, and give it away."""
        ...

    def move(self, source: str, target: str) -> None:
        """Move a file."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file; nothing happens if there is none."""
        ...


class ThisHost:
    """The machine that this runs on."""

    def is_root(self) -> bool:
        """Whether everything is allowed."""
        return os.geteuid() == 0

    def program(self) -> Path:
        """Where the running program is: beside its interpreter, where the service finds it too."""
        beside = Path(sys.executable).parent / "dlmslite-bridge"
        return beside if beside.exists() else Path(shutil.which("dlmslite-bridge") or beside)

    def has_systemd(self) -> bool:
        """Whether systemd runs the machine (sd_booted(3))."""
        return Path("/run/systemd/system").is_dir()

    def exists(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        return Path(path).exists()

    def succeeds(self, *command: str) -> bool:
        """Whether a command that only asks ends with 0."""
        return self._ended(command).returncode == 0

    def run(self, *command: str) -> None:
        """Run a command; raises ``BridgeError`` (``E-COMMAND``)."""
        ended = self._ended(command)
        if ended.returncode:
            said = (ended.stderr or ended.stdout).strip().splitlines()
            raise BridgeError(
                f"'{' '.join(command)}' failed: {said[-1] if said else ended.returncode}",
                code="E-COMMAND",
                hint="journalctl -u dlmslite-bridge shows what the service said",
            )

    def said(self, *command: str) -> str:
        """What a command prints, whatever its exit code."""
        ended = self._ended(command)
        return ended.stdout + ended.stderr

    def make_folder(self, path: str, mode: int, owner: str) -> None:
        """Make a folder with its parents, and give it away."""
        Path(path).mkdir(parents=True, exist_ok=True)
        Path(path).chmod(mode)
        shutil.chown(path, owner, owner)

    def write(self, path: str, text: str, mode: int) -> None:
        """Write a file, whole or not at all."""
        target = Path(path)
        partial = target.with_name(target.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        partial.chmod(mode)
        partial.replace(target)

    def copy(self, source: str, target: str, mode: int, owner: str) -> None:
        """Copy a file, and give it away."""
        # Made before it is filled: a key is never readable by others, not even for a moment.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with Path(source).open("rb") as file, os.fdopen(descriptor, "wb") as copy:
            shutil.copyfileobj(file, copy)
        Path(target).chmod(mode)
        shutil.chown(target, owner, owner)

    def move(self, source: str, target: str) -> None:
        """Move a file."""
        Path(source).replace(target)

    def remove(self, path: str) -> None:
        """Remove a file; nothing happens if there is none."""
        Path(path).unlink(missing_ok=True)

    def _ended(self, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - our own words, no shell
                command, check=False, capture_output=True, text=True, timeout=_RUN_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BridgeError(
                f"'{' '.join(command)}' could not be run: {error}", code="E-COMMAND"
            ) from error
