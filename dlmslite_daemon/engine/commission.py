"""The page of a commissioning: what was found at a meter, and what is recommended. Pure.

In: the finding and what the expedition brought. Out: one page of Markdown, without a secret.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Sequence

from dlmslite_daemon.causes import RUNGS
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.expedition import Brought
from dlmslite_daemon.engine.load import WARNED
from dlmslite_daemon.finding import Finding
from dlmslite_daemon.meters.long_run import Gap, Pace

TIMEOUT_FACTOR = 4.0  # times the 99th percentile that a response timeout should be
MIN_TIMEOUT, MAX_TIMEOUT = 2.0, 10.0  # s


def page_of(
    settings: MeterSettings, finding: Finding, brought: Brought, *, shared_line: bool
) -> str:
    """The page.

    Args:
        settings: The meter.
        finding: What it came to.
        brought: What was measured.
        shared_line: Whether other meters are on its line, so that no idle gap was tried.
    """
    when = dt.datetime.fromtimestamp(finding.ts_ms / 1000, dt.UTC)
    lines = [
        f"# Commissioning of {settings.name}",
        "",
        f"{when:%Y-%m-%d %H:%M:%S} UTC, {finding.seconds:.0f} s.",
        f"**{finding.cause.value}** ({finding.confidence.value}): {finding.summary}.",
        "",
        "| what | found |",
        "| --- | --- |",
        *(f"| {what} | {_cell(found)} |" for what, found in _facts(settings, brought)),
        "",
        "## Recommended",
        "",
        *(f"- {line}" for line in recommended(settings, finding, brought, shared_line=shared_line)),
        "",
        "## Rungs",
        "",
        "| rung | tries | went | octets out, in | ms | what came of it |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {rung.name}{f' ({rung.sink})' if rung.sink else ''} | {RUNGS[rung.name].tries} "
            f"| {rung.step.value} | {rung.octets_sent}, {rung.octets_received} "
            f"| {rung.seconds * 1000:.0f} | {_cell(rung.told)} |"
            for rung in finding.rungs
        ),
        "",
    ]
    if finding.ruled_out:
        lines += ["## Ruled out", "", *(f"- {line}" for line in finding.ruled_out), ""]
    return "\n".join(lines)


def _facts(settings: MeterSettings, brought: Brought) -> Iterator[tuple[str, str]]:
    yield "line", settings.url
    yield "client, server", f"{settings.client}, {settings.server}"
    yield "association", brought.agreed or "none came about"
    for value in brought.values:
        shown = f"{value.text} {value.unit}".rstrip() if value.text is not None else value.error
        yield f"{value.key} ({value.obis})", shown
    if brought.pace is not None:
        yield "reads", _reads(brought.pace)
    for gap in brought.gaps:
        yield f"idle for {gap.seconds:g} s", gap.told
    profile = brought.profile
    if profile is not None and profile.obis:
        yield (
            "load profile",
            f"{profile.obis}, a row each {profile.period} s, {profile.in_use} rows",
        )
        yield "its columns", ", ".join(profile.columns)
        yield "rows read", f"{profile.rows}, from {profile.first} to {profile.last}"
    elif profile is not None:
        yield "load profile", profile.told or "none of the usual ones"


def _reads(pace: Pace) -> str:
    shares = ", ".join(
        f"p{share * 100:.0f} {pace.quantile(share) * 1000:.0f} ms" for share in (0.5, 0.95, 0.99)
    )
    seen = Counter(pace.discarded)
    thrown = ", ".join(f"{kind} {count}" for kind, count in sorted(seen.items()))
    return f"{pace.count}, {pace.lost} lost; {shares}{f'; discarded: {thrown}' if thrown else ''}"


def recommended(
    settings: MeterSettings, finding: Finding, brought: Brought, *, shared_line: bool
) -> list[str]:
    """What follows from what was measured, one sentence each.

    Args:
        settings: The meter.
        finding: What it came to.
        brought: What was measured.
        shared_line: Whether other meters are on its line.
    """
    lines = []
    if not finding.healthy:
        advice = f" {finding.advice[0].upper()}{finding.advice[1:]}." if finding.advice else ""
        lines.append(f"Next: `{finding.next_action}`.{advice}")
    lines += _of_pace(settings, brought.pace)
    lines += _of_gaps(settings, brought.gaps)
    if shared_line:
        lines.append("Other meters wait for this line, so no idle gap was tried.")
    profile = brought.profile
    if profile is not None and profile.obis and profile.rows:
        lines.append(
            f"Missed intervals can be read back: the profile holds about "
            f"{profile.in_use * profile.period / 86_400:.1f} days."
        )
    return lines or ["Nothing: it may be left as it is."]


def _of_pace(settings: MeterSettings, pace: Pace | None) -> list[str]:
    if pace is None or not pace.seconds:
        return []
    lines = []
    wanted = min(MAX_TIMEOUT, max(MIN_TIMEOUT, math.ceil(TIMEOUT_FACTOR * pace.quantile(0.99))))
    if wanted > settings.timeout:
        lines.append(f"A response timeout of {wanted:g} s; {settings.timeout:g} s is short.")
    series = max(1, sum(1 for one in settings.series if one.enabled))
    busy = series * pace.quantile(0.5)
    if busy > WARNED * settings.every:
        longer = math.ceil(busy / WARNED)
        lines.append(
            f"An interval of {longer} s at least: {series} series take about {busy:.1f} s of "
            f"{settings.every:g} s."
        )
    else:
        lines.append(
            f"The interval of {settings.every:g} s is fine: {series} series take {busy:.1f} s."
        )
    return lines


def _of_gaps(settings: MeterSettings, gaps: Sequence[Gap]) -> list[str]:
    ended = next((gap for gap in gaps if not gap.survived), None)
    if ended is None:
        return []
    outlived = max((gap.seconds for gap in gaps if gap.survived), default=0.0)
    if settings.release_after > outlived:
        limit = f"release_after = {outlived:g}; it is {settings.release_after:g}"
        return [f"Release after each poll when the interval exceeds {outlived:g} s ({limit})."]
    return [f"release_after = {settings.release_after:g} s is fine: the session outlives it."]


def _cell(text: str) -> str:
    """Text that fits into a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")
