"""Takes over what the old bridge's database says: meters, series, sinks, alarms.

The command line reads the file and sends its rows; here they are judged and entered. Every meter
arrives paused, and is marked: what is stored of its credentials was never proven.
"""

from __future__ import annotations

from typing import Annotated, Any

from attrs import asdict
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Admin, Body, Resource, ServicesOf
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.engine.unproven import CREDENTIALS, UNPROVEN
from dlmslite_daemon.importers.handover import Handover, handover
from dlmslite_daemon.importers.old_bridge import ALARMS_MAX, METERS_MAX
from dlmslite_daemon.sinks.base import sink_of

router = APIRouter(prefix="/api", tags=["meters"])

Rows = list[dict[str, Any]]


class OldBody(Body):
    """The rows of an old ``admin.db``, as they stand there."""

    meters: Annotated[Rows, Field(max_length=METERS_MAX, repr=False)]
    alarms: Annotated[Rows, Field(max_length=ALARMS_MAX, repr=False)] = Field(default_factory=list)
    dry_run: bool = False


@router.post("/import-old")
def import_old(body: OldBody, services: ServicesOf, caller: Admin) -> Response:
    """Enter the old bridge's meters, paused, with their series, sinks and alarms."""
    services.engine()
    taken = [record.name for record in services.store.meters()]
    sinks = [record.settings for record in services.store.sinks()]
    # The secrets of a dry run are sealed and stored never.
    seal = (lambda _: "sealed:-") if body.dry_run else services.seal
    found = handover(body.meters, body.alarms, taken, sinks, seal)
    for sink in found.sinks:
        sink_of(sink)
    numbers: dict[str, int] = {}
    if not body.dry_run:
        numbers = _enter(found, services)
        services.audit(caller, "import-old", "", f"{len(found.meters)} meters")
    return success(applied=not body.dry_run, **told(found, numbers))


def told(found: Handover, numbers: dict[str, int]) -> dict[str, Any]:
    """What is said of a handover; no secret is in it.

    Args:
        found: What goes over.
        numbers: The number that each meter has now; empty before it has one.
    """
    return {
        "count": len(found.meters),
        "meters": [{"id": numbers.get(one.settings.name), **one.view()} for one in found.meters],
        "sinks": [
            {
                "name": sink.name,
                "mode": sink.options["mode"],
                "host": sink.options["host"],
                "port": sink.options["port"],
                "meters": sink.options["meters"],
            }
            for sink in found.sinks
        ],
        "alarms": len(found.alarms),
        "faults": [asdict(fault) for fault in found.faults],
        "notes": list(found.notes),
    }


def _enter(found: Handover, services: Services) -> dict[str, int]:
    engine, store = services.engine(), services.store
    numbers = {}
    ours = {record.id for record in store.meters()}
    # Those that keep their number first: the others take what is left.
    for heir in sorted(found.meters, key=lambda heir: heir.number in ours):
        record = engine.add_meter(heir.settings, heir.number or None)
        store.note(record.name, {CREDENTIALS: UNPROVEN})
        numbers[record.name] = record.id
    known = {record.name for record in store.sinks()}
    for sink in found.sinks:
        if sink.name in known:
            engine.set_sink(sink)
        else:
            engine.add_sink(sink)
    store.save_alarms([(alarm, None) for alarm in found.alarms])
    return numbers


ROUTES.add("import_old", Resource(router))
