"""Runs the command line; says what to install where it cannot."""

from __future__ import annotations

import sys


def main() -> int:
    """The console script ``dlmslite``."""
    try:
        from dlmslite.cli.main import run  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.stderr.write("dlmslite needs its command line: pip install 'dlmslite[cli]'\n")
        return 2
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
