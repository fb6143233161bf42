"""An endpoint has one user at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlmslite import files
from dlmslite.errors import TransportError
from dlmslite.files import EndpointLock


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
