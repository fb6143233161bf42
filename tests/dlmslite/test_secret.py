"""Secrets are found where they are said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmslite.errors import ConfigurationError
from dlmslite.secret import resolve_secret


def test_a_secret_is_itself_or_a_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"12345678\r\n")
    monkeypatch.setenv("METER_PASSWORD", "abc")
    assert resolve_secret("22222222") == b"22222222"
    assert resolve_secret(b"file:x") == b"file:x"
    assert resolve_secret(f"file:{path}") == b"12345678"
    assert resolve_secret("env:METER_PASSWORD") == b"abc"


def test_a_missing_secret_names_its_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    with pytest.raises(ConfigurationError, match="NO_SUCH_SECRET"):
        resolve_secret("env:NO_SUCH_SECRET")
    with pytest.raises(ConfigurationError, match="nowhere"):
        resolve_secret(f"file:{tmp_path / 'nowhere'}")


@pytest.mark.parametrize(("content", "word"), [(b"\n", "empty"), (b"x" * 5000, "too long")])
def test_an_odd_secret_file_is_refused_without_its_content(
    tmp_path: Path, content: bytes, word: str
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=word) as caught:
        resolve_secret(f"file:{path}")
    assert "xxxx" not in str(caught.value)
