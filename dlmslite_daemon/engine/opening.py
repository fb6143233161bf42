"""Opens a session through the credential guard; the only way to one, for polls and trials alike.

The guard learns that a proof is about to be sent before the octets leave, and what became of it
before anybody else may send one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.shared import Gates
from dlmslite_daemon.meters.failure import Failure, FailureKind, MeterFailed
from dlmslite_daemon.meters.reader import Reader
from dlmslite_daemon.policies.base import Action, ProofAccepted, ProofLost, ProofRefused, ProofSent

REST = 2.0  # seconds between a close and the next connect on one endpoint (bridge.md 3)


def open_session(reader: Reader, guard: str | None, gates: Gates, clock: Clock) -> None:
    """Open the reader's session; the proof, if it sends one, goes through its guard.

    Args:
        reader: The meter's client side.
        guard: The key of the guard; None when no proof is sent.
        gates: Where the guards are.
        clock: The daemon's clock.

    Raises:
        MeterFailed: It did not come about, the guard lets no proof through (``E-METER-GUARD``), or
            another process has the line.
    """
    reader.claim()
    _prove(reader, reader.open, guard, gates, clock)


def open_again(reader: Reader, guard: str | None, gates: Gates, clock: Clock) -> None:
    """Set the link of a session that stands up again; its proof goes through the guard as well.

    Args:
        reader: The meter's client side.
        guard: The key of the guard; None when no proof is sent.
        gates: Where the guards are.
        clock: The daemon's clock.

    Raises:
        MeterFailed: It did not help, or the guard lets no proof through.
    """
    _prove(reader, reader.relink, guard, gates, clock)


def _prove(
    reader: Reader, associate: Callable[[], None], guard: str | None, gates: Gates, clock: Clock
) -> None:
    if guard is None:
        associate()
        return
    verdict = gates.may_prove(guard, clock.monotonic())
    if verdict.action is not Action.TRY:
        hint = "change the credential, or force one try: dlmslite-bridge resume ID --force"
        failure = Failure(FailureKind.SETTINGS, "E-METER-GUARD", verdict.reason, hint)
        raise MeterFailed(failure)
    gates.learn(guard, ProofSent(), clock.monotonic())
    try:
        associate()
    except MeterFailed as error:
        gates.learn(guard, _fate(error.failure, reader, clock), clock.monotonic())
        raise
    gates.learn(guard, ProofAccepted(), clock.monotonic())


def _fate(failure: Failure, reader: Reader, clock: Clock) -> ProofRefused | ProofLost:
    """What became of a proof when no association came about.

    Some meters refuse by a close or by silence. It counts as a refusal when the same meter answers
    the public client, after the rest that an endpoint needs between two connections.
    """
    if failure.kind is FailureKind.CREDENTIALS:
        return ProofRefused(failure.diagnostic)
    if failure.kind is FailureKind.LINK and reader.proof_went_out:
        clock.wait(threading.Event(), REST)
        if reader.public_answers():
            return ProofRefused("silence")
    return ProofLost()
