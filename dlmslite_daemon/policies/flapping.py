"""Flapping: an alarm that comes and goes is held open instead of being raised again and again.

::

    away ── comes ── here ── goes ─┬─ fewer than `comings` in the last `window` ── over at once
                      ▲            └─ otherwise ── held ─┬─ away for a whole `window` ── over
                      └────────────────── comes back ────┘

So in no span as long as the window is one alarm raised more often than ``comings`` times, however
its condition behaves; and an alarm that comes once is over as soon as its condition is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import POLICIES, Policy, Subject


@frozen
class FlappingSettings:
    """Settings of the damping of alarms.

    Attributes:
        comings: How often an alarm may be raised within a window.
        window: The window, s; also how long a flapping one must stay away to be over.
    """

    comings: int = 3
    window: float = 600.0

    def __attrs_post_init__(self) -> None:
        if self.comings < 1:
            raise ConfigError("an alarm must be able to come once", key="comings")
        if self.window < 0:
            raise ConfigError("it is not negative", key="window")

    def policy(self, subject: Subject, now: float) -> Flapping:  # noqa: ARG002  as promised
        """Damping that has seen no alarm."""
        return Flapping(self)


POLICIES.add("flapping", FlappingSettings)


@frozen
class Judgement:
    """What a report amounts to.

    Attributes:
        holds: What holds.
        held: Codes that are away, and whose alarms stay open.
        returned: Codes that came back while their alarms were held open.
    """

    holds: tuple[Condition, ...]
    held: frozenset[str]
    returned: frozenset[str]


@frozen
class _Track:
    """One condition of one subject.

    Attributes:
        comings: When it came, s: the last of them, as many as the settings count.
        gone_at: When it went, s; None while it is here.
        held: Whether its alarm is held open while it is away.
    """

    comings: tuple[float, ...]
    gone_at: float | None = None
    held: bool = False


@frozen
class Flapping(Policy):
    """What is remembered of conditions that came lately.

    Attributes:
        settings: Its settings.
        tracks: What is known of each condition, by subject and code.
    """

    settings: FlappingSettings
    tracks: Mapping[str, Mapping[str, _Track]] = field(factory=dict)

    def weigh(
        self, subject: str, conditions: Iterable[Condition], now: float
    ) -> tuple[Flapping, Judgement]:
        """Say what a report amounts to.

        Args:
            subject: Whom it concerns.
            conditions: All that is seen to hold of it now.
            now: The time, s.
        """
        holds = {condition.code: condition for condition in conditions}
        before = self.tracks.get(subject, {})
        after: dict[str, _Track] = {}
        for code in (*before, *(code for code in holds if code not in before)):
            track = self._moved(before.get(code), here=code in holds, now=now)
            if track is not None:
                after[code] = track
        returned = {code for code in holds if code in before and before[code].held}
        held = frozenset(code for code, track in after.items() if track.held)
        tracks = {whom: known for whom, known in self.tracks.items() if whom != subject}
        if after:
            tracks[subject] = after
        judgement = Judgement(tuple(holds.values()), held, frozenset(returned))
        return evolve(self, tracks=tracks), judgement

    def forgotten(self, subject: str, code: str) -> Flapping:
        """Without what is known of one condition: an operator cleared its alarm."""
        known = self.tracks.get(subject, {})
        left = {one: track for one, track in known.items() if one != code}
        return evolve(self, tracks={**self.tracks, subject: left})

    def due(self, now: float) -> tuple[str, ...]:
        """Subjects of which something has been away long enough to be judged again."""
        return tuple(
            subject
            for subject, known in self.tracks.items()
            if any(self._over(track, now) for track in known.values())
        )

    def next_due(self, now: float) -> float:
        """Seconds until something has been away long enough; infinite when nothing is away."""
        away = [
            track.gone_at + self.settings.window - now
            for known in self.tracks.values()
            for track in known.values()
            if track.gone_at is not None
        ]
        return max(0.0, min(away, default=float("inf")))

    def _moved(self, track: _Track | None, *, here: bool, now: float) -> _Track | None:
        """A condition after a look at it; None when nothing of it need be remembered."""
        if here:
            comings = () if track is None else track.comings
            if track is not None and track.gone_at is None:
                return track
            return _Track((*comings, now)[-self.settings.comings :])
        if track is None or self._over(track, now):
            return None
        if track.gone_at is not None:
            return track
        recent = [came for came in track.comings if now - came <= self.settings.window]
        held = len(recent) >= self.settings.comings and self.settings.window > 0
        return evolve(track, gone_at=now, held=held)

    def _over(self, track: _Track, now: float) -> bool:
        return track.gone_at is not None and now - track.gone_at >= self.settings.window
