"""A version, even in a bare checkout."""

from __future__ import annotations

import importlib.metadata

import pytest

from dlmslite_daemon.api.version import version


def test_there_is_a_version() -> None:
    assert version()


def test_a_bare_checkout_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> str:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "version", none)
    assert version() == "0+checkout"
