"""What a test does when something outside the project is not on this machine."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

REQUIRE_ALL = os.environ.get("DLMSLITE_REQUIRE_ALL") == "1"


def missing(what: str) -> NoReturn:
    """Skip because something is not on this machine, or fail where CI requires everything."""
    if REQUIRE_ALL:
        pytest.fail(f"{what} is missing and DLMSLITE_REQUIRE_ALL=1")
    pytest.skip(f"{what} is missing")


def program(name: str) -> str:
    """The path of a program, or ``missing``; Debian keeps daemons in /usr/sbin."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return path or missing(f"the program {name}")
