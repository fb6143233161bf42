"""The import contracts of architecture.md 7 hold, and none of them is left behind the code."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_logo=True))"


def exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=root, capture_output=True, text=True, check=False
    )


def test_every_contract_is_kept() -> None:
    outcome = lint(ROOT)

    assert outcome.returncode == 0, outcome.stdout[-4000:]


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("dlmslite/link/hdlc/frames.py", "import socket", "The protocol does no I/O"),
        ("dlmslite/apdu/get.py", "import dlmslite.link.base", "Blind to one another"),
        ("dlmslite/values/obis.py", "import dlmslite.apdu.base", "The floors of dlmslite"),
        ("dlmslite_daemon/policies/base.py", "import dlmslite_daemon.store.base", "Blind to one"),
        ("dlmslite_daemon/engine/supervisor.py", "import paho.mqtt.client", "One wall for each"),
        ("dlmslite_daemon/store/base.py", "import dlmslite", "Only meters talk to dlmslite"),
    ],
)
def test_a_forbidden_import_breaks_a_contract(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    for name in ("dlmslite", "dlmslite_daemon"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    unlink_down_to(tmp_path, Path(module))
    target = tmp_path / module
    text = target.read_text(encoding="utf-8")
    target.unlink()
    target.write_text(f"{text}\n{line}\n", encoding="utf-8")

    outcome = lint(tmp_path)

    assert outcome.returncode == 1
    broken = outcome.stdout.partition("Broken contracts")[2]
    assert contract in broken


def unlink_down_to(root: Path, module: Path) -> None:
    """Replace the links above one module by folders of links, so that it alone can be changed."""
    for folder in reversed(module.parents[:-1]):
        here = root / folder
        there = here.resolve()
        here.unlink()
        here.mkdir()
        for entry in there.iterdir():
            (here / entry.name).symlink_to(entry)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: str(contract["name"]))
def test_a_layer_stands_in_parentheses_only_until_it_is_built(contract: dict[str, object]) -> None:
    containers = contract.get("containers", [])
    layers = contract.get("layers", [])
    assert isinstance(containers, list)
    assert isinstance(layers, list)
    names = [name.strip() for layer in layers for name in layer.split("|")]

    built = [
        f"{container}.{name.strip('()')}"
        for container in containers
        for name in names
        if name.startswith("(") and exists(f"{container}.{name.strip('()')}")
    ]

    assert built == []
