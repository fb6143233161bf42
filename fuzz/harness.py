"""What every harness shares: its corpus, and atheris where that is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

TestOneInput = Callable[[bytes], None]

CORPUS = Path(__file__).resolve().parent / "corpus"


def corpus(name: str) -> list[Path]:
    """The seeds of one harness, and every input that ever failed it; one file for each input.

    Args:
        name: The harness's file name without its suffix, such as ``fuzz_resync``.
    """
    return sorted(path for path in (CORPUS / name).iterdir() if path.is_file())


def run(name: str, test_one_input: TestOneInput) -> None:
    """Fuzz with atheris if present, arguments as libFuzzer takes them; else run the corpus."""
    try:
        import atheris  # noqa: PLC0415 - an optional tool: harnesses also run without it
    except ImportError:
        seeds = corpus(name)
        for seed in seeds:
            test_one_input(seed.read_bytes())
        print(f"{name}: {len(seeds)} inputs of the corpus passed")  # noqa: T201 - a script
        return
    atheris.instrument_all()
    atheris.Setup([*sys.argv, str(CORPUS / name)], test_one_input)
    atheris.Fuzz()
