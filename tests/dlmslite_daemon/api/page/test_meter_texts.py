"""The texts of one meter's page: all of them reach the viewer, and none hides another's."""

from __future__ import annotations

from pathlib import Path

import pytest

import dlmslite_daemon.api.page.texts
from dlmslite_daemon.api.page.meter_texts import METER_TEXTS
from dlmslite_daemon.api.page.words import LANGUAGES, Words

TABLE = Path(dlmslite_daemon.api.page.texts.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("key", METER_TEXTS)
def test_a_text_of_the_meter_is_said_as_it_stands_here(key: str) -> None:
    assert tuple(Words(language)(key) for language in LANGUAGES) == METER_TEXTS[key]


def test_no_text_stands_in_both_tables() -> None:
    assert [key for key in METER_TEXTS if f'"{key}":' in TABLE] == []
