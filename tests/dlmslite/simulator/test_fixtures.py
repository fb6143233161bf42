"""The fixtures that users import: a project of its own, with nothing but the plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PLUGIN = 'pytest_plugins = ["dlmslite.simulator.fixtures"]\n'
TESTS = """
import pytest
import dlmslite
from dlmslite.simulator.faults import FaultPlan


def test_a_meter(dlms_meter):
    with dlmslite.connect(dlms_meter.url) as client:
        assert client.read("0.0.96.1.0.255") == b"SIM00000001"


def test_a_client(dlms_client):
    assert dlms_client.read("1.1.32.7.0.255").unit.symbol == "V"


def test_meters(dlms_meters):
    one = dlms_meters("three-phase", framing="wrapper", serial="A1")
    two = dlms_meters(serial="B2", faults=FaultPlan(reset=1.0))
    with dlmslite.connect(one.url) as client:
        assert client.read("0.0.96.1.0.255") == b"A1"
    with pytest.raises(dlmslite.DlmsError):
        dlmslite.connect(two.url, timeout=1.0)


def test_datagrams(dlms_datagram_meters):
    meter = dlms_datagram_meters(serial="C3", faults=FaultPlan(duplication=0.5))
    with dlmslite.connect(meter.url) as client:
        assert client.read("0.0.96.1.0.255") == b"C3"
"""


def test_a_project_that_names_the_plugin_has_meters(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_mine.py").write_text(TESTS)

    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
    )

    assert outcome.returncode == 0, outcome.stdout[-3000:]
    assert "4 passed" in outcome.stdout


def test_nothing_else_of_the_package_needs_pytest() -> None:
    importing = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "dlmslite").rglob("*.py")
        if "import pytest" in path.read_text(encoding="utf-8")
    ]

    assert importing == ["dlmslite/simulator/fixtures.py"]
