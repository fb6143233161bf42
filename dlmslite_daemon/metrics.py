"""Counters and gauges of the process, in one registry of its own (prometheus-client).

Names follow the conventions of Prometheus and begin with ``dlmslite_``. Histograms are for the
fleet, never for each meter: a thousand meters must not cost a thousand histograms.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

# A time of birth beside each counter would double the series, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs has no annotations

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_COMMIT_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)


class Metrics:
    """Every metric of one daemon.

    Attributes:
        polls: Polls by meter and result: complete, partial, empty, failed, overrun.
        poll_seconds: First request to last response of a poll.
        poll_delay_seconds: How late polls began.
        connects: Connections by meter and result: opened, failed.
        reassociations: Unplanned re-associations by meter.
        protocol_errors: Discarded frames by meter and kind.
        alarms_active: Open alarms by code.
        readings_stored: Readings that are new in the store.
        readings_duplicate: Readings that were there already.
        readings_refused: Readings of meters or series that were removed meanwhile.
        readings_lost: Readings that were not taken because too much waited for the disk.
        store_waiting_bytes: About how much waits for a commit.
        store_commit_seconds: How long commits take.
        store_failures: Commits that failed and were tried again, by error code.
        sink_messages: Messages by sink and result: acknowledged, refused.
        sink_readings: Acknowledged readings by sink.
        sink_pending: Readings not yet acknowledged, by sink and lane.
        sink_connected: Whether a sink's connection is up, by sink.
        sink_disconnects: Lost connections by sink.
        thread_restarts: Threads that ended with an error and were started again, by thread.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"dlmslite_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"dlmslite_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"dlmslite_{name}", text, buckets=buckets, registry=registry)

        self.polls = counter("polls", "Polls", "meter", "result")
        self.poll_seconds = histogram("poll_seconds", "Duration of polls", _SECONDS)
        self.poll_delay_seconds = histogram("poll_delay_seconds", "Lateness of polls", _SECONDS)
        self.connects = counter("connects", "Connections", "meter", "result")
        self.reassociations = counter("reassociations", "Unplanned re-associations", "meter")
        self.protocol_errors = counter("protocol_errors", "Discarded frames", "meter", "kind")
        self.alarms_active = gauge("alarms_active", "Open alarms", "code")
        self.readings_stored = counter("readings_stored", "Readings stored")
        self.readings_duplicate = counter("readings_duplicate", "Readings that were there already")
        self.readings_refused = counter("readings_refused", "Readings of unknown meters or series")
        self.readings_lost = counter("readings_lost", "Readings not taken: too much waited")
        self.store_waiting_bytes = gauge("store_waiting_bytes", "Octets that wait for a commit")
        self.store_commit_seconds = histogram(
            "store_commit_seconds", "Duration of commits", _COMMIT_SECONDS
        )
        self.store_failures = counter("store_failures", "Commits tried again", "code")
        self.sink_messages = counter("sink_messages", "Messages", "sink", "result")
        self.sink_readings = counter("sink_readings", "Acknowledged readings", "sink")
        self.sink_pending = gauge("sink_pending", "Readings not acknowledged", "sink", "lane")
        self.sink_connected = gauge("sink_connected", "Whether the connection is up", "sink")
        self.sink_disconnects = counter("sink_disconnects", "Lost connections", "sink")
        # Memory, descriptors, CPU: of this process, under our own prefix like the rest.
        ProcessCollector(namespace="dlmslite", registry=registry)
        self.thread_restarts = counter("thread_restarts", "Threads started again", "thread")

    @staticmethod
    def total(counter: Counter) -> int:
        """What a counter came to, over all its labels."""
        return round(
            sum(
                sample.value
                for family in counter.collect()
                for sample in family.samples
                if sample.name.endswith("_total")
            )
        )

    def render(self) -> bytes:
        """All of them in the text format of Prometheus."""
        return generate_latest(self.registry)

    def forget_meter(self, meter: str) -> None:
        """Drop the metrics of a meter that was removed."""
        for metric in (self.polls, self.connects, self.protocol_errors, self.reassociations):
            # Of the labels "meter" is the first, in each of them.
            own = {
                tuple(sample.labels.values())
                for family in metric.collect()
                for sample in family.samples
                if sample.labels["meter"] == meter
            }
            for labels in own:
                metric.remove(*labels)
