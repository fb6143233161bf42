"""Writes docs/conformance.md: which rules of the protocol have tests, from the tests' names.

``python tests/rig/conformance.py`` writes the page; ``tests/house/test_conformance.py`` fails while
it is not current. A test names the rules it proves: ``test_h05_flag_inside_payload_is_legal``, or
``test_x02_x03_…`` for two.
"""

from __future__ import annotations

import re
from pathlib import Path

from attrs import field, frozen

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "conformance.md"
RULES = Path(__file__).with_name("pitfalls.txt")
DEFECTS = Path(__file__).with_name("defects.txt")
TEST = re.compile(r"(?m)^\s*(?:async )?def test((?:_[a-z]\d\d)+)(?:_\w+)?\(")

HEAD = """# Conformance

What is built, and which rules of the protocol have tests. The second part is written by
`make conformance` from the tests' names, and a test fails while it is not current.

## Features

| feature | client | simulator |
| --- | --- | --- |
{features}

## Rules

Each rule has an id, and a test that proves it has the id in its name. {tested} of {all} rules have
tests. One without a test is not built yet, or built and not yet proven.
"""

DEFECTS_HEAD = """
## Defects of other libraries, at the link

Found by running them; a test for each says that ours has none of them.

| id | defect | tests |
| --- | --- | --- |
"""

# feature, client, simulator; the words are "yes", "no", or what is missing
FEATURES = (
    ("HDLC over TCP: all frame types, segmentation and windows both ways", "yes", "yes"),
    ("wrapper over TCP", "yes", "yes"),
    ("serial ports, several meters on one bus, mode E", "yes", "yes"),
    ("wrapper over UDP", "yes", "yes"),
    ("M-Bus long frames of customer interfaces (received)", "yes", "no"),
    ("association without authentication, with a password (LLS)", "yes", "yes"),
    ("high-level security, ciphering, signing", "no", "no"),
    ("GET: normal, in blocks, with list, by range and by entry", "yes", "yes"),
    ("SET, ACTION, ACCESS, general block transfer, short names", "no", "no"),
    ("push: data notification, event notification", "no", "no"),
    ("classes 1, 3, 4, 5, 7, 8, 15", "yes", "yes"),
    ("every other interface class", "no", "no"),
)


@frozen
class Rule:
    """One rule, and the tests that name it.

    Attributes:
        id: Its id, such as ``H05``.
        text: What it says.
        group: The heading it stands under.
        tests: The test files, relative to the repository, each with how many tests name the rule.
    """

    id: str
    text: str
    group: str
    tests: dict[str, int] = field(factory=dict)


def rules() -> list[Rule]:
    """Every rule, in order, with its tests."""
    found = proofs_by_rule()
    listed: list[Rule] = []
    group = ""
    for line in RULES.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            group = line.removeprefix("# ")
        elif line:
            name, _, text = line.partition(" ")
            listed.append(Rule(name, text, group, found.get(name, {})))
    return listed


def defects() -> list[Rule]:
    """Every defect of another library at the link, in order, with the tests that ours has none."""
    found = proofs_by_rule()
    lines = DEFECTS.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" ", 1) for line in lines]
    return [Rule(name, text, "Defects", found.get(name, {})) for name, text in pairs]


def proofs_by_rule() -> dict[str, dict[str, int]]:
    """Rule id to test file to the number of tests that name it."""
    found: dict[str, dict[str, int]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        for ids in TEST.findall(path.read_text(encoding="utf-8")):
            for rule in ids.upper().strip("_").split("_"):
                files = found.setdefault(rule, {})
                files[name] = files.get(name, 0) + 1
    return found


def page() -> str:
    """The whole page."""
    listed = rules()
    features = "\n".join(f"| {name} | {client} | {sim} |" for name, client, sim in FEATURES)
    tested = sum(bool(rule.tests) for rule in listed)
    lines = [HEAD.format(features=features, tested=tested, all=len(listed))]
    group = ""
    for rule in listed:
        if rule.group != group:
            group = rule.group
            lines.append(f"\n### {group}\n\n| id | rule | tests |\n| --- | --- | --- |\n")
        lines.append(f"| {rule.id} | {cell(rule.text)} | {proofs(rule)} |\n")
    lines.append(DEFECTS_HEAD)
    lines += [f"| {rule.id} | {cell(rule.text)} | {proofs(rule)} |\n" for rule in defects()]
    return "".join(lines)


def proofs(rule: Rule) -> str:
    """The test files of a rule, as the table shows them."""
    return "<br>".join(
        f"`{name}`" + (f" ({count})" if count > 1 else "")
        for name, count in sorted(rule.tests.items())
    )


def cell(text: str) -> str:
    """A text that stays inside one cell of a table and is no markup."""
    return re.sub(r"([|<>*_\[\]])", r"\\\1", text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
