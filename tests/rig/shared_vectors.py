"""The vectors of ../shared, loaded where they are there; absent ones give no parameters."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("DLMSLITE_SHARED", ROOT.parent / "shared"))


def load(name: str) -> list[dict[str, Any]]:
    """Every vector of one file, such as ``hdlc``; an empty list where the folder is absent."""
    path = SHARED / "vectors" / f"{name}.json"
    if not path.is_file():
        return []
    vectors: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return vectors
