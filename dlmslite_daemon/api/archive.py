"""Archives: files of text in one ZIP file, which begins with a list of them; the last are kept."""

from __future__ import annotations

import io
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.api.version import version
from dlmslite_daemon.errors import UnknownName
from dlmslite_daemon.logs import iso_time

KEPT = 3  # archives; each is a few megabytes at most


@frozen
class Entry:
    """One file of an archive.

    Attributes:
        name: Its path inside.
        told: What it is, in a few words.
        octets: Its content.
    """

    name: str
    told: str
    octets: bytes = field(repr=False)


@frozen
class Archive:
    """A whole one.

    Attributes:
        number: By which it is fetched, as text.
        name: Its file name.
        octets: The ZIP file.
        entries: What is inside.
    """

    number: str
    name: str
    octets: bytes = field(repr=False)
    entries: tuple[Entry, ...] = ()

    def view(self) -> dict[str, Any]:
        """What is told of it."""
        return {
            "id": self.number,
            "name": self.name,
            "octets": len(self.octets),
            "files": [
                {"name": one.name, "octets": len(one.octets), "what": one.told}
                for one in self.entries
            ],
        }


class Archives:
    """The last archives, until somebody fetches them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Archive] = OrderedDict()
        self._last = 0

    def keep(self, entries: Sequence[Entry], ts_ms: int) -> Archive:
        """Make one of these files.

        Args:
            entries: What goes in, after the list of it.
            ts_ms: When, ms UTC.
        """
        now = iso_time(ts_ms)
        whole = (Entry("README.txt", "this list", _listed(entries, now)), *entries)
        stamp = now[:19].replace("-", "").replace(":", "")
        with self._lock:
            self._last += 1
            number = str(self._last)
            archive = Archive(number, f"dlmslite-diag-{stamp}.zip", _zipped(whole), whole)
            self._kept[number] = archive
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return archive

    def get(self, number: str) -> Archive:
        """One that was made.

        Raises:
            UnknownName: There is none of this number, or it was long ago.
        """
        with self._lock:
            archive = self._kept.get(number)
        if archive is None:
            raise UnknownName(
                f"there is no archive {number!r}",
                code="E-ARCHIVE-UNKNOWN",
                hint=f"the last {KEPT} are kept until a restart: make another one",
            )
        return archive


def _listed(entries: Sequence[Entry], now: str) -> bytes:
    rows = "".join(f"{one.name:40} {len(one.octets):>9}  {one.told}\n" for one in entries)
    return f"dlmslite-bridge {version()}, made at {now}\n\n{rows}".encode()


def _zipped(entries: Sequence[Entry]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in entries:
            archive.writestr(one.name, one.octets)
    return stream.getvalue()
