"""What a diagnosis finds: rungs with octets and times, one cause, what it is not, what to do next.

Whoever climbs the ladder (the meter's line, a sink's connection) fills ``Rung`` values; whoever
reads (the plan, the page, the command line) gets a ``Finding``. The tables are in ``causes.py``.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Self

from attrs import asdict, field, frozen

from dlmslite_daemon.causes import MEANINGS, RUNGS, Cause, Confidence

_NOTED = (
    Cause.RANDOM_LOSS, Cause.CONVERTER_IDLE_LIMIT, Cause.METER_IDLE_LIMIT, Cause.SLOW,
    Cause.SINK_NO_SUBSCRIBER, Cause.CLOCK_DRIFT,
)  # fmt: skip
FINDINGS_KEPT = 100  # of each meter
OCTETS_SHOWN = 64  # of each direction of a rung; the rest is counted


class Step(StrEnum):
    """How a rung went."""

    PASSED = "passed"
    NOTED = "noted"
    """It passed, and showed something that is not as it should be."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was not tried, or its result proves nothing."""


@frozen(kw_only=True)
class Rung:
    """One rung that was climbed, with its evidence.

    Attributes:
        name: Its name in ``LADDER``.
        step: How it went.
        told: What came of it, in one sentence.
        seconds: How long it took.
        octets_sent: How many octets went.
        octets_received: How many came.
        sent: The first of them, as hexadecimal text; empty where they hold a secret.
        received: The first that came.
        cause: What it proves; None while it proves nothing.
        confidence: How sure that is.
        sink: The sink that it tried; empty for the meter's own rungs.
        command: The next command, where what was seen tells more of it than the cause does.
    """

    name: str
    step: Step
    told: str = ""
    seconds: float = 0.0
    octets_sent: int = 0
    octets_received: int = 0
    sent: str = ""
    received: str = ""
    cause: Cause | None = None
    confidence: Confidence = Confidence.HIGH
    sink: str = ""
    command: str = ""


@frozen(kw_only=True)
class Finding:
    """What a diagnosis came to.

    Attributes:
        meter: The meter's name.
        ts_ms: When it ended, ms UTC.
        kind: ``test``, ``diagnose`` or ``commission``.
        cause: Its cause; ``ok`` when every rung passed.
        confidence: How sure it is.
        evidence: What proves it, one sentence each, with octets and times.
        ruled_out: What it is not: ``cause: why``.
        next_action: The command to type next.
        advice: What to do beside it; may be empty.
        rungs: Every rung that was climbed, in order.
        seconds: How long all of it took.
    """

    meter: str
    ts_ms: int
    kind: str
    cause: Cause
    confidence: Confidence
    evidence: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    next_action: str = ""
    advice: str = ""
    rungs: tuple[Rung, ...] = field(default=(), repr=False)
    seconds: float = 0.0

    @property
    def healthy(self) -> bool:
        """Whether no fault was found."""
        return self.cause is Cause.OK

    @property
    def summary(self) -> str:
        """The cause, in one sentence."""
        return MEANINGS[self.cause].summary

    def view(self) -> dict[str, Any]:
        """The finding as JSON knows it; the way back is ``restored``."""
        return {**asdict(self), "summary": self.summary}

    def text(self) -> str:
        """The finding as the store keeps it."""
        return json.dumps(self.view(), separators=(",", ":"))

    @classmethod
    def restored(cls, text: str) -> Self:
        """A finding as the store kept it."""
        parts: dict[str, Any] = json.loads(text)
        parts.pop("summary")
        for name in ("evidence", "ruled_out"):
            parts[name] = tuple(parts[name])
        rungs = tuple(_rung(rung) for rung in parts.pop("rungs"))
        cause, confidence = Cause(parts.pop("cause")), Confidence(parts.pop("confidence"))
        return cls(**parts, cause=cause, confidence=confidence, rungs=rungs)


@frozen
class FindingRecord:
    """A finding as the store keeps it.

    Attributes:
        finding: The finding.
        page: The page of a commissioning, as Markdown; empty otherwise.
    """

    finding: Finding
    page: str = field(default="", repr=False)


def _rung(parts: dict[str, Any]) -> Rung:
    cause = parts.pop("cause")
    return Rung(
        **{
            **parts,
            "step": Step(parts["step"]),
            "confidence": Confidence(parts["confidence"]),
            "cause": None if cause is None else Cause(cause),
        }
    )


def conclude(meter: str, kind: str, ts_ms: int, rungs: tuple[Rung, ...], seconds: float) -> Finding:
    """What the rungs mean together: the first that failed, else the gravest that noted something.

    Args:
        meter: The meter's name.
        kind: What was done.
        ts_ms: When it ended, ms UTC.
        rungs: What was climbed, in order.
        seconds: How long it took.
    """
    failed = [rung for rung in rungs if rung.step is Step.FAILED][:1]
    noted = sorted((rung for rung in rungs if rung.step is Step.NOTED), key=_weight)
    deciding = next(iter((*failed, *noted)), None)
    cause = Cause.OK if deciding is None else deciding.cause or Cause.UNKNOWN
    confidence = Confidence.HIGH if deciding is None else deciding.confidence
    shown = rungs if deciding is None else (*failed, *noted)
    meaning = MEANINGS[cause]
    sink = deciding.sink if deciding is not None else ""
    names = {"meter": meter, "sink": sink}
    told = deciding.command if deciding is not None else ""
    action = (told or meaning.next_action).format(**names)
    return Finding(
        meter=meter,
        ts_ms=ts_ms,
        kind=kind,
        cause=cause,
        confidence=confidence,
        evidence=tuple(_evidence(rung) for rung in shown if rung.step is not Step.SKIPPED),
        ruled_out=_ruled_out(rungs, cause),
        next_action=action,
        advice=meaning.advice.format(**names),
        rungs=rungs,
        seconds=round(seconds, 3),
    )


def _weight(rung: Rung) -> int:
    """The place of what a rung noted among the others; the gravest first."""
    return _NOTED.index(rung.cause) if rung.cause in _NOTED else -1


def _evidence(rung: Rung) -> str:
    amounts = f"{rung.octets_sent} octets out, {rung.octets_received} in"
    octets = f"; received {rung.received}" if rung.received and rung.step is not Step.PASSED else ""
    where = f"{rung.name} ({rung.sink})" if rung.sink else rung.name
    return f"{where}: {rung.told} ({amounts}, {rung.seconds * 1000:.0f} ms){octets}"


def _ruled_out(rungs: tuple[Rung, ...], cause: Cause) -> tuple[str, ...]:
    noted = {rung.cause for rung in rungs} | {cause}
    found: dict[Cause, str] = {}
    for rung in rungs:
        if rung.step not in {Step.PASSED, Step.NOTED}:
            continue
        for other in RUNGS[rung.name].rules_out:
            if other not in noted:
                found.setdefault(other, f"{other.value}: {rung.told or RUNGS[rung.name].tries}")
    return tuple(found.values())
