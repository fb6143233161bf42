"""The pages for operators say what the code says: codes, causes, settings, routes, commands."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from fastapi.routing import APIRoute
from rig.documented import FOLDERS, NOT_RUN, ROOT, Command, calls_elsewhere, commands, parse

from dlmslite_daemon.alarm import CODES
from dlmslite_daemon.api.routes.base import ROUTES
from dlmslite_daemon.causes import MEANINGS, Cause
from dlmslite_daemon.config.retention import RetentionSettings
from dlmslite_daemon.config.schema import (
    ApiSettings,
    LogSettings,
    MeterSettings,
    SecretSettings,
    StoreSettings,
)
from dlmslite_daemon.policies.base import POLICIES
from dlmslite_daemon.reports.qos import TARGETS

SOURCES = sorted((ROOT / "dlmslite_daemon").rglob("*.py"))
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
CODE = re.compile(r'"([EW]-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*)"')
SECTIONS = {
    "store": StoreSettings,
    "api": ApiSettings,
    "log": LogSettings,
    "secrets": SecretSettings,
    "retention": RetentionSettings,
    "meters.NAME": MeterSettings,
}


def every_language(name: str) -> pytest.MarkDecorator:
    """A test of this page, in each language that has it."""
    found = [folder for folder in FOLDERS if (folder / name).is_file()]
    return pytest.mark.parametrize("folder", found, ids=lambda path: str(path.relative_to(ROOT)))


def first_cells(text: str) -> list[str]:
    """What stands in back-quotes in the first cell of each row."""
    return re.findall(r"(?m)^\| `([^`]+)` \|", text)


def page(folder: Path, name: str) -> str:
    """A page's text."""
    return (folder / name).read_text(encoding="utf-8")


def rows(text: str) -> dict[str, str]:
    """Setting and default, of tables whose first two cells are such."""
    return dict(re.findall(r"(?m)^\| `([\w.]+)` \| `([^`]*)` \|", text))


def written(value: Any) -> str:
    """A default as it stands in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {written(one)}' for key, one in value.items())}}}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


@every_language("troubleshooting.md")
def test_every_error_code_is_explained_and_no_other(folder: Path) -> None:
    explained = {
        code for code in first_cells(page(folder, "troubleshooting.md")) if CODE.match(f'"{code}"')
    }

    assert explained == set(CODE.findall(SOURCE))


@every_language("troubleshooting.md")
def test_every_cause_is_explained_with_its_next_command(folder: Path) -> None:
    text = page(folder, "troubleshooting.md")

    for cause in Cause:
        (row,) = re.findall(rf"(?m)^\| `{cause.value}` \|.*$", text)
        wanted = MEANINGS[cause].next_action.format(meter="hall", sink="local")
        assert wanted in row, (cause, wanted)


@every_language("troubleshooting.md")
def test_every_alarm_is_explained(folder: Path) -> None:
    raised = set(re.findall(r'\b(?:Condition|Doubt)\(\s*"([a-z_]+)"', SOURCE))
    explained = {
        cell
        for cell in first_cells(page(folder, "troubleshooting.md"))
        if re.fullmatch(r"[a-z]+(?:_[a-z]+)*", cell) and cell not in set(Cause)
    }

    assert raised <= explained
    assert explained == CODES  # what may be muted by its name
    assert [code for code in explained if f'"{code}"' not in SOURCE] == []


@every_language("quality-of-service.md")
def test_every_number_of_every_policy_stands_there_with_its_default(folder: Path) -> None:
    wanted = {
        f"{name}.{one.name}": written(getattr(settings(), one.name))
        for name, settings in POLICIES.items()
        for one in attrs.fields(settings)
    }

    assert rows(page(folder, "quality-of-service.md")) == wanted


@every_language("quality-of-service.md")
def test_every_target_stands_there(folder: Path) -> None:
    text = page(folder, "quality-of-service.md")

    for target in TARGETS:
        (row,) = re.findall(rf"(?m)^\| \*\*{target.key}\*\* \|.*$", text)
        assert target.text() in row.replace("el nuestro:", "ours")


@every_language("production.md")
def test_every_setting_stands_there_with_its_default(folder: Path) -> None:
    wanted = {
        f"{section}.{one.name}": written(one.default)
        for section, settings in SECTIONS.items()
        for one in attrs.fields(settings)
        if not isinstance(one.default, attrs.Factory)  # type: ignore[arg-type]  # a class at runtime
        and one.default is not attrs.NOTHING
    }

    assert rows(page(folder, "production.md")) == wanted


@every_language("rest-api.md")
def test_every_route_stands_there_with_its_role_and_no_other(folder: Path) -> None:
    found = re.findall(
        r"(?m)^\| ([A-Z]+) \| `(/[^`]*)` \| ([a-z-]+) \|", page(folder, "rest-api.md")
    )

    assert sorted(found) == sorted(
        (method, re.sub(r":\w+}", "}", route.path), role_of(route))
        for _, resource in ROUTES.items()
        for route in resource.router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods
    )


def role_of(route: APIRoute) -> str:
    """The least role that may; ``-`` where nobody is asked who he is."""
    pending = list(route.dependant.dependencies)
    while pending:
        one = pending.pop()
        pending += one.dependencies
        if one.call is not None and one.call.__name__ == "admit":
            role = inspect.getclosurevars(one.call).nonlocals["role"]
            return str(role.name.lower())
    return "-"


@pytest.mark.parametrize(
    "command",
    commands() + calls_elsewhere(),
    ids=lambda one: f"{one.page.rsplit('/')[-1]}: {one.text[:60]}",
)
def test_a_command_is_one_that_the_program_knows(command: Command) -> None:
    parse(command.text)


def test_a_command_that_is_not_run_has_a_reason_that_is_needed() -> None:
    shown = [command.text for command in commands()]

    assert [start for start in NOT_RUN if not any(one.startswith(start) for one in shown)] == []


@every_language("from-v2.2.md")
def test_the_tables_that_are_named_are_in_the_store(folder: Path) -> None:
    schema = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "dlmslite_daemon" / "store" / "schema").glob("*.sql")
    )
    text = page(folder, "from-v2.2.md")
    named = re.findall(r"(?m)^\| `\w+`[^|]*\| `(\w+)`(?: \((?:table|tabla)\))", text)

    assert named
    assert [table for table in named if f"CREATE TABLE {table} " not in schema] == []


@every_language("from-v2.2.md")
def test_the_paths_that_are_named_as_new_are_routes(folder: Path) -> None:
    routes = {
        (method, re.sub(r"{[^}]*}", "{}", route.path))
        for _, resource in ROUTES.items()
        for route in resource.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    path = re.compile(r"`(GET|POST) (/api/[^`?]*)(?:\?[^`]*)?`")
    found = []
    for old, new in re.findall(
        r"(?m)^\| ([^|]*(?:GET|POST) /[^|]*) \| ([^|]*) \|", page(folder, "from-v2.2.md")
    ):
        # Where nothing else is named as new, it is the old path; or there is none any more.
        named = path.findall(new) or (path.findall(old) if " " in new else [])
        found += [(method, re.sub(r"<[^>]*>|{[^}]*}", "{}", one)) for method, one in named]

    assert len(found) >= 10
    assert [one for one in found if one not in routes] == []
