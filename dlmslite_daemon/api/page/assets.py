"""The files that pages load: styles, script and pictures, each with a name that its content gives.

They are read once. A file that changed has a new address, so browsers may keep them for ever.
"""

from __future__ import annotations

import hashlib
from importlib import resources

from attrs import field, frozen

KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
FOLDER = "/page/static"


@frozen
class Asset:
    """One file.

    Attributes:
        name: Its name.
        octets: What is in it.
        media_type: What it is.
        url: Where pages find it; its content is part of the address.
    """

    name: str
    octets: bytes = field(repr=False)
    media_type: str
    url: str


def _read() -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for entry in resources.files("dlmslite_daemon.api.page").joinpath("static").iterdir():
        kind = KINDS.get(entry.name.rpartition(".")[2])
        if kind is not None:
            octets = entry.read_bytes()
            digest = hashlib.sha256(octets).hexdigest()[:16]
            found[entry.name] = Asset(entry.name, octets, kind, f"{FOLDER}/{entry.name}?v={digest}")
    return found


ASSETS = _read()
"""Each file by its name."""
