"""How long an answer may take, learnt from those that came.

The smoothed mean of the answer times and four times their smoothed deviation, as RFC 6298 has it
for TCP. A question that was asked twice teaches nothing: nobody knows which one was answered.
"""

from __future__ import annotations

LEAST = 1.5  # seconds: a converter, a busy meter and a mobile network jitter by that much
_MEAN_GAIN = 1 / 8
_DEVIATION_GAIN = 1 / 4
_DEVIATIONS = 4


class Pace:
    """The patience of one client with one meter.

    Args:
        start: Seconds, while nothing is known.
        most: Seconds that are never exceeded; ``start`` or less leaves the patience where it is.
    """

    def __init__(self, start: float, most: float = 0.0) -> None:
        self._start, self._most = start, most
        self._mean = self._deviation = 0.0
        self._asked_at: float | None = None
        self._since = 0.0
        self.seconds = start

    @property
    def start(self) -> float:
        """Seconds, while nothing is known."""
        return self._start

    def restart(self, start: float) -> None:
        """Take other limits, in the same proportion, and keep what was learnt within them."""
        self._most *= start / self._start
        self._start = start
        self.seconds = self._within(self._learnt()) if self._mean else start

    def asked(self, now: float, *, again: bool) -> None:
        """Something was asked; again: the same was asked before and not answered."""
        self._asked_at = None if again else now
        self._since = self._since if again else now

    def waited(self, now: float) -> float:
        """Seconds since something was asked for the first time."""
        return now - self._since

    def is_patient(self, now: float) -> bool:
        """Whether what was learnt must not end the wait: less than the most has passed."""
        return self.waited(now) < self._most

    def answered(self, now: float) -> None:
        """The answer is here."""
        if self._asked_at is None or self._most <= self._start:
            return
        taken, self._asked_at = now - self._asked_at, None
        if self._mean:
            self._deviation += _DEVIATION_GAIN * (abs(taken - self._mean) - self._deviation)
            self._mean += _MEAN_GAIN * (taken - self._mean)
        else:
            self._mean, self._deviation = max(taken, 1e-6), taken / 2
        self.seconds = self._within(self._learnt())

    def missed(self) -> None:
        """No answer came in time: be twice as patient, at most as at the start."""
        self.seconds = max(self.seconds, min(2 * self.seconds, self._start))

    def _learnt(self) -> float:
        return self._mean + _DEVIATIONS * self._deviation

    def _within(self, seconds: float) -> float:
        return min(max(seconds, min(LEAST, self._start)), self._most)
