"""What a client hands out: a load profile, and the clock as it was read.

A handle is thin: it remembers what it is of and runs procedures through the client's pump.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Self

from dlmslite.cosem.classes.clock import drift
from dlmslite.errors import ConfigurationError
from dlmslite.procedures.load_profile import ProfileShape, entries, read_shape, rows
from dlmslite.procedures.read import Notebook, read_attribute
from dlmslite.pump import Pump
from dlmslite.records import frozen
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference
from dlmslite.values.table import Column, Row
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime

CLOCK = AttributeReference(8, Obis.parse("0.0.1.0.0.255"), 2)  # the time of a meter's clock


@frozen
class MeterClock:
    """A meter's clock as it was read.

    Attributes:
        moment: What it showed, aware.
        ahead: How far it was ahead of this machine's clock at the middle of the exchange.
        shown: What it showed, as the meter wrote it.
    """

    moment: dt.datetime
    ahead: dt.timedelta
    shown: CosemDateTime

    @classmethod
    def read(cls, pump: Pump, policy: TimePolicy) -> Self:
        """Read it once, now.

        Raises:
            ServiceError: The meter answered with an error.
            DlmsError: The exchange failed, or the answer is no time.
        """
        before = dt.datetime.now(dt.UTC)
        value = pump.run(read_attribute(CLOCK))
        after = dt.datetime.now(dt.UTC)
        shown = CosemDateTime.parse(value.plain)
        moment = policy.aware(shown)
        return cls(moment, drift(moment, before, after), shown)

    def time(self) -> dt.datetime:
        """What the meter's clock showed, aware."""
        return self.moment

    def drift(self) -> dt.timedelta:
        """How far the meter's clock is ahead of this machine's."""
        return self.ahead


class Profile:
    """One load profile of a meter.

    Args:
        pump: What performs its requests.
        notebook: What its client knows of the meter.
        policy: How the meter's clock maps to UTC.

    Attributes:
        obis: Its logical name.
    """

    def __init__(self, pump: Pump, notebook: Notebook, policy: TimePolicy, obis: Obis) -> None:
        self.obis = obis
        self._pump = pump
        self._notebook = notebook
        self._policy = policy
        self._shape: ProfileShape | None = None

    @property
    def shape(self) -> ProfileShape:
        """Columns and capture period, read once: captured objects with their scalers and units."""
        if self._shape is None:
            shape = read_shape(self.obis, self._policy, self._notebook)
            self._shape = self._pump.run(shape)
        return self._shape

    @property
    def columns(self) -> Sequence[Column]:
        """The captured columns, in the order of the buffer."""
        return self.shape.layout.columns

    def rows(
        self, start: dt.datetime | None = None, end: dt.datetime | None = None
    ) -> Iterator[Row]:
        """The rows from ``start`` to ``end``, both included, as they arrive; all when neither.

        Args:
            start: Aware time of the first row; None for the oldest.
            end: Aware time of the last row; None for the newest.

        Raises:
            ConfigurationError: A time is naive.
            ServiceError: The meter answered with an error.
            DlmsError: The exchange failed.
        """
        for time in (start, end):
            if time is not None and time.tzinfo is None:
                raise ConfigurationError(
                    f"{time.isoformat()} has no zone", hint="give aware datetimes"
                )
        return _each(self._pump.stream(rows(self.shape, start, end)))

    def entries(self, first: int = 1, count: int | None = None) -> Iterator[Row]:
        """``count`` rows from the ``first`` on, counted from 1, as they arrive.

        Raises:
            ConfigurationError: The numbers make no sense.
            ServiceError: The meter answered with an error.
            DlmsError: The exchange failed.
        """
        if first < 1 or (count is not None and count < 1):
            raise ConfigurationError("entries are counted from 1, and one at least is wanted")
        return _each(self._pump.stream(entries(self.shape, first, count)))


def _each(lists: Generator[list[Row], None, Any]) -> Iterator[Row]:
    """The rows of lists of rows; closing it cancels the transfer."""
    with contextlib.closing(lists):
        for found in lists:
            yield from found
