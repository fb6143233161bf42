"""Every module has its test file at the mirrored place, and every test file its module."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dlmslite", "dlmslite_daemon")
# Folder docstrings and five-line entry points need none (architecture.md 6.4).
EXEMPT = {"__init__.py", "__main__.py"}


def modules() -> list[Path]:
    return sorted(
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name not in EXEMPT
    )


def mirrored_tests() -> list[Path]:
    return sorted(
        path.relative_to(ROOT / "tests")
        for package in PACKAGES
        for path in (ROOT / "tests" / package).rglob("test_*.py")
    )


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_module_has_its_test_file(module: Path) -> None:
    mirrored = ROOT / "tests" / module.parent / f"test_{module.name}"

    assert mirrored.is_file(), f"{module} needs {mirrored.relative_to(ROOT)}"


@pytest.mark.parametrize("test_file", mirrored_tests(), ids=str)
def test_a_test_file_has_its_module(test_file: Path) -> None:
    module = ROOT / test_file.parent / test_file.name.removeprefix("test_")

    assert module.is_file(), f"tests/{test_file} tests no module"


@pytest.mark.parametrize("test_file", mirrored_tests(), ids=str)
def test_a_test_file_holds_a_test(test_file: Path) -> None:
    text = (ROOT / "tests" / test_file).read_text(encoding="utf-8")

    assert "def test_" in text or "class Test" in text


def test_there_is_no_init_under_tests() -> None:
    # Several test_base.py collide otherwise; pytest runs with --import-mode=importlib.
    assert list((ROOT / "tests").rglob("__init__.py")) == []
