"""Runs the command line ``dlmslite-bridge``; without its extra, says what to install."""

from __future__ import annotations

import sys
from importlib.util import find_spec

# What the extra [bridge] brings and the command line cannot start without.
_NEEDED = ("cattrs", "click", "cryptography", "fastapi", "httpx", "paho", "rich", "uvicorn")


def main() -> None:
    """Run the command line and leave with its exit code."""
    if any(find_spec(name) is None for name in _NEEDED):
        sys.stderr.write("dlmslite-bridge needs more packages: pip install 'dlmslite[bridge]'\n")
        sys.exit(2)
    # Only now: without the extra this import fails.
    from dlmslite_daemon.cli.main import cli  # noqa: PLC0415 - see above

    cli(prog_name="dlmslite-bridge")


if __name__ == "__main__":
    main()
