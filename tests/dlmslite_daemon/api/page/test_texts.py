"""Every text in every language, and none that the templates ask for is missing."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import dlmslite_daemon.api.page
from dlmslite_daemon.alarm import Severity
from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.api.page.actions import VERBS
from dlmslite_daemon.api.page.texts import TEXTS
from dlmslite_daemon.api.page.words import LANGUAGES
from dlmslite_daemon.engine.health import Observed, Overall, SeriesState
from dlmslite_daemon.engine.tuning import OF_EACH_METER
from dlmslite_daemon.finding import Step
from dlmslite_daemon.policies.base import Action
from dlmslite_daemon.reading import Quality
from dlmslite_daemon.reports.base import REPORTS, Verdict
from dlmslite_daemon.store.records import Desired

FOLDER = Path(dlmslite_daemon.api.page.__file__).parent
MADE_UP = (
    *(f"observed.{state}" for state in Observed),
    *(f"desired.{state}" for state in Desired),
    *(f"severity.{severity}" for severity in Severity),
    *(f"series.{state}" for state in SeriesState),
    *(f"role.{role.name.lower()}" for role in Role),
    *(f"overall.{overall.name.lower()}" for overall in Overall),
    *(f"{what}.{verb}" for verb in VERBS for what in ("do", "did")),
    *(f"ask.{verb.name}" for verb in VERBS.values() if verb.asks),
    *(f"policy.{policy}" for policy in (*OF_EACH_METER, "credentials")),
    *(f"action.{action.value}" for action in Action),
    *(f"{what}.{kind}" for kind, _ in REPORTS.items() for what in ("report", "about")),
    *(f"verdict.{verdict}" for verdict in Verdict),
    *(f"step.{step}" for step in Step),
    *(f"quality.{quality}" for quality in Quality if quality is not Quality.GOOD),
    *(f"level.{level}" for level in ("debug", "info", "warning", "error", "critical")),
)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", TEXTS)
def test_every_language_says_it_and_fills_in_the_same(key: str) -> None:
    english, *others = TEXTS[key]
    assert len(TEXTS[key]) == len(LANGUAGES)
    assert english
    for other in others:
        assert other
        assert fields(other) == fields(english)


def test_every_text_that_templates_ask_for_is_there() -> None:
    asked = {
        key
        for path in FOLDER.rglob("*.html")
        for key in re.findall(r"\bt\('([^']+)'[,)]", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 100
    assert sorted((asked | set(MADE_UP)) - set(TEXTS)) == []


def test_no_text_is_there_that_nobody_asks_for() -> None:
    texts = {"texts.py", "meter_texts.py"}
    said = "".join(
        path.read_text(encoding="utf-8")
        for folder in (FOLDER, FOLDER.parent / "routes")
        for kind in ("*.html", "*.py", "*.js")
        for path in folder.rglob(kind)
        if path.name not in texts
    )
    # What is put together of a stem and a word has both of them somewhere.
    words = set(re.findall(r"[\"'=]([\w.-]+)[\"']", said))
    stems = set(re.findall(r"[\"']([a-z.]+)\.(?:' ~|\{)", said))
    pairs = {f"{stem}.{word}" for stem in stems for word in words}
    numbers = {f"error.{status}" for status in (403, 404)}
    assert sorted(set(TEXTS) - words - pairs - numbers - set(MADE_UP)) == []
