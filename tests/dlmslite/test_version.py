from __future__ import annotations

import re
from pathlib import Path

import dlmslite
from dlmslite.version import __version__

ROOT = Path(__file__).resolve().parents[2]


def test_the_package_shows_the_version_that_the_build_reads() -> None:
    assert dlmslite.__version__ == __version__
    assert 'path = "dlmslite/version.py"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_version_is_a_release_of_three_numbers() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
