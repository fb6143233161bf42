"""Hosts with cables between them, in network namespaces of the test's own: no packet leaves them.

A namespace lives as long as the process that holds it, and that one ends with its standard input:
whatever becomes of the test, nothing stays behind.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from rig.daemon import ROOT, until
from rig.required import missing, program

FAR_END = "far"  # the plug of a cable that is not the near host's
PORT = 3333  # of the meters there
SYN_SENT = "02"  # as /proc/net/tcp has it


class Host:
    """One host, without any network at first; gone at the end of a ``with``.

    Attributes:
        inside: What stands before a command that runs there.
    """

    def __init__(self) -> None:
        self.inside: tuple[str, ...] = ()
        self._holder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if not Path("/proc/self/ns/net").exists():
            missing("a kernel with network namespaces")
        ip, nsenter = program("ip"), program("nsenter")
        holder = subprocess.Popen(
            [program("unshare"), "--net", "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._holder = holder
        until(lambda: holder.poll() is not None or self._is_apart(), "a namespace is there")
        if holder.poll() is not None:
            refusal = holder.communicate()[1].decode().strip()
            missing(f"the right to make a network namespace ({refusal})")
        self.inside = (nsenter, f"--net=/proc/{holder.pid}/ns/net")
        self._ip = ip
        self.ip("link", "set", "lo", "up")
        return self

    def __exit__(self, *_exception: object) -> None:
        assert self._holder is not None
        self._holder.communicate()

    def _is_apart(self) -> bool:
        try:
            ours, its = (Path(f"/proc/{pid}/ns/net").readlink() for pid in ("self", self.pid))
        except OSError:  # it has just ended
            return False
        return ours != its

    @property
    def pid(self) -> int:
        """The process that holds it."""
        assert self._holder is not None
        return self._holder.pid

    def run(self, *words: str) -> None:
        """Run a command there; it must succeed."""
        done = subprocess.run(
            [*self.inside, *words], capture_output=True, text=True, timeout=20, check=False
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"

    def ip(self, *words: str) -> None:
        """``ip`` there."""
        self.run(self._ip, *words)

    def set(self, key: str, value: str) -> None:
        """Set one of the kernel's settings there: ``net/ipv4/ip_forward``."""
        self.run("sh", "-c", f"echo {value} > /proc/sys/{key}")

    def calls(self, address: str) -> bool:
        """Whether a TCP connection to an address is wanted there, and not answered yet."""
        place = int.from_bytes(socket.inet_aton(address), sys.byteorder)
        connections = Path(f"/proc/{self.pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        return any(
            remote.startswith(f"{place:08X}:") and state == SYN_SENT
            for _, _, remote, state, *_ in map(str.split, connections)
        )

    @contextlib.contextmanager
    def meter(self, address: str, serial: str) -> Iterator[None]:
        """A simulated meter on one of its addresses."""
        command = ["-m", "dlmslite", "simulate", "--host", address, "--port", str(PORT)]
        with subprocess.Popen(
            [*self.inside, sys.executable, *command, "--serial", serial, "--days", "1"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline().startswith(b"READY ")
                yield
            finally:
                process.terminate()


def cable(near: Host, plug: str, address: str, far: Host, far_address: str) -> None:
    """Put a cable between two hosts.

    Args:
        near: The one.
        plug: The name of its end; the other end is called ``FAR_END``.
        address: Its address, with the length of the network's prefix.
        far: The other.
        far_address: Its address, likewise.
    """
    near.ip(
        *("link", "add", plug, "type", "veth"),
        *("peer", "name", FAR_END, "netns", str(far.pid)),
    )
    for host, end, place in ((near, plug, address), (far, FAR_END, far_address)):
        host.ip("address", "add", place, "dev", end)
        host.ip("link", "set", end, "up")
