"""Each page for operators has its twin in Spanish, with the same commands, codes and tables."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from rig.documented import ROOT, commands

ENGLISH = ROOT / "docs" / "operate"
SPANISH = ROOT / "docs" / "es" / "operate"
NAMES = sorted(page.name for page in ENGLISH.glob("*.md"))

_FENCE = re.compile(r"(?ms)^```\w*\n.*?^```$")
_HEADING = re.compile(r"(?m)^(#+) +(.+)$")
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
# Thousands are grouped by a comma in English and by a blank in Spanish.
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:[, ]\d{3}\b)+|\d+(?:\.\d+)*")
# Sentences of fewer words may be the same in both languages, such as names.
_WORDS_OF_A_SENTENCE = 4
_NAMES = {"debug, info, warning, error"}
"""What is no sentence: what the program wants to hear, in any language."""


def text(folder: Path, name: str) -> str:
    """A page's text."""
    return (folder / name).read_text(encoding="utf-8")


def shown(folder: Path, name: str) -> list[str]:
    """The commands of a page, in their order."""
    page = (folder / name).relative_to(ROOT).as_posix()
    return [command.text for command in commands() if command.page == page]


def blocks(folder: Path, name: str) -> list[str]:
    """What is fenced on a page, without comments, which are translated."""
    return [re.sub(r"(?m) *(?<!\S)# .*\n", "\n", one) for one in _FENCE.findall(text(folder, name))]


def sections(folder: Path, name: str) -> list[str]:
    """What stands under each heading of a page, without its blocks; first what stands above."""
    parts = _HEADING.split(_FENCE.sub("", text(folder, name)))
    return parts[::3]


def levels(folder: Path, name: str) -> list[int]:
    """How deep each heading is."""
    return [len(marks) for marks, _ in _HEADING.findall(_FENCE.sub("", text(folder, name)))]


def prose(folder: Path, name: str) -> set[str]:
    """The lines and table cells of a page that are sentences, without what is in back-quotes."""
    page = _CODE.sub("", _FENCE.sub("", text(folder, name)))
    cells = (cell.strip() for line in page.splitlines() for cell in line.split("|"))
    return {cell for cell in cells if len(re.findall(r"[^\W\d_]+", cell)) >= _WORDS_OF_A_SENTENCE}


every_page = pytest.mark.parametrize("name", NAMES)


def test_every_page_has_its_twin_and_no_twin_is_alone() -> None:
    assert NAMES
    assert sorted(page.name for page in SPANISH.glob("*.md")) == NAMES


@every_page
def test_the_commands_are_the_same_in_the_same_order(name: str) -> None:
    assert shown(SPANISH, name) == shown(ENGLISH, name)


@every_page
def test_what_is_fenced_is_the_same_but_for_its_comments(name: str) -> None:
    assert blocks(SPANISH, name) == blocks(ENGLISH, name)


@every_page
def test_the_sections_are_the_same_in_number_and_depth(name: str) -> None:
    assert levels(SPANISH, name) == levels(ENGLISH, name)


@every_page
def test_each_section_names_the_same_codes_settings_routes_and_verbs(name: str) -> None:
    pairs = zip(sections(SPANISH, name), sections(ENGLISH, name), strict=True)
    for at, (ours, theirs) in enumerate(pairs):
        assert Counter(_CODE.findall(ours)) == Counter(_CODE.findall(theirs)), at


@every_page
def test_each_section_says_the_same_numbers(name: str) -> None:
    def numbers(part: str) -> list[str]:
        told = _LINK.sub("", _CODE.sub("", part))
        return sorted(re.sub(r"[, ]", "", number) for number in _NUMBER.findall(told))

    pairs = zip(sections(SPANISH, name), sections(ENGLISH, name), strict=True)
    for at, (ours, theirs) in enumerate(pairs):
        assert numbers(ours) == numbers(theirs), at


@every_page
def test_each_table_has_the_same_columns_and_the_same_codes_row_by_row(name: str) -> None:
    def shape(folder: Path) -> list[tuple[int, list[str]]]:
        return [
            (line.count("|"), sorted(_CODE.findall(line)))
            for line in text(folder, name).splitlines()
            if line.startswith("|")
        ]

    assert shape(SPANISH) == shape(ENGLISH)


@every_page
def test_each_section_leads_to_the_same_pages(name: str) -> None:
    def targets(folder: Path, part: str) -> list[str]:
        return sorted(
            link if "://" in link else str((folder / link.split("#")[0]).resolve())
            for link in _LINK.findall(part)
        )

    pairs = zip(sections(SPANISH, name), sections(ENGLISH, name), strict=True)
    for at, (ours, theirs) in enumerate(pairs):
        there = [link.replace(f"{ENGLISH}/", f"{SPANISH}/") for link in targets(ENGLISH, theirs)]
        assert targets(SPANISH, ours) == sorted(there), at


@every_page
def test_no_sentence_is_left_in_english(name: str) -> None:
    assert (prose(SPANISH, name) & prose(ENGLISH, name)) - _NAMES == set()


def test_the_table_of_contents_leads_to_both() -> None:
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for name in NAMES:
        assert f": operate/{name}\n" in contents
        assert f": es/operate/{name}\n" in contents
