"""How long what is kept: the section ``[retention]`` of a configuration."""

from __future__ import annotations

from attrs import fields, frozen

from dlmslite_daemon.errors import ConfigError


@frozen
class RetentionSettings:
    """How long what is kept, days. Readings that a sink has yet to acknowledge stay longer.

    Attributes:
        raw: Readings as they were read.
        replay: Readings that all sinks acknowledged, so that they can be sent again. The longer
            one of ``raw`` and ``replay`` counts.
        quarters: Readings by the quarter of an hour.
        daily: Readings by the day.
        metrics: How meters, lines, sinks and the bridge did, by five minutes.
        diagnostics: Protocol events with their frames.
        diagnostics_rows: How many of them are kept of one meter, however young.
        alarms: Alarms that are over.
        audit: Actions of operators.
        dead_letters: Messages that a sink refused for good.
    """

    raw: float = 14.0
    replay: float = 14.0
    quarters: float = 396.0
    daily: float = 3653.0
    metrics: float = 35.0
    diagnostics: float = 35.0
    diagnostics_rows: int = 1_000
    alarms: float = 396.0
    audit: float = 3653.0
    dead_letters: float = 90.0

    def __attrs_post_init__(self) -> None:
        for one in fields(RetentionSettings):
            if getattr(self, one.name) < 1:
                unit = "row" if one.name == "diagnostics_rows" else "day"
                raise ConfigError(f"at least one {unit} is kept", key=one.name)
