"""DLMS/COSEM (IEC 62056) for Python."""

from __future__ import annotations

from dlmslite.version import __version__

__all__ = ["__version__"]
