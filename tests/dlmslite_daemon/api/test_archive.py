"""An archive begins with a list of itself; the last few are kept."""

from __future__ import annotations

import io
import zipfile

import pytest

from dlmslite_daemon.api.archive import KEPT, Archives, Entry
from dlmslite_daemon.errors import UnknownName


def test_the_list_names_every_file_with_its_size() -> None:
    archive = Archives().keep([Entry("state.json", "how it stands", b"{}")], 1_700_000_000_000)
    assert archive.name == "dlmslite-diag-20231114T221320.zip"
    with zipfile.ZipFile(io.BytesIO(archive.octets)) as opened:
        assert opened.namelist() == ["README.txt", "state.json"]
        listed = opened.read("README.txt").decode()
        assert opened.read("state.json") == b"{}"
    assert listed.splitlines()[2].split() == ["state.json", "2", "how", "it", "stands"]
    assert [one["name"] for one in archive.view()["files"]] == ["README.txt", "state.json"]


def test_only_the_last_are_kept() -> None:
    archives = Archives()
    numbers = [archives.keep([], 0).number for _ in range(KEPT + 1)]
    assert archives.get(numbers[-1]).number == numbers[-1]
    with pytest.raises(UnknownName) as caught:
        archives.get(numbers[0])
    assert caught.value.code == "E-ARCHIVE-UNKNOWN"
