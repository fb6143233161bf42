"""A machine that is a folder: what an installation would do to a real one, written down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlmslite_daemon.errors import BridgeError


class FolderHost:
    """A ``Host`` below a folder.

    Attributes:
        ran: Every command, in order.
        owners: Who owns what was made, with its mode.
    """

    def __init__(self, root: Path, program: str = "/opt/dlmslite/bin/dlmslite-bridge") -> None:
        self.root = root
        self.ran: list[tuple[str, ...]] = []
        self.owners: dict[str, tuple[str, int]] = {}
        self.root_user = self.systemd = True
        self.known: set[tuple[str, ...]] = set()
        self.fails: Callable[[tuple[str, ...]], bool] = lambda _command: False
        self._program = program
        (root / "etc/systemd/system").mkdir(parents=True)

    def path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def is_root(self) -> bool:
        return self.root_user

    def program(self) -> Path:
        return Path(self._program)

    def has_systemd(self) -> bool:
        return self.systemd

    def exists(self, path: str) -> bool:
        return self.path(path).exists()

    def succeeds(self, *command: str) -> bool:
        return command[1:] in self.known

    def run(self, *command: str) -> None:
        self.ran.append(command)
        if self.fails(command):
            raise BridgeError(f"'{' '.join(command)}' failed: no", code="E-COMMAND")
        kind = {"groupadd": "group", "useradd": "passwd"}.get(command[0])
        if kind is not None:
            self.known.add((kind, command[-1]))

    def said(self, *command: str) -> str:
        self.ran.append(command)
        return "overall  ok\n"

    def make_folder(self, path: str, mode: int, owner: str) -> None:
        self.path(path).mkdir(parents=True, exist_ok=True)
        self.owners[path] = (owner, mode)

    def write(self, path: str, text: str, mode: int) -> None:
        self.path(path).write_text(text, encoding="utf-8")
        self.owners[path] = ("root", mode)

    def copy(self, source: str, target: str, mode: int, owner: str) -> None:
        self.path(target).write_bytes(Path(source).read_bytes())
        self.owners[target] = (owner, mode)

    def move(self, source: str, target: str) -> None:
        self.path(source).replace(self.path(target))

    def remove(self, path: str) -> None:
        self.path(path).unlink(missing_ok=True)
