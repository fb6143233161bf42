"""Strategies for OBIS codes, COSEM dates and times, references and selections."""

from __future__ import annotations

from hypothesis import strategies as st

from dlmslite.values.obis import Obis


def obis_codes() -> st.SearchStrategy[Obis]:
    """Every logical name."""
    return st.binary(min_size=6, max_size=6).map(Obis)
