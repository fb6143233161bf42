"""The folder is the registry."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from dlmslite_daemon.registry import Registry


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of two kinds, one of them in a folder of its own."""
    name = "kinds_of_a_test"
    package = tmp_path / name
    (package / "deeper").mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from dlmslite_daemon.registry import Registry\n"
        f"KINDS: Registry[str, object] = Registry({name!r})\n"
    )
    (package / "deeper" / "__init__.py").write_text("")
    for place in ("one", "deeper/two"):
        key = place.rpartition("/")[2]
        (package / f"{place}.py").write_text(
            f"from {name} import KINDS\nVALUE = KINDS.add({key!r}, object())\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for module in [m for m in sys.modules if m.partition(".")[0] == name]:
        del sys.modules[module]


def test_the_first_look_up_imports_the_folder_and_what_is_in_it(folder: str) -> None:
    kinds = __import__(folder).KINDS
    assert f"{folder}.one" not in sys.modules
    assert kinds.get("one") is sys.modules[f"{folder}.one"].VALUE
    assert kinds.get("two") is sys.modules[f"{folder}.deeper.two"].VALUE
    assert kinds.get("three") is None
    assert sorted(key for key, _ in kinds.items()) == ["one", "two"]


def test_no_thread_gets_an_entry_whose_module_is_half_imported(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder / "slow.py").write_text(
        f"import time\nfrom {folder} import KINDS\n"
        "KINDS.add('slow', object())\ntime.sleep(0.3)\nWHOLE = True\n"
    )
    kinds = __import__(folder).KINDS
    first = threading.Thread(target=kinds.get, args=("one",))
    first.start()
    while kinds.known("slow") is None and first.is_alive():
        first.join(0.001)
    assert kinds.get("slow") is not None
    assert sys.modules[f"{folder}.slow"].WHOLE
    first.join()


def test_a_key_is_taken_once() -> None:
    registry: Registry[str, object] = Registry("dlmslite_daemon.policies")
    first = registry.add("a", object())
    assert registry.add("a", first) is first
    with pytest.raises(ValueError, match="belongs to"):
        registry.add("a", object())
