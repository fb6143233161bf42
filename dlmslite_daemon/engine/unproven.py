"""Meters whose credentials nobody has proven: their first association comes before any poll.

``import-old`` takes over what the old database says of a client and a password, which the old
service never used. One association tells whether they are right; more would spend tries that a
meter counts.
"""

from __future__ import annotations

from typing import Protocol

from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.trial import Trial
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.store.base import Store

CREDENTIALS = "credentials"  # the entry of a meter's notebook
UNPROVEN = "unproven"
PROOF_SECONDS = 15.0


class Prover(Protocol):
    """What is needed of ``Control``."""

    def try_meter(self, settings: MeterSettings, seconds: float) -> Trial:
        """Try a meter on the thread of its line."""
        ...


def is_unproven(store: Store, meter: str) -> bool:
    """Whether a meter waits for its first association.

    Raises:
        UnknownMeter: There is none.
    """
    return store.notebook(store.meter(meter).name).get(CREDENTIALS) == UNPROVEN


def prove(engine: Prover, store: Store, meter: str) -> None:
    """Associate once; what was proven is not asked again.

    Raises:
        UnknownMeter: There is no such meter.
        BridgeError: It did not let us in; it stays as it is.
    """
    record = store.meter(meter)
    trial = engine.try_meter(record.settings, PROOF_SECONDS)
    if not trial.association:
        fault = trial.fault
        why = "no association came about" if fault is None else fault.message
        raise BridgeError(
            f"{record.name} stays paused, its credentials are unproven: {why}",
            code="E-METER-UNPROVEN" if fault is None else fault.code,
            hint=f"dlmslite-bridge test {record.name}; meter set {record.name} --client N"
            " --password-prompt; resume --force polls it all the same",
        )
    store.note(record.name, {CREDENTIALS: None})
