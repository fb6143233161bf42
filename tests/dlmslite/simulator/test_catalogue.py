"""The catalogue and the folder of models agree, and every model takes the same options."""

from __future__ import annotations

import datetime as dt
import pkgutil

import pytest

from dlmslite.simulator import models
from dlmslite.simulator.catalogue import MODELS
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference


def test_every_model_is_in_the_catalogue() -> None:
    found = {module.name.replace("_", "-") for module in pkgutil.iter_modules(models.__path__)}

    assert found - {"base"} == set(MODELS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_takes_the_options_of_all(name: str) -> None:
    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    meter = MODELS[name](
        serial="ABC1", seed=3, days=2, clock_offset=dt.timedelta(seconds=5), credentials={16: None}
    )

    answer = meter.read(AttributeReference(1, Obis.parse("0.0.96.1.0.255"), 2), now)
    assert answer.plain == b"ABC1"  # type: ignore[union-attr] # Data, and a failure otherwise
    assert meter.credentials == {16: None}
