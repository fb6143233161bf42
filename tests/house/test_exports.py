"""The public names are exactly this list, sorted, and each is in the reference."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import dlmslite

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
# library.md 1, as far as it is built. A name added here is a promise; one taken off breaks users.
PUBLIC = [
    "AssociationRejected",
    "Client",
    "Column",
    "ConfigurationError",
    "Conformance",
    "ConnectionClosed",
    "ConverterError",
    "CosemObject",
    "DeadlineExceeded",
    "DecodeError",
    "Direction",
    "DlmsError",
    "EncodeError",
    "Endpoint",
    "EndpointLock",
    "FramingError",
    "Info",
    "Line",
    "LinkError",
    "Lls",
    "MeterClock",
    "MissingExtra",
    "NotPermitted",
    "Obis",
    "ProbeReport",
    "Profile",
    "ProtocolError",
    "Quantity",
    "Quirks",
    "Result",
    "Row",
    "SecurityError",
    "ServiceError",
    "Session",
    "StateError",
    "TraceEvent",
    "TransportError",
    "Unit",
    "__version__",
    "capture_file",
    "connect",
    "device_advice",
    "explain",
    "probe",
]


def test_the_public_names_are_exactly_this_list() -> None:
    assert list(dlmslite.__all__) == PUBLIC


def test_the_list_is_sorted() -> None:
    assert sorted(PUBLIC) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(dlmslite, name) is not None


def test_the_reference_describes_each_public_name_and_no_other() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(REFERENCE.glob("*.md")))
    described = re.findall(r"(?m)^::: dlmslite\.(\w+)$", text)

    assert sorted(described) == [name for name in PUBLIC if not name.startswith("__")]


def test_import_fills_no_registry_and_opens_nothing_foreign() -> None:
    # 130 ms to `connect` is the budget; these are what would break it.
    program = (
        "import sys, dlmslite\n"
        "heavy = {'construct', 'serial', 'cryptography', 'asyncio', 'click', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert outcome.stdout.strip() == "[]"
