"""No file above 400 lines and no function above 60, unless its docstring says why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES = 400
FUNCTION_LINES = 60
NESTING = 4  # blocks inside one another below a function; above three is where to stop and look
MODULES = sorted(
    path.relative_to(ROOT)
    for package in ("dlmslite", "dlmslite_daemon")
    for path in (ROOT / package).rglob("*.py")
)
BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)


def says_why(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, limit: int) -> bool:
    """Whether a docstring has the sentence: "Longer than 400 lines: a pure table"."""
    return f"longer than {limit} lines" in (ast.get_docstring(node) or "").lower()


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def nesting(node: ast.AST, depth: int = 0) -> int:
    """The most blocks inside one another; an ``elif`` is no deeper than its ``if``."""
    deepest = depth
    for name, value in ast.iter_fields(node):
        children = (
            [child for child in value if isinstance(child, ast.AST)]
            if isinstance(value, list)
            else [value]
            if isinstance(value, ast.AST)
            else []
        )
        is_elif = (
            isinstance(node, ast.If)
            and name == "orelse"
            and len(children) == 1
            and isinstance(children[0], ast.If)
        )
        for child in children:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue  # counted on its own
            deeper = depth + (isinstance(child, BLOCKS) and not is_elif)
            deepest = max(deepest, nesting(child, deeper))
    return deepest


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_file_has_at_most_400_lines(module: Path) -> None:
    text = (ROOT / module).read_text(encoding="utf-8")

    assert len(text.splitlines()) <= FILE_LINES or says_why(ast.parse(text), FILE_LINES)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_function_has_at_most_60_lines_and_four_levels(module: Path) -> None:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))

    long = [
        f"{module}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in functions(tree)
        if node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
        and not says_why(node, FUNCTION_LINES)
    ]
    deep = [
        f"{module}:{node.lineno} {node.name}: {nesting(node)} levels"
        for node in functions(tree)
        if nesting(node) > NESTING
    ]

    assert long + deep == []


@pytest.mark.parametrize(
    "init", [module for module in MODULES if module.name == "__init__.py"], ids=str
)
def test_a_folder_says_what_it_is_and_holds_no_code(init: Path) -> None:
    tree = ast.parse((ROOT / init).read_text(encoding="utf-8"))

    assert ast.get_docstring(tree), f"{init} has no docstring"
    if len(init.parts) > 2:  # the packages themselves re-export their public names
        assert len(tree.body) == 1, f"{init} holds more than its docstring"


def test_the_counting_sees_a_long_function_and_a_deep_one() -> None:
    deep = ast.parse(
        "def f():\n for a in b:\n  if a:\n   x = 1\n  elif b:\n   while c:\n    pass\n"
    )
    (function,) = functions(deep)

    assert nesting(function) == 3
    assert says_why(ast.parse('"""A table. Longer than 400 lines: one row a unit."""'), 400)
    assert not says_why(ast.parse('"""A table."""'), 400)
