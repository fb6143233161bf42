"""No file above 400 lines and no function above 60.

A file counts with its docstrings and comments; a function without its docstring, since the Args of
a function with many options are its reference page and not its difficulty.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES = 400
FUNCTION_LINES = 60
MODULES = sorted(
    path.relative_to(ROOT)
    for package in ("dlmslite", "dlmslite_daemon")
    for path in (ROOT / package).rglob("*.py")
)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function from ``def`` to its end, without its docstring."""
    first = node.body[0]
    docstring = ast.get_docstring(node) is not None
    return span(node) - (span(first) if docstring else 0)


def span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_file_has_at_most_400_lines(module: Path) -> None:
    text = (ROOT / module).read_text(encoding="utf-8")

    assert len(text.splitlines()) <= FILE_LINES


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_function_has_at_most_60_lines(module: Path) -> None:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))

    long = [
        f"{module}:{node.lineno} {node.name}: {length(node)} lines"
        for node in functions(tree)
        if length(node) > FUNCTION_LINES
    ]

    assert long == []


@pytest.mark.parametrize(
    "init", [module for module in MODULES if module.name == "__init__.py"], ids=str
)
def test_a_folder_says_what_it_is_and_holds_no_code(init: Path) -> None:
    tree = ast.parse((ROOT / init).read_text(encoding="utf-8"))

    assert ast.get_docstring(tree), f"{init} has no docstring"
    if len(init.parts) > 2:  # the packages themselves re-export their public names
        assert len(tree.body) == 1, f"{init} holds more than its docstring"
