"""Whole, byte by byte, random cuts, with a tail: one call for all ways to feed a decoder."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator


def pieces(octets: bytes, seed: int = 0) -> Iterator[tuple[str, list[bytes]]]:
    """The ways to cut octets into pieces, each with its name."""
    yield "whole", [octets]
    yield "byte by byte", [octets[index : index + 1] for index in range(len(octets))]
    chance = random.Random(seed)
    for count in (1, 3, 9):
        cuts = sorted(chance.randint(0, len(octets)) for _ in range(count))
        edges = [0, *cuts, len(octets)]
        yield f"cut at {cuts}", [octets[a:b] for a, b in itertools.pairwise(edges)]


def check(
    make: Callable[[], Callable[[bytes], Iterable[object]]],
    octets: bytes,
    expected: Iterable[object],
    *,
    tail: bytes = b"",
    seed: int = 0,
) -> None:
    """Feed octets in every way to a fresh decoder each time; each must give the same.

    Args:
        make: Makes a decoder: a callable that takes octets and returns what they complete.
        octets: The input.
        expected: What must come out in all.
        tail: Octets behind the input that must change nothing.
        seed: Where the random cuts come from.
    """
    for name, parts in [*pieces(octets, seed), ("with a tail", [octets + tail])]:
        feed = make()
        found = [item for part in parts for item in feed(part)]
        assert found == list(expected), f"fed {name}"
