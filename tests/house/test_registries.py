"""Registry and folder agree: each entry is of the folder, each kind is entered, no key twice."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import dlmslite
import dlmslite.registry
import dlmslite_daemon

PACKAGES = (dlmslite, dlmslite_daemon)


def modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def registries() -> dict[str, object]:
    """Every registry by the folder it is filled from."""
    return {
        value._package: value
        for module in modules()
        for value in vars(module).values()
        if type(value).__name__ == "Registry" and type(value).__module__.endswith(".registry")
    }


REGISTRIES = registries()


@pytest.mark.parametrize("package", sorted(REGISTRIES))
def test_every_entry_is_defined_in_the_folder(package: str) -> None:
    strangers = [
        (key, value)
        for key, value in REGISTRIES[package].items()
        if not defined_in(value).startswith(f"{package}.")
    ]

    assert strangers == []


@pytest.mark.parametrize("package", sorted(REGISTRIES))
def test_every_file_that_enters_something_is_found_by_the_folder(package: str) -> None:
    folder = importlib.import_module(package)
    entered = {defined_in(value) for _key, value in REGISTRIES[package].items()}
    files = {f"{package}.{found.name}" for found in pkgutil.iter_modules(folder.__path__)}

    assert entered
    assert entered <= files


def defined_in(value: object) -> str:
    return str(getattr(value, "__module__", type(value).__module__))


def test_a_key_taken_twice_is_refused() -> None:
    registry: dlmslite.registry.Registry[int, str] = dlmslite.registry.Registry("dlmslite.link")
    registry.add(1, "one")

    with pytest.raises(ValueError, match="belongs to 'one'"):
        registry.add(1, "uno")
