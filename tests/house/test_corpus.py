"""Every fuzz harness passes its corpus, in this process and without a fuzzer."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from harness import CORPUS, corpus

FUZZ = Path(__file__).resolve().parents[2] / "fuzz"
HARNESSES = sorted(path.stem for path in FUZZ.glob("fuzz_*.py"))
SEEDS = [(name, seed) for name in HARNESSES if (CORPUS / name).is_dir() for seed in corpus(name)]


@pytest.mark.parametrize(
    ("name", "seed"), SEEDS, ids=[f"{name}/{seed.name}" for name, seed in SEEDS]
)
def test_an_input_of_the_corpus_passes_its_harness(name: str, seed: Path) -> None:
    importlib.import_module(name).test_one_input(seed.read_bytes())


@pytest.mark.parametrize("name", HARNESSES)
def test_a_harness_states_its_invariant_and_lists_what_it_forgives(name: str) -> None:
    harness = importlib.import_module(name)

    assert harness.__doc__
    assert harness.__doc__.startswith("Invariant:")
    assert all(issubclass(error, Exception) for error in harness.ALLOWED)
    assert len(corpus(name)) >= 2, "a corpus holds a sound input and a broken one at least"


def test_every_corpus_has_its_harness() -> None:
    assert sorted(path.name for path in CORPUS.iterdir()) == HARNESSES
