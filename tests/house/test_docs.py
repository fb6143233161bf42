"""What README and docs say is there: links, commands, make targets, extras, files, code."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rig.meters import our_meter

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "fuzz").glob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
COMMAND = re.compile(r"(?<![\w/.-])(dlmslite|dlmslite-bridge) ([a-z][a-z-]*)\b")
MAKE = re.compile(r"(?:`|^)make ([a-z][a-z-]*)", re.MULTILINE)
FILE = re.compile(r"`((?:dlmslite|dlmslite_daemon|examples|tests|fuzz|docs)/[\w/.-]+\.\w+)`")
# The listing on the page of the byte's way: a number, an arrow, a file.
STATION = re.compile(r"(?m)^ +\d+ +▼ +([\w/]+\.py)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, *languages: str) -> list[str]:
    return [code for language, code in FENCE.findall(text_of(page)) if language in languages]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_link_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(text_of(page)) if "://" not in target]

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_command_that_is_shown_is_there(page: Path) -> None:
    packages = {"dlmslite": "dlmslite", "dlmslite-bridge": "dlmslite_daemon"}
    shown = "\n".join(blocks(page, "sh", "")) + "\n".join(re.findall(r"`([^`\n]+)`", text_of(page)))

    unknown = [
        f"{program} {verb}"
        for program, verb in COMMAND.findall(shown)
        if not (
            ROOT / packages[program] / "cli" / "commands" / f"{verb.replace('-', '_')}.py"
        ).is_file()
    ]

    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_make_target_that_is_shown_is_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    shown = set(MAKE.findall(text_of(page)))

    assert [target for target in shown if not re.search(rf"(?m)^{target}:", makefile)] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_file_that_is_named_is_there(page: Path) -> None:
    assert [name for name in FILE.findall(text_of(page)) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_that_is_shown_compiles_and_its_names_are_public(page: Path) -> None:
    for code in blocks(page, "python"):
        if "…" in code:
            continue  # a pattern to fill in, not a program
        imported = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
        for node in imported:
            if node.module == "dlmslite":
                public = importlib.import_module("dlmslite").__all__
                assert [name.name for name in node.names if name.name not in public] == []


def test_the_byte_s_way_names_files_that_are_there() -> None:
    page = text_of(ROOT / "docs" / "explanation" / "the-bytes-way.md")
    library, _, daemon = page.partition("dlmslite ends")

    for package, part in (("dlmslite", library), ("dlmslite_daemon", daemon)):
        stations = STATION.findall(part)
        assert stations
        assert [name for name in stations if not (ROOT / package / name).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_an_extra_that_is_shown_is_there(page: Path) -> None:
    shown = re.findall(r"pip install '(?:\.|dlmslite)\[([\w,]+)\]'", text_of(page))
    extras = {extra for group in shown for extra in group.split(",")}

    assert extras <= set(PROJECT["optional-dependencies"])


def test_the_readme_has_above_the_fold_what_a_visitor_needs() -> None:
    readme = text_of(ROOT / "README.md")
    fold = readme[: readme.index("## Where to go on")]

    for needed in (
        "make demo",
        "make test",
        "make install",
        "apt install make git python3-venv",
        "dlmslite.connect(",
        "## What is not there yet",
    ):
        assert needed in fold
    (program,) = blocks(ROOT / "README.md", "python")
    assert len([line for line in program.splitlines() if line.strip()]) <= 10


def test_the_readme_s_ten_lines_read_a_meter() -> None:
    (program,) = blocks(ROOT / "README.md", "python")
    with our_meter() as url:
        # Our meter counts its phases in channel 1, where most count in channel 0.
        here = program.replace("tcp+hdlc://192.0.2.7:3333", url).replace('"1.0.', '"1.1.')
        outcome = subprocess.run(
            [sys.executable, "-bb", "-W", "error", "-c", here],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=ROOT,
            env={**os.environ, "METER_PASSWORD": "22222222"},
        )

    assert outcome.returncode == 0, outcome.stderr
    energy, *others = outcome.stdout.splitlines()
    assert energy.endswith(" Wh")
    assert [line.split()[0] for line in others] == ["1.1.32.7.0.255", "1.1.31.7.0.255"]


def test_every_explanation_and_how_to_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]

    assert [page for page in pages if page not in navigation] == []


# Without the collection of the others and the gate's own tools, whose names say it.
@pytest.mark.parametrize("name", sorted(set(PROJECT["optional-dependencies"]) - {"all", "dev"}))
def test_every_dependency_says_why_it_is_there(name: str) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = re.search(rf"(?ms)^{name} = \[\n(.*?)^\]", text)

    assert section
    assert all("#" in line for line in section[1].splitlines())
