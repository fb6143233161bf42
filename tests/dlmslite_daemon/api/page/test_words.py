"""The texts in one language: the one that was chosen, else the browser's first that we speak."""

from __future__ import annotations

import pytest

from dlmslite_daemon.api.page.words import LANGUAGES, NAMES, Words, spoken


@pytest.mark.parametrize(
    ("wanted", "accept", "language"),
    [
        (None, "", "en"),
        (None, "es-MX,es;q=0.9,en;q=0.8", "es"),
        (None, "de;q=1,es;q=0.2,en;q=0.4", "en"),
        (None, "es;q=0", "en"),
        (None, "es;q=nonsense,fr", "en"),
        ("es", "en", "es"),
        ("xx", "es", "es"),
    ],
)
def test_a_choice_comes_before_what_the_browser_says(
    wanted: str | None, accept: str, language: str
) -> None:
    assert spoken(wanted, accept).language == language
    assert set(NAMES) == set(LANGUAGES)


def test_a_key_without_a_text_is_seen() -> None:
    with pytest.raises(KeyError):
        Words()("no.such.key")
    assert Words("es").get("no.such.key", "state-9") == "state-9"
    assert Words("es")("fleet.page", page=1, pages=2) == "Página 1 de 2"
