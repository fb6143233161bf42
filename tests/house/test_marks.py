"""Every exemption says why, broad handlers stand in three files, and nothing is left for later."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = sorted(
    path.relative_to(ROOT)
    for package in ("dlmslite", "dlmslite_daemon")
    for path in (ROOT / package).rglob("*.py")
)
PYTHON = PACKAGED + sorted(
    path.relative_to(ROOT)
    for folder in ("examples", "fuzz", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if path != Path(__file__)
)
# A mark, then something that is neither a code nor a separator: the reason.
MARK = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)[^#\n]*")
BARE = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w,\s-]+\])?"
    r"|pragma:\s*no cover)\s*$"
)
# Only these may catch whatever comes (architecture.md 6.3).
CATCHALLS = {
    Path("dlmslite/encoding/codec.py"),
    Path("dlmslite_daemon/engine/supervisor.py"),
    Path("dlmslite_daemon/sinks/mqtt_client.py"),
}
LATER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|\bNotImplementedError\b")


def lines(path: Path) -> list[str]:
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", PYTHON, ids=str)
def test_an_exemption_carries_its_reason(path: Path) -> None:
    bare = []
    for number, line in enumerate(lines(path), 1):
        mark = MARK.search(line)
        # The reason may follow in the same comment or in one of its own behind it.
        if mark and BARE.match(mark[0]) and "#" not in line[mark.end() :]:
            bare.append(f"{path}:{number}: {line.strip()}")

    assert bare == []


@pytest.mark.parametrize("path", PACKAGED, ids=str)
def test_only_three_files_catch_whatever_comes(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    broad = [
        f"{path}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or "Exception" in {name.id for name in caught(node.type)})
    ]

    assert broad == [] or path in CATCHALLS


def caught(expression: ast.expr) -> list[ast.Name]:
    return [node for node in ast.walk(expression) if isinstance(node, ast.Name)]


@pytest.mark.parametrize("path", PACKAGED, ids=str)
def test_nothing_is_left_for_later(path: Path) -> None:
    found = [f"{path}:{number}" for number, line in enumerate(lines(path), 1) if LATER.search(line)]

    assert found == []
