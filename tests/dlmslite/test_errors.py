"""The tree of exceptions holds, and each error carries its evidence."""

from __future__ import annotations

import inspect

import pytest

from dlmslite import errors
from dlmslite.errors import (
    AssociationRejected,
    ConnectionClosed,
    ConverterError,
    DeadlineExceeded,
    DecodeError,
    DlmsError,
    FramingError,
    LinkError,
    MissingExtra,
    ServiceError,
    TransportError,
)

TREE = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, Exception) and error.__module__ == errors.__name__
]


@pytest.mark.parametrize("error", TREE)
def test_every_exception_has_the_one_root_and_a_layer(error: type[DlmsError]) -> None:
    assert issubclass(error, DlmsError)
    assert error is DlmsError or error.layer


@pytest.mark.parametrize("error", TREE)
def test_the_docstring_of_the_module_draws_every_exception(error: type[DlmsError]) -> None:
    assert errors.__doc__ is not None
    assert error.__name__ in errors.__doc__


def test_the_standard_bases_are_kept() -> None:
    assert issubclass(TransportError, OSError)
    assert issubclass(ConnectionClosed, TransportError)
    assert issubclass(DeadlineExceeded, TimeoutError)
    assert issubclass(DecodeError, ValueError)


def test_evidence_is_kept_in_fields() -> None:
    assert DecodeError("truncated", offset=7).offset == 7
    assert "octet 7" in str(DecodeError("truncated", offset=7))
    assert FramingError("bad-fcs", octets=b"\x7e").octets == b"\x7e"
    assert LinkError("refused").code == "refused"
    assert ConnectionClosed("closed", banner=b"busy").banner == b"busy"
    assert ConverterError("closed", banner=b"busy", cause="port-busy").cause == "port-busy"
    assert DeadlineExceeded("late", cause="never-heard").cause == "never-heard"
    assert DeadlineExceeded("late", seconds=1.5, received=b"x").seconds == 1.5
    assert AssociationRejected("no", result=1, diagnostic=13).diagnostic == 13
    assert ServiceError("no", result=4, target="1.0.1.8.0.255").target == "1.0.1.8.0.255"


def test_the_hint_is_part_of_the_text() -> None:
    assert str(LinkError("refused", "refused", hint="wait")) == "refused (wait)"
    assert DlmsError("x", layer="data").layer == "data"


def test_a_missing_extra_names_the_pip_command() -> None:
    assert "pip install 'dlmslite[cli]'" in str(MissingExtra("cli", "the command line"))
