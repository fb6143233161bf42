"""Secrets are found where they are said to be, and an endpoint has one user at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlmslite import files
from dlmslite.errors import ConfigurationError, TransportError
from dlmslite.files import EndpointLock, resolve_secret


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


@pytest.fixture(autouse=True)
def _own_lock_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_lock_folder", lambda: tmp_path)


def test_a_held_endpoint_names_its_owner_and_the_verb_to_use() -> None:
    with EndpointLock("tcp://192.0.2.7:4059", "dlmslite-bridge (process 7)"):
        with pytest.raises(TransportError, match=r"dlmslite-bridge \(process 7\).*pause"):
            EndpointLock("tcp://192.0.2.7:4059", "dlmslite read").acquire()
        with EndpointLock("tcp://192.0.2.8:4059", "dlmslite read"):
            pass


def test_a_released_endpoint_is_free_again() -> None:
    lock = EndpointLock("tcp://192.0.2.7:4059", "dlmslite read").acquire()
    lock.release()
    lock.release()
    with EndpointLock("tcp://192.0.2.7:4059", "dlmslite profile") as other:
        assert other.path == lock.path


def test_every_user_of_the_machine_may_take_a_lock_that_another_has_made() -> None:
    before = os.umask(0o077)
    try:
        with EndpointLock("tcp://10.0.0.5:4059", "dlmslite read (process 7)") as lock:
            assert lock.path.stat().st_mode & 0o777 == 0o666
    finally:
        os.umask(before)
