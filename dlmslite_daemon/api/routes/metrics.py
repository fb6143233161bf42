"""Metrics in the text format of Prometheus: what is counted, and the state at this moment.

A meter has a handful of series, whatever happens to it; histograms are for the fleet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from dlmslite_daemon.api.routes.base import ROUTES, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.version import version
from dlmslite_daemon.engine.health import Health, Observed
from dlmslite_daemon.errors import DaemonUnreachable

router = APIRouter(tags=["metrics"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "The text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def metrics(services: ServicesOf, _: Viewer) -> Response:
    """What is counted, and the state at this moment."""
    health = services.health()
    if services.metrics is None or health is None:
        raise DaemonUnreachable("no daemon runs, and nothing is counted")
    registry = CollectorRegistry()
    registry.register(_Moment(health, services.streams.count))
    text = services.metrics.render() + generate_latest(registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class _Moment(Collector):
    """The state at one moment.

    Args:
        health: The state.
        streams: How many follow the log, the frames or the fleet.
    """

    def __init__(self, health: Health, streams: int) -> None:
        self._health = health
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        health = self._health
        yield InfoMetricFamily("dlmslite_build", "What runs", {"version": version()})
        yield _one("uptime_seconds", "Since the daemon started", health.uptime_seconds)
        yield _one("health", "The verdict: 0 ok, 1 degraded, 2 failed", int(health.overall))
        yield _one("api_streams", "Listeners to event streams", self._streams)
        yield _one("store_bytes", "Size of the store on disk", int(health.store["bytes"]))
        threads = _family("thread_alive", "Whether a thread runs", "thread")
        for thread in health.threads:
            threads.add_metric([thread.name], thread.alive)
        yield threads
        yield from self._meters()

    def _meters(self) -> Iterator[Metric]:
        meters = self._health.meters
        states = _family("meters_observed", "Meters by observed state", "state")
        counts = Counter(meter.observed for meter in meters)
        for state in Observed:
            states.add_metric([state.value], counts[state])
        yield states
        online = _family("meter_online", "Whether the last poll brought every value", "meter")
        read = _family("meter_last_reading_timestamp_seconds", "Time of the newest value", "meter")
        drift = _family("meter_clock_drift_seconds", "The meter's clock minus ours", "meter")
        for meter in meters:
            online.add_metric([meter.name], meter.observed is Observed.ONLINE)
            if meter.last_reading_ms is not None:
                read.add_metric([meter.name], meter.last_reading_ms / 1000)
            if meter.drift_seconds is not None:
                drift.add_metric([meter.name], meter.drift_seconds)
        yield from (online, read, drift)


def _family(name: str, text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dlmslite_{name}", text, labels=[label])


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dlmslite_{name}", text, value=value)


ROUTES.add("metrics", Resource(router))
