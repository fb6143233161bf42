"""The texts of the page in one language, and which language a viewer gets."""

from __future__ import annotations

from attrs import field, frozen

from dlmslite_daemon.api.page.texts import TEXTS

LANGUAGES = ("en", "es")
"""What the page speaks; the first unless the browser asks for another."""

NAMES = {"en": "English", "es": "Español"}
"""Each language as it calls itself."""


@frozen
class Words:
    """The texts in one language.

    Attributes:
        language: One of ``LANGUAGES``.
    """

    language: str = LANGUAGES[0]
    _at: int = field(init=False, repr=False)

    @_at.default
    def _column(self) -> int:
        return LANGUAGES.index(self.language)

    def __call__(self, key: str, /, **fills: object) -> str:
        """The text of a key.

        Raises:
            KeyError: There is no such text.
        """
        text = TEXTS[key][self._at]
        return text.format(**fills) if fills else text

    def get(self, key: str, otherwise: str) -> str:
        """The text of a key that the engine made up, or something else if there is none."""
        return self(key) if key in TEXTS else otherwise


def spoken(wanted: str | None, accept: str) -> Words:
    """The words for a viewer.

    Args:
        wanted: What he chose; None if he did not.
        accept: The header ``Accept-Language`` of his browser.
    """
    if wanted in LANGUAGES:
        return Words(wanted)
    ranked: list[tuple[float, str]] = []
    for entry in accept[:200].split(","):
        tag, _, weight = entry.partition(";q=")
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES:
            ranked.append((_weight(weight), language))
    # Of equals the first; sorting keeps the order.
    ranked.sort(key=lambda pair: -pair[0])
    return Words(ranked[0][1] if ranked and ranked[0][0] > 0 else LANGUAGES[0])


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
