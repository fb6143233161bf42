"""The models by name, for those who choose one at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.models.three_phase import three_phase

MODELS: Mapping[str, Callable[..., SimulatedMeter]] = MappingProxyType(
    {"single-phase": single_phase, "three-phase": three_phase}
)
"""Each takes ``serial``, ``seed``, ``days``, ``clock_offset`` and ``credentials`` by name."""
