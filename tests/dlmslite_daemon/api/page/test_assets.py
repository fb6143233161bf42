"""Styles, script and pictures: all there, each under an address of its content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import dlmslite_daemon.api.page
from dlmslite_daemon.api.page.assets import ASSETS

STATIC = Path(dlmslite_daemon.api.page.__file__).parent / "static"


def test_every_file_is_served_under_the_digest_of_its_content() -> None:
    assert set(ASSETS) == {path.name for path in STATIC.iterdir()} >= {"page.css", "page.js"}
    for name, asset in ASSETS.items():
        octets = (STATIC / name).read_bytes()
        assert asset.octets == octets
        assert asset.url == f"/page/static/{name}?v={hashlib.sha256(octets).hexdigest()[:16]}"


def test_nothing_is_loaded_from_elsewhere() -> None:
    for asset in ASSETS.values():
        text = asset.octets.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text
        assert "https:" not in text
        assert "@import" not in text
        assert "eval(" not in text
