"""Explains octets as a tree of names and plain values.

In: octets, and what they are said to be. Out: the tree that ``dlmslite decode`` prints. Each floor
describes what it decodes; here is only the table of layers, and the guess where none is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from dlmslite.apdu import base
from dlmslite.apdu.describe import describe as describe_apdu
from dlmslite.errors import ConfigurationError, DecodeError, DlmsError
from dlmslite.link.describe import describe_mode_e, describe_stream, describe_wrapper
from dlmslite.link.hdlc.describe import describe_frame
from dlmslite.values.data import Data
from dlmslite.values.describe import describe as describe_data
from dlmslite.values.describe_times import decode as describe_time

Tree = dict[str, Any]

ACSE_TAGS = range(0x60, 0x64)  # AARQ, AARE, RLRQ, RLRE: APPLICATION 0 to 3


def explain(octets: bytes, *, layer: str | None = None, form: str | None = None) -> Tree:
    """Explain octets.

    Args:
        octets: The whole input.
        layer: ``hdlc``, ``stream``, ``wrapper``, ``apdu``, ``acse``, ``axdr`` or ``mode_e``; None
            guesses.
        form: Only with ``axdr``: ``date-time``, ``date`` or ``time``, where the octets are the
            content of an octet-string of that form.

    Returns:
        Names to plain values; octet strings are hexadecimal text.

    Raises:
        ConfigurationError: There is no such layer, or a form without ``axdr``.
        DecodeError: The octets are no sound value of the layer.
        FramingError: The same, for the layers of links.
    """
    if form is not None:
        if layer not in {None, "axdr"}:
            raise ConfigurationError(f"a form belongs to the layer axdr, not to {layer}")
        return describe_time(form, octets)
    if layer is None:
        return _guess(octets)
    if layer not in LAYERS:
        raise ConfigurationError(f"no layer {layer!r}; there are {', '.join(LAYERS)}")
    return LAYERS[layer](octets)


def _apdu(octets: bytes) -> Tree:
    return describe_apdu(base.decode(octets))


def _acse(octets: bytes) -> Tree:
    if octets and octets[0] not in ACSE_TAGS:
        raise DecodeError("bad-choice", f"tag {octets[0]:02X} begins no APDU of ACSE")
    return _apdu(octets)


def _axdr(octets: bytes) -> Tree:
    return describe_data(Data.decode(octets))


LAYERS: Mapping[str, Callable[[bytes], Tree]] = MappingProxyType(
    {
        "hdlc": describe_frame,
        "wrapper": describe_wrapper,
        "apdu": _apdu,
        "acse": _acse,
        "axdr": _axdr,
        "mode_e": describe_mode_e,
        "stream": describe_stream,
    }
)
"""What explains each layer; in the order in which they are tried when none is named."""


def _guess(octets: bytes) -> Tree:
    first: DlmsError | None = None
    for name, describe in LAYERS.items():
        try:
            return {"layer": name, **describe(octets)}
        except DlmsError as error:
            first = first or error
    raise DecodeError("unknown-layer", "neither frame, nor APDU, nor value") from first
