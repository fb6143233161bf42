"""The wheel holds both packages, py.typed, the schema and the static files, and no tests."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from rig.required import missing, program

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    for tool in ("build", "hatchling"):
        if importlib.util.find_spec(tool) is None:
            missing(f"the package {tool}")
    folder = tmp_path_factory.mktemp("wheel")
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_file_of_both_packages(wheel: zipfile.ZipFile) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "dlmslite", "dlmslite_daemon"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert {"dlmslite/py.typed", "dlmslite_daemon/py.typed"} <= set(wheel.namelist())
    assert [name for name in tracked if name not in wheel.namelist()] == []


def test_the_wheel_holds_the_numbered_schema(wheel: zipfile.ZipFile) -> None:
    schema = [name for name in wheel.namelist() if name.endswith(".sql")]

    assert any(name.startswith("dlmslite_daemon/store/schema/0001_") for name in schema)


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "dlmslite",
        "dlmslite_daemon",
    }


def test_the_wheel_is_pure_python_and_says_its_licence(wheel: zipfile.ZipFile) -> None:
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(wheel.read(path).decode())

    assert str(wheel.filename).endswith("-py3-none-any.whl")
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_peers_are_no_dependency() -> None:
    # Implementations of others, under other licences, belong to the tests alone.
    extras = PROJECT["optional-dependencies"]
    needed = " ".join(PROJECT["dependencies"] + extras["all"])

    assert "peers" not in needed
    assert "gurux" not in needed
    assert [
        name for name in ("attrs", "construct", "crcmod", "pyserial") if name not in needed
    ] == []
    assert len(PROJECT["dependencies"]) == 4


@pytest.mark.parametrize(
    ("pythons", "tried"), [([], False), (["python3"], True)], ids=["none", "without a number"]
)
def test_the_tests_on_every_python_never_pass_on_none(
    pythons: list[str], tried: bool, tmp_path: Path
) -> None:
    for name in pythons:
        (tmp_path / name).symlink_to(sys.executable)
    # What make would run for each interpreter is not run but said.
    outcome = subprocess.run(
        [program("make"), "test-all", "MAKE=echo"],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (outcome.returncode == 0) is tried, outcome
    assert ("passed on Python" in outcome.stdout) is tried, outcome
    assert ("nothing was tested" in outcome.stderr) is not tried, outcome


def test_every_python_that_is_claimed_is_one_that_the_tests_are_run_on() -> None:
    language = "Programming Language :: Python :: 3."
    claimed = [text[len(language) :] for text in PROJECT["classifiers"] if language in text]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert claimed
    assert [minor for minor in claimed if f" python3.{minor} " not in makefile] == []
