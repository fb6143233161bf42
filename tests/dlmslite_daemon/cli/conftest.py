"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.bridge import KITCHEN, Bridge, served
from rig.bridge_shell import Shell
from structlog.testing import capture_logs


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The command line in a folder of its own, whose configuration names the store there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    store = f'[store]\npath = "{tmp_path}/bridge.db"\n'
    (tmp_path / "bridge.toml").write_text(store, encoding="utf-8")
    return Shell()


@pytest.fixture
def daemon(shell: Shell, tmp_path: Path) -> Iterator[Bridge]:
    """A daemon without threads on the socket where the shell looks, with the kitchen's meter."""
    del shell
    # It is in this process: what it logs must not stand among what the verb says.
    with capture_logs(), served(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        yield parts
