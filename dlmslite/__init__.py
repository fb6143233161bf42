"""DLMS/COSEM (IEC 62056) for Python: read meters, explain octets, simulate.

Start with ``connect``; every name below is public, and nothing else is. A name is imported from its
module when it is first used: ``import dlmslite`` alone costs nothing, and a script that only reads
never pays for what explains.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dlmslite.version import __version__

if TYPE_CHECKING:
    from dlmslite.apdu.conformance import Conformance
    from dlmslite.capture.dissect import explain
    from dlmslite.capture.excerpt import capture_file
    from dlmslite.client import Client, Info, connect
    from dlmslite.cosem.object_list import CosemObject
    from dlmslite.endpoint import Endpoint
    from dlmslite.errors import (
        AssociationRejected,
        ConfigurationError,
        ConnectionClosed,
        ConverterError,
        DeadlineExceeded,
        DecodeError,
        DlmsError,
        EncodeError,
        FramingError,
        LinkError,
        MissingExtra,
        NotPermitted,
        ProtocolError,
        SecurityError,
        ServiceError,
        StateError,
        TransportError,
    )
    from dlmslite.files import EndpointLock
    from dlmslite.handles import MeterClock, Profile
    from dlmslite.line import Line
    from dlmslite.probing.probe import probe
    from dlmslite.procedures.authentication import Lls
    from dlmslite.procedures.probe_report import ProbeReport
    from dlmslite.procedures.read import Result
    from dlmslite.profiles.load import device_advice
    from dlmslite.quirks import Quirks
    from dlmslite.session import Session
    from dlmslite.trace import Direction, TraceEvent
    from dlmslite.values.obis import Obis
    from dlmslite.values.quantity import Quantity
    from dlmslite.values.table import Column, Row
    from dlmslite.values.units import Unit

__all__ = [
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

_HOMES = {
    "AssociationRejected": "errors",
    "Client": "client",
    "Column": "values.table",
    "ConfigurationError": "errors",
    "Conformance": "apdu.conformance",
    "ConnectionClosed": "errors",
    "ConverterError": "errors",
    "CosemObject": "cosem.object_list",
    "DeadlineExceeded": "errors",
    "DecodeError": "errors",
    "Direction": "trace",
    "DlmsError": "errors",
    "EncodeError": "errors",
    "Endpoint": "endpoint",
    "EndpointLock": "files",
    "FramingError": "errors",
    "Info": "client",
    "Line": "line",
    "LinkError": "errors",
    "Lls": "procedures.authentication",
    "MeterClock": "handles",
    "MissingExtra": "errors",
    "NotPermitted": "errors",
    "Obis": "values.obis",
    "ProbeReport": "procedures.probe_report",
    "Profile": "handles",
    "ProtocolError": "errors",
    "Quantity": "values.quantity",
    "Quirks": "quirks",
    "Result": "procedures.read",
    "Row": "values.table",
    "SecurityError": "errors",
    "ServiceError": "errors",
    "Session": "session",
    "StateError": "errors",
    "TraceEvent": "trace",
    "TransportError": "errors",
    "Unit": "values.units",
    "connect": "client",
    "device_advice": "profiles.load",
    "capture_file": "capture.excerpt",
    "explain": "capture.dissect",
    "probe": "probing.probe",
}
"""The module that defines each name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dlmslite' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"dlmslite.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
