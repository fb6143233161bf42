"""The store's file: backups, its size, whether it is sound. No answer holds what is stored.

A backup holds everything, sealed secrets and digests of tokens among it: only an administrator may
fetch one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from attrs import asdict
from fastapi import APIRouter, Path
from fastapi.responses import FileResponse, Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Admin, Operator, Resource, ServicesOf, Viewer
from dlmslite_daemon.store.sqlite.care import Backup, Checked, Size

router = APIRouter(prefix="/api/store", tags=["store"])

BackupName = Annotated[str, Path(description="A backup's name, or latest.", max_length=255)]


@router.get("/backups")
def backups(services: ServicesOf, _: Viewer) -> Response:
    """Every backup, newest first."""
    found = services.keeper().backups()
    return success(count=len(found), backups=[backup_view(one) for one in found])


@router.post("/backups", status_code=202)
def back_up(services: ServicesOf, caller: Admin) -> Response:
    """Make a backup beside the store while it is in use; verified before it is called done."""
    services.engine()
    keeper = services.keeper()

    def work(tell: Callable[[str], None]) -> dict[str, Any]:
        made = keeper.back_up(lambda done, every: tell(progress(done, every)))
        services.audit(caller, "store.backup", made.name, f"{made.octets} octets")
        return backup_view(made)

    return success(202, operation=services.operations.start_telling("backup", work).view())


@router.get("/backups/{name}", response_class=FileResponse)
def fetch(name: BackupName, services: ServicesOf, caller: Admin) -> Response:
    """The file of a backup."""
    backup = services.keeper().backup(name)
    if services.control is not None:
        services.audit(caller, "store.fetch", backup.name)
    return FileResponse(backup.path, media_type="application/vnd.sqlite3", filename=backup.name)


@router.post("/check", status_code=202)
def check(services: ServicesOf, _: Operator) -> Response:
    """Look at every page, index and reference of the store."""
    keeper = services.keeper()

    def work() -> dict[str, Any]:
        return check_view(keeper.check())

    return success(202, operation=services.operations.start("db check", work).view())


@router.get("/size")
def size(services: ServicesOf, _: Viewer) -> Response:
    """How large the store is, and its tables."""
    return success(**size_view(services.keeper().size()))


def progress(done: int, every: int) -> str:
    """How far a copy is, in words."""
    return f"{done} of {every} pages copied"


def backup_view(backup: Backup) -> dict[str, Any]:
    """A backup as the API shows it."""
    return {
        "name": backup.name,
        "path": str(backup.path),
        "bytes": backup.octets,
        "made": backup.made_ms,
        "before_schema": backup.schema,
    }


def check_view(found: Checked) -> dict[str, Any]:
    """What a check found, as the API shows it."""
    return {"sound": not found.problems, **asdict(found)}


def size_view(found: Size) -> dict[str, Any]:
    """How large a store is, as the API shows it."""
    return {
        "bytes": found.octets,
        "wal_bytes": found.wal_octets,
        "free_bytes": found.free_octets,
        "backup_bytes": found.backup_octets,
        "tables": [
            {"name": name, "rows": rows, "bytes": octets}
            for name, (rows, octets) in found.tables.items()
        ],
    }


ROUTES.add("store", Resource(router))
