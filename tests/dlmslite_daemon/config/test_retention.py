"""``[retention]``: the defaults that bridge.md states, and nothing is kept for less than a day."""

from __future__ import annotations

import pytest

from dlmslite_daemon.config.load import parse
from dlmslite_daemon.config.retention import RetentionSettings
from dlmslite_daemon.errors import ConfigError


def test_defaults() -> None:
    keep = RetentionSettings()
    assert (keep.raw, keep.replay) == (14, 14)
    assert keep.quarters >= 13 * 30.4
    assert keep.daily >= 10 * 365.25


def test_the_file_and_the_environment_set_them() -> None:
    config = parse("[retention]\nraw = 7\n", {"DLMSLITE_BRIDGE_RETENTION_REPLAY": "3.5"})
    assert (config.retention.raw, config.retention.replay) == (7, 3.5)


def test_less_than_a_day_is_refused_with_its_key() -> None:
    with pytest.raises(ConfigError, match=r"retention\.audit"):
        parse("[retention]\naudit = 0\n")
