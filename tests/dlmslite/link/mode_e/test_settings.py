"""The defaults are the standard's, and what makes no sense is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dlmslite.errors import ConfigurationError
from dlmslite.link.mode_e.settings import ModeESettings


def test_s01_the_defaults_are_those_of_the_standard() -> None:
    settings = ModeESettings()
    assert (settings.opening_baud, settings.opening_format) == (300, "7E1")
    assert settings.address == ""
    assert not settings.wake_up


def test_s02_a_meter_gets_300_ms_unless_told_otherwise() -> None:
    assert ModeESettings().wait == 0.3


def test_octets_take_their_time_on_the_line() -> None:
    assert ModeESettings().seconds(30) == pytest.approx(1.0)
    assert ModeESettings(opening_baud=2400).seconds(6) == pytest.approx(0.025)


@pytest.mark.parametrize(
    "wrong", [{"address": "a!"}, {"opening_baud": 0}, {"wait": -1.0}, {"attempts": 0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        ModeESettings(**wrong)
