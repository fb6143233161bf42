"""Tries an installed wheel: run by the interpreter it was installed for, from anywhere.

The first argument is the extra that was installed with it, such as ``[bridge]``, or nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import dlmslite

SCRIPTS = Path(sys.executable).parent
PLUGINS = {"dlmslite.simulator.fixtures"}  # imported by pytest, which the package does not install


def imported(package: str, *, cli: bool) -> list[str]:
    """Import a package and every module of it, with or without its command line; their names."""
    root = importlib.import_module(package)
    assert Path(root.__file__ or "").is_relative_to(sys.prefix), (
        f"{package} is not the installed one"
    )
    names = [found.name for found in pkgutil.walk_packages(root.__path__, f"{package}.")]
    names = [name for name in names if cli or not name.startswith(f"{package}.cli")]
    for name in names:
        if not name.endswith("__main__") and name not in PLUGINS:
            importlib.import_module(name)
    return [package, *names]


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a console script of this environment."""
    return subprocess.run(
        [str(SCRIPTS / name), *arguments], capture_output=True, text=True, check=False
    )


def main() -> None:
    """Import all that this extra allows, and start the scripts."""
    extra = sys.argv[1] if len(sys.argv) > 1 else ""
    modules = imported("dlmslite", cli=bool(extra))
    # Without a compiler crcmod has no extension; the check sequences are right all the same.
    assert importlib.import_module("dlmslite.link.hdlc.fcs").check(b"123456789") == 0x906E
    if extra == "[bridge]":
        modules += imported("dlmslite_daemon", cli=True)
        outcome = script("dlmslite-bridge", "--help")
        assert outcome.returncode == 0, outcome.stderr
    else:
        # A script without its extra prints the one pip command that is missing, and exits 2.
        for name, missing in (("dlmslite", "[cli]"), ("dlmslite-bridge", "[bridge]")):
            outcome = script(name, "--help")
            assert outcome.returncode == 2, (name, outcome)
            assert f"pip install 'dlmslite{missing}'" in outcome.stderr, (name, outcome)
    print(f"dlmslite{extra} {dlmslite.__version__}: {len(modules)} modules")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
