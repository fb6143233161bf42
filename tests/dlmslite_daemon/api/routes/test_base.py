"""The folder is the registry."""

from __future__ import annotations

import pkgutil

import dlmslite_daemon.api.routes as folder
from dlmslite_daemon.api.routes.base import ROUTES


def test_registry_and_folder_agree() -> None:
    modules = {module.name for module in pkgutil.iter_modules(folder.__path__)} - {"base"}
    assert {name for name, _ in ROUTES.items()} == modules
