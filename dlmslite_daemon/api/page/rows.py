"""The rows of the fleet's table: what the engine sees, with as few questions as possible.

A thousand meters are looked at again and again while somebody watches. What the list of the API
tells beside (metrics, settings) would cost a question for each of them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from dlmslite_daemon.api.fleet import meter_rows
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.engine.backlog import Backlog
from dlmslite_daemon.engine.health import MeterHealth

SERIAL_SECONDS = 60.0  # how old what is known of the serial numbers may be


class Rows:
    """Gathers the rows.

    Args:
        services: The same as the routes ask.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._serials: dict[str, str | None] = {}
        self._serials_until = 0.0

    def gather(self) -> list[dict[str, Any]]:
        """Every meter as a row, by number."""
        services = self._services
        health = services.health()
        if health is None:
            return meter_rows(services)
        pending = Backlog(services.store).of_meters()
        alarms = Counter(one.subject for one in services.store.alarms() if not one.muted)
        serials = self._numbers(health.meters)
        return [
            {
                "id": meter.id,
                "name": meter.name,
                "line": meter.line,
                "desired": meter.desired.value,
                "observed": meter.observed.value,
                "reason": meter.reason,
                "last_reading": meter.last_reading_ms,
                "success_1h": meter.success_1h,
                "serial_number": serials.get(meter.name),
                "pending": pending.get(meter.name, 0),
                "alarms": alarms[meter.name],
            }
            for meter in health.meters
        ]

    def _numbers(self, meters: tuple[MeterHealth, ...]) -> dict[str, str | None]:
        """The serial numbers, from the notebooks."""
        now = self._services.clock.monotonic()
        if now >= self._serials_until:
            self._serials.clear()
            self._serials_until = now + SERIAL_SECONDS
        for meter in meters:
            if meter.name not in self._serials:
                notes = self._services.store.notebook(meter.name)
                self._serials[meter.name] = notes.get("serial")
        return self._serials
