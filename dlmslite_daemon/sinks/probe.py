"""Proves that a sink can be delivered to, and that somebody listens there.

A PUBACK of a broker to which nobody subscribes proves nothing. ThingsBoard answers a request for
attributes; on a plain broker the reason of an MQTT 5 PUBACK is the only hint: 16 says that no
subscriber matched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.sinks.base import (
    NO_MATCHING_SUBSCRIBERS,
    Acknowledged,
    Connected,
    Event,
    Listening,
    Lost,
    Outcome,
    Received,
)
from dlmslite_daemon.sinks.mqtt_client import MqttClient

NO_SUBSCRIBER = "sink-no-subscriber"
_STEP = 0.1  # seconds of one pump


@frozen
class SinkTrial:
    """How a sink's trial went.

    Attributes:
        ok: Whether the broker let us in and acknowledged a message, and answered where its kind
            promises an answer.
        seconds: How long it took.
        protocol: The MQTT version that was agreed; empty when it did not get so far.
        acknowledged: Whether the PUBACK came.
        listening: Whether somebody listens; None when the broker cannot say.
        warning: ``sink-no-subscriber``, or empty.
        code: A stable code of what went wrong; empty when nothing did.
        message: What went wrong; empty when nothing did.
        note: What these settings leave out, however the trial went; empty when nothing.
    """

    ok: bool = False
    seconds: float = 0.0
    protocol: str = ""
    acknowledged: bool = False
    listening: bool | None = None
    warning: str = ""
    code: str = ""
    message: str = ""
    note: str = ""


def probe(client: MqttClient, listening: Listening, clock: Clock, seconds: float) -> SinkTrial:
    """Connect, publish one message, and see who answers; the client is closed afterwards.

    Args:
        client: A client of its own, with a client id of its own.
        listening: What to publish, and where an answer would come.
        clock: The daemon's clock.
        seconds: How long it may take.
    """
    begun = clock.monotonic()
    trial = SinkTrial()
    client.open()
    tries = 2  # a broker without MQTT 5 is found out by the first
    try:
        while not _decided(trial, listening) and clock.monotonic() - begun < seconds:
            for event in client.pump(_STEP):
                if isinstance(event, Lost) and not trial.protocol and (tries := tries - 1):
                    client.open()
                    continue
                trial = _next(trial, event, client, listening)
    finally:
        client.close()
    trial = evolve(trial, seconds=clock.monotonic() - begun)
    if trial.acknowledged and listening.answers and trial.listening is None:
        # Where an answer is promised its absence is a verdict, and no hint.
        return evolve(
            trial,
            ok=False,
            listening=False,
            warning=NO_SUBSCRIBER,
            code="E-SINK-NO-THINGSBOARD",
            message="acknowledged, and no ThingsBoard answered the request for attributes",
        )
    if not trial.acknowledged and not trial.code:
        message = f"no answer within {seconds:g} s"
        return evolve(trial, code="E-SINK-SILENT", message=message)
    return trial


def probe_each(
    trials: Mapping[str, Callable[[float], SinkTrial]], clock: Clock, seconds: float
) -> SinkTrial:
    """Try the connections of several meters, one after another, until one fails.

    Args:
        trials: What tries each, given the seconds that are left.
        clock: The daemon's clock.
        seconds: How long all may take.
    """
    begun = clock.monotonic()
    whole = SinkTrial(ok=True, message="" if trials else "there is no meter yet to try it with")
    for meter, one in trials.items():
        left = seconds - (clock.monotonic() - begun)
        if left <= 0:
            break
        try:
            trial = one(left)
        except ConfigError as error:
            trial = SinkTrial(code=error.code, message=error.message)
        if not trial.ok:
            return evolve(trial, message=f"{meter}: {trial.message}")
        if whole.warning and not trial.warning:
            trial = evolve(trial, warning=whole.warning, listening=whole.listening)
        whole = trial
    return evolve(whole, seconds=clock.monotonic() - begun)


def _decided(trial: SinkTrial, listening: Listening) -> bool:
    heard = trial.listening is not None or not listening.answers
    return bool(trial.code) or (trial.acknowledged and heard)


def _next(trial: SinkTrial, event: Event, client: MqttClient, listening: Listening) -> SinkTrial:
    match event:
        case Connected(version):
            if listening.answers:
                client.subscribe(listening.answers)
            client.publish(listening.message)
            return evolve(trial, protocol=version)
        case Acknowledged(outcome=Outcome.SENT, code=code):
            if listening.answers or trial.protocol != "5":
                return evolve(trial, ok=True, acknowledged=True)
            nobody = code == NO_MATCHING_SUBSCRIBERS
            warning = NO_SUBSCRIBER if nobody else ""
            return evolve(trial, ok=True, acknowledged=True, listening=not nobody, warning=warning)
        case Acknowledged(reason=reason):
            return evolve(trial, code="E-SINK-MESSAGE-REFUSED", message=reason)
        case Received():
            return evolve(trial, listening=True)
        case Lost(code, cause):
            return evolve(trial, ok=False, code=code, message=cause)
    return trial
