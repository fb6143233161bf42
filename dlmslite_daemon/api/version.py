"""Which version runs."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """The version of the distribution; a bare checkout has none."""
    try:
        return importlib.metadata.version("dlmslite")
    except importlib.metadata.PackageNotFoundError:
        return "0+checkout"
