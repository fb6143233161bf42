"""A registry is filled by its folder, once, at the first look-up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dlmslite.registry import Registry


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    package = tmp_path / "registry_under_test"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from dlmslite.registry import Registry\nkinds = Registry(__name__)\n"
    )
    for name, key in (("one", 1), ("two", 2)):
        (package / f"{name}.py").write_text(
            f"import registry_under_test\nregistry_under_test.kinds.add({key}, {name!r})\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "registry_under_test"  # type: ignore[misc] # a generator fixture
    for module in [name for name in sys.modules if name.startswith("registry_under_test")]:
        del sys.modules[module]


def test_the_first_look_up_imports_every_module_of_the_folder(folder: str) -> None:
    package = __import__(folder)
    assert f"{folder}.one" not in sys.modules
    assert package.kinds.get(2) == "two"
    assert package.kinds.get(3) is None
    assert dict(package.kinds.items()) == {1: "one", 2: "two"}


def test_a_key_taken_twice_is_refused() -> None:
    registry: Registry[int, str] = Registry("dlmslite.encoding")
    registry.add(1, "one")
    assert registry.add(1, "one") == "one"
    with pytest.raises(ValueError, match="belongs to 'one'"):
        registry.add(1, "other")
