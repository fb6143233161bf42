"""Meters as tables: import of CSV, JSON and TOML, and export to them; no secret leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from attrs import asdict
from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.api.envelope import failure, success
from dlmslite_daemon.api.routes.base import ROUTES, Admin, Body, Resource, ServicesOf
from dlmslite_daemon.api.tables import applied, tried
from dlmslite_daemon.importers.base import ImportRefused
from dlmslite_daemon.importers.export import exported
from dlmslite_daemon.importers.tables import Format, read, template

router = APIRouter(prefix="/api/meters", tags=["meters"])


class ImportBody(Body):
    """A table of meters."""

    format: Format = Field(strict=False)  # text becomes its member
    text: str = Field(repr=False)
    dry_run: bool = False
    partial: bool = Field(default=False, description="Apply the sound rows when some are not.")
    trial: bool = Field(
        default=False, description="Try each meter before anything is saved; takes its time."
    )


@router.post("/import", responses={202: {"description": "The trials are under way."}})
def import_table(body: ImportBody, services: ServicesOf, caller: Admin) -> Response:
    """Add the meters of a table; none if a row has a fault, unless partial is wanted.

    With ``trial`` the answer is 202 and an operation; its result is what is said here.
    """
    control = services.engine()
    # The secrets of a dry run are sealed only for a trial, and stored never.
    seal = services.seal if body.trial or not body.dry_run else (lambda _: "sealed:-")
    taken = [record.name for record in services.store.meters()]
    try:
        sheet = read(body.text, body.format, seal).checked(taken, partial=body.partial)
    except ImportRefused as error:
        return failure(error, {}, faults=[asdict(fault) for fault in error.faults])

    def work(tell: Callable[[str], None]) -> dict[str, Any]:
        try:
            proved = sheet
            if body.trial:
                proved = tried(sheet, control, partial=body.partial, tell=tell)
        except ImportRefused as error:
            faults = [asdict(fault) for fault in error.faults]
            return {
                "applied": False,
                "rows": sheet.rows,
                "count": 0,
                "meters": [],
                "faults": faults,
            }
        result = applied(proved, control.add_meter, dry_run=body.dry_run)
        if result["applied"]:
            services.audit(caller, "meter.import", "", f"{result['count']} meters")
        return result

    if body.trial:
        return success(
            202, operation=services.operations.start_telling("meter import", work).view()
        )
    return success(**work(lambda _text: None))


@router.get("/import/template")
def import_template(
    _: Admin, form: Annotated[Format, Query(alias="format")] = Format.CSV
) -> Response:
    """A file to begin with."""
    return success(format=form.value, text=template(form))


@router.get("/export")
def export_table(
    services: ServicesOf,
    _: Admin,
    form: Annotated[Format, Query(alias="format")] = Format.TOML,
    meter: Annotated[list[str] | None, Query(description="Only these; all without any.")] = None,
) -> Response:
    """Meters as a file that can be imported; a sealed password becomes a variable's name."""
    store = services.store
    records = [store.meter(name) for name in meter] if meter else store.meters()
    export = exported([record.settings for record in records], form)
    return success(
        format=form.value,
        count=len(records),
        text=export.text,
        variables=dict(export.variables),
    )


ROUTES.add("tables", Resource(router))
