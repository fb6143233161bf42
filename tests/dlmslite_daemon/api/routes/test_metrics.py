"""Metrics are read by Prometheus' own parser; a meter has a handful of series and no more."""

from __future__ import annotations

import asyncio
import re

import httpx
from attrs import evolve
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from rig.bridge import KITCHEN, Bridge, ask

from dlmslite_daemon.api.auth import through

PER_METER = 24  # series of one meter at most, whatever happens to it


def scrape(parts: Bridge) -> tuple[str, dict[str, Metric]]:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(through(parts.app, local=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            return await client.get("/metrics")

    answer = asyncio.run(get())
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}
    return answer.text, families


def test_every_family_has_the_prefix_a_help_and_a_name_by_the_conventions(parts: Bridge) -> None:
    text, families = scrape(parts)
    assert len(families) > 35
    for family in families.values():
        assert re.fullmatch(r"dlmslite_[a-z0-9_]+", family.name)
        assert family.documentation
        assert not re.search(r"_(ms|minutes|kb|percent)\b", family.name), "base units"
        if family.type == "counter":
            assert all(s.name.endswith("_total") for s in family.samples), family.name
    assert len(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)) == len(
        set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    )


def test_the_state_of_the_moment_is_told(parts: Bridge) -> None:
    parts.services.streams.enter()
    _, families = scrape(parts)

    def value(name: str) -> float:
        return families[f"dlmslite_{name}"].samples[0].value

    assert value("health") == 0
    assert value("api_streams") == 1
    assert value("uptime_seconds") == 60
    assert value("store_bytes") > 0
    assert value("meter_online") == 1
    online = [s for s in families["dlmslite_meters_observed"].samples if s.value]
    assert [(s.labels["state"], s.value) for s in online] == [("online", 1)]


def test_a_meter_has_a_handful_of_series(parts: Bridge) -> None:
    for number in range(20):
        parts.store.add_meter(evolve(KITCHEN, name=f"m{number}"))
        metrics = parts.services.metrics
        assert metrics is not None
        for result in ("complete", "partial", "empty", "failed", "overrun"):
            metrics.polls.labels(f"m{number}", result).inc()
        for result in ("opened", "failed"):
            metrics.connects.labels(f"m{number}", result).inc()
        metrics.reassociations.labels(f"m{number}").inc()
        for kind in ("fcs", "hcs", "length", "sequence", "frame", "noise", "format", "other"):
            metrics.protocol_errors.labels(f"m{number}", kind).inc()
    text, _ = scrape(parts)
    assert text.count('meter="m7"') <= PER_METER


def test_numbers_are_not_for_everybody(parts: Bridge) -> None:
    assert ask(parts.app, "GET", "/metrics", local=False)[0] == 401
    app = parts.app
    parts.app.state.services = evolve(parts.services, control=None)  # type: ignore[attr-defined]  # starlette: state has any attribute
    status, content = ask(app, "GET", "/metrics")
    assert (status, content["error"]["code"]) == (503, "E-DAEMON-UNREACHABLE")
