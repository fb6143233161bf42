"""The sink's rungs of the diagnosis ladder: let in, acknowledged, and not pushed out by another.

The trial is a connection of its own, with a client id of its own, so that it never takes the live
session away. Whether somebody else does is seen on the live connection: MQTT 5 brokers say so, and
others only close it, again and again, while a client with another id is left alone.
"""

from __future__ import annotations

from attrs import evolve, frozen

from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.finding import Rung, Step
from dlmslite_daemon.sinks.probe import NO_SUBSCRIBER, SinkTrial

TAKEN_OVER = "E-SINK-TAKEN-OVER"
LOST = "E-SINK-LOST"
LOSSES = 2  # in one watch, that are no accident any more
TAKEOVER_RECENT_MS = 600_000  # a take-over longer ago is over


@frozen
class Live:
    """What the live connection of a sink has seen of late.

    Attributes:
        code: The code of its last fault; empty where there was none.
        message: The fault, in words.
        ago_ms: How long ago that was, ms.
        connected: Whether it stands now.
        losses: How often it was lost while it was watched.
    """

    code: str = ""
    message: str = ""
    ago_ms: int = 0
    connected: bool = False
    losses: int = 0


def rungs_of(sink: str, trial: SinkTrial, live: Live) -> tuple[Rung, ...]:
    """The rungs ``broker``, ``puback`` and ``takeover``, up to the first that fails.

    Args:
        sink: Its name.
        trial: How its trial went.
        live: What the live connection has seen.
    """
    broker = _broker(trial)
    climbed = [broker]
    if broker.step is not Step.FAILED:
        climbed.append(_puback(trial))
    if climbed[-1].step is not Step.FAILED:
        climbed.append(_takeover(live))
    return tuple(evolve(rung, sink=sink) for rung in climbed)


def _broker(trial: SinkTrial) -> Rung:
    if trial.protocol:
        told = f"let in with MQTT {trial.protocol}"
        return Rung(name="broker", step=Step.PASSED, told=told, seconds=trial.seconds)
    if trial.acknowledged:
        return Rung(name="broker", step=Step.PASSED, told="it is there", seconds=trial.seconds)
    refused = trial.code == "E-SINK-REFUSED"
    is_sure = refused or trial.code == "E-SINK-UNREACHABLE"
    return Rung(
        name="broker",
        step=Step.FAILED,
        told=f"{trial.code}: {trial.message}",
        seconds=trial.seconds,
        cause=Cause.BAD_TOKEN if refused else Cause.BROKER_DOWN,
        confidence=Confidence.HIGH if is_sure else Confidence.MEDIUM,
    )


def _puback(trial: SinkTrial) -> Rung:
    seconds = trial.seconds
    if trial.acknowledged and trial.warning == NO_SUBSCRIBER:
        return Rung(
            name="puback",
            step=Step.NOTED,
            told="acknowledged, and the broker knows no subscriber",
            seconds=seconds,
            cause=Cause.SINK_NO_SUBSCRIBER,
            confidence=Confidence.LOW,
        )
    if trial.acknowledged:
        return Rung(name="puback", step=Step.PASSED, told="acknowledged", seconds=seconds)
    refuses = trial.code == "E-SINK-MESSAGE-REFUSED"
    return Rung(
        name="puback",
        step=Step.FAILED,
        told=f"{trial.code}: {trial.message}",
        seconds=seconds,
        cause=Cause.SINK_REFUSES if refuses else Cause.BROKER_DOWN,
        confidence=Confidence.HIGH if refuses else Confidence.MEDIUM,
    )


def _takeover(live: Live) -> Rung:
    recent = live.ago_ms <= TAKEOVER_RECENT_MS
    if live.code == TAKEN_OVER and recent:
        told = f"{live.ago_ms / 1000:.0f} s ago the broker said: {live.message}"
        return Rung(name="takeover", step=Step.FAILED, told=told, cause=Cause.DUPLICATE_CLIENT)
    if live.losses >= LOSSES:
        told = f"the live session was lost {live.losses} times, and one with another id was not"
        return Rung(
            name="takeover",
            step=Step.FAILED,
            told=told,
            cause=Cause.DUPLICATE_CLIENT,
            confidence=Confidence.MEDIUM,
        )
    if live.connected:
        told = "the live session stands, and nobody took it of late"
        return Rung(name="takeover", step=Step.PASSED, told=told)
    return Rung(name="takeover", step=Step.SKIPPED, told="no live session stands")
