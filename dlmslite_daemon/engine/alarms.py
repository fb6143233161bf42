"""The alarm desk: what holds now, compared with what was said before, written to the store.

Whoever watches something reports all that holds of it, as often as it likes. The desk's own thread
finds what is new, repeated or over, so that no poller ever waits for an alarm to be on disk. What
sinks are to be told is written with it, in the same commit; each sink reads that at its own pace.

What operators ask (acknowledge, clear, mute) is done at once, on the thread that asks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import structlog
from attrs import evolve

from dlmslite_daemon.alarm import BRIDGE, Alarm, AlarmBook, Change, Changes, Condition, Mute
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.base import Clerk
from dlmslite_daemon.errors import StoreError, UnknownMute
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.policies.flapping import Flapping, FlappingSettings
from dlmslite_daemon.store.base import Store

REPEAT_EVERY = 60.0  # seconds; a condition that still holds is counted so often
# Seconds in which an alarm of before a restart stays open although nobody has seen it yet: a meter
# says nothing of itself before its first poll.
SETTLING = 120.0
RETRY = 5.0  # seconds until a store that took no alarm is tried again

_log = structlog.get_logger()


class AlarmDesk(Clerk):
    """A worker that turns conditions into alarms.

    Args:
        store: Where alarms are kept.
        clock: The daemon's clock.
        metrics: Where open alarms are counted.
        flapping: How alarms that come and go are damped.
    """

    name = "alarms"
    patience = 30.0  # seconds; a store may be slow, never that slow

    def __init__(
        self,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        flapping: FlappingSettings | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        super().__init__(clock)
        self._lock = threading.Lock()  # of what was reported
        self._reported: dict[str, dict[str, tuple[Condition, ...]]] = {}
        self._changed: set[str] = set()
        self._desk = threading.RLock()  # of all below; held while the store writes
        self._told: dict[str, float] = {}
        self._flapping = Flapping(flapping or FlappingSettings())
        self._book = AlarmBook.of(store.alarms())
        self._mutes = tuple(store.mutes())
        for _, code in self._book.open:
            metrics.alarms_active.labels(code).inc()
        self._settled_at = clock.monotonic() + SETTLING
        self._unseen = self._of_before()

    # ------------------------------------------------------------------ from any thread

    def report(self, subject: str, conditions: Sequence[Condition], source: str = "") -> None:
        """All that one source sees to hold of one subject now; an empty sequence clears.

        Args:
            subject: A meter's name, ``sink:<name>``, ``bridge``, or ``bridge:<part>``.
            conditions: What holds.
            source: Who says so; what other sources say of the subject stands beside it.
        """
        with self._lock:
            sources = self._reported.setdefault(subject, {})
            before = sources.get(source)
            codes = [condition.code for condition in conditions]
            sources[source] = tuple(conditions)
            if before is not None and [condition.code for condition in before] == codes:
                return
            self._changed.add(subject)
        self._bell.ring()

    def forget(self, subject: str) -> None:
        """A meter or sink was removed: whatever was reported of it is over."""
        with self._lock:
            self._reported[subject] = {}
            self._changed.add(subject)
            self._unseen.pop(subject, None)
        self._bell.ring()

    @property
    def active(self) -> int:
        """How many alarms are open and not muted."""
        return sum(not alarm.muted for alarm in self._book.open.values())

    def active_of(self, subject: str) -> int:
        """How many alarms of one subject are open and not muted."""
        alarms = self._book.open.values()
        return sum(alarm.subject == subject and not alarm.muted for alarm in alarms)

    # ------------------------------------------------------------------ what operators ask

    def acknowledge(self, number: int, by: str) -> Alarm:
        """An operator has seen an alarm.

        Raises:
            UnknownAlarm: There is none of that number.
        """
        with self._desk:
            alarm = self._store.alarm(number)
            if alarm.acknowledged_ms is not None:
                return alarm
            alarm = alarm.acknowledged(by, self._clock.utc_ms())
            return self._keep(alarm, Change.ACKNOWLEDGED)

    def clear(self, number: int, by: str) -> Alarm:
        """An operator ends an alarm; if its condition still holds it is raised again, as a new one.

        Raises:
            UnknownAlarm: There is none of that number.
        """
        with self._desk:
            alarm = self._store.alarm(number)
            if not alarm.active:
                return alarm
            alarm = self._keep(alarm.cleared(self._clock.utc_ms(), by), Change.CLEARED)
            self._metrics.alarms_active.labels(alarm.condition.code).dec()
            self._flapping = self._flapping.forgotten(alarm.subject, alarm.condition.code)
            return alarm

    def mutes(self) -> tuple[Mute, ...]:
        """What is muted now."""
        now_ms = self._clock.utc_ms()
        return tuple(mute for mute in self._mutes if mute.lasts(now_ms))

    def mute(self, mute: Mute) -> Mute:
        """Do not tell the sinks of these alarms; one of the same code and subject is replaced."""
        with self._desk:
            kept = self._store.save_mute(evolve(mute, created_ms=self._clock.utc_ms()))
            self._mutes = tuple(self._store.mutes())
            self._look_at_mutes()
        self._bell.ring()  # it may end before anything else is due
        return kept

    def unmute(self, code: str, subject: str) -> Mute:
        """Tell the sinks again, at once of what is still open.

        Raises:
            UnknownMute: There is no mute of exactly that code and subject.
        """
        with self._desk:
            for mute in self.mutes():
                if (mute.code, mute.subject) == (code, subject) and mute.number is not None:
                    self._store.remove_mute(mute.number)
                    self._mutes = tuple(self._store.mutes())
                    self._look_at_mutes()
                    return mute
        raise UnknownMute(code, subject)

    def retune(self, flapping: FlappingSettings) -> None:
        """Damp by other numbers from now on; what came lately is remembered."""
        with self._desk:
            self._flapping = evolve(self._flapping, settings=flapping)
        self._bell.ring()

    # ------------------------------------------------------------------ the worker

    def turn(self, now: float) -> float:
        """Write down what changed, and now and then what still holds."""
        with self._desk:
            return self._turn(now)

    def _turn(self, now: float) -> float:
        with self._lock:
            due = {s for s, told in self._told.items() if now - told >= REPEAT_EVERY}
            due = {subject for subject in due if any(self._reported.get(subject, {}).values())}
            subjects = self._changed | due | set(self._flapping.due(now))
            if now >= self._settled_at:
                subjects |= self._unseen.keys()
                self._unseen = {}
            self._changed = set()
            reports = {s: self._reported.get(s, {}) for s in subjects}
            seen = {s: [c for said in by.values() for c in said] for s, by in reports.items()}
        try:
            self._update(seen, now)
            self._look_at_mutes()
        except StoreError as error:
            # Alarms are about trouble such as this; they are written when it is over.
            _log.error("alarms not stored", code=error.code, reason=error.message)
            with self._lock:
                self._changed |= subjects
            return RETRY
        return self._patience(now)

    def close(self) -> None:
        """Write down what was reported last."""
        self.turn(self._clock.monotonic())

    # ------------------------------------------------------------------ small things

    def _update(self, seen: dict[str, list[Condition]], now: float) -> None:
        """Bring book and store in step with what was reported, in one commit."""
        book, flapping, now_ms = self._book, self._flapping, self._clock.utc_ms()
        all_changes: list[Changes] = []
        for subject, conditions in seen.items():
            flapping, judged = flapping.weigh(subject, conditions, now)
            held = judged.held | self._unseen.get(subject, frozenset())
            book, changes = book.update(
                subject, judged.holds, now_ms, held=held, returned=judged.returned
            )
            all_changes.append(changes)
        raised = [a.under(self._mutes, now_ms) for each in all_changes for a in each.raised]
        repeated = [alarm for each in all_changes for alarm in each.repeated]
        cleared = [alarm for each in all_changes for alarm in each.cleared]
        kept = self._store.save_alarms(
            [
                *((alarm, Change.RAISED if alarm.told else None) for alarm in raised),
                *((alarm, None) for alarm in repeated),
                *((alarm, Change.CLEARED if alarm.told else None) for alarm in cleared),
            ]
        )
        self._book = book.replaced(*kept[: len(raised)])
        self._flapping = flapping
        self._told.update(dict.fromkeys(seen, now))
        for alarm in kept[: len(raised)]:
            self._say_raised(alarm)
        for alarm in cleared:
            self._metrics.alarms_active.labels(alarm.condition.code).dec()
            _log.info("alarm cleared", meter=alarm.subject, code=alarm.condition.code)

    def _say_raised(self, alarm: Alarm) -> None:
        code = alarm.condition.code
        self._metrics.alarms_active.labels(code).inc()
        say = _log.info if alarm.muted else _log.warning
        words = {"muted": True} if alarm.muted else {}
        say("alarm raised", meter=alarm.subject, code=code, text=alarm.condition.message, **words)

    def _look_at_mutes(self) -> None:
        """See what the mutes cover now; what they no longer cover is told."""
        now_ms = self._clock.utc_ms()
        moved: list[tuple[Alarm, Change | None]] = []
        for alarm in self._book.open.values():
            seen = alarm.under(self._mutes, now_ms)
            if seen != alarm:
                news = seen.told and not alarm.told
                moved.append((seen, Change.RAISED if news else None))
        if moved:
            self._book = self._book.replaced(*self._store.save_alarms(moved))

    def _keep(self, alarm: Alarm, change: Change) -> Alarm:
        (kept,) = self._store.save_alarms([(alarm, change if alarm.told else None)])
        self._book = self._book.replaced(kept)
        return kept

    def _patience(self, now: float) -> float:
        """How long nothing can become due by itself."""
        now_ms = self._clock.utc_ms()
        ends = [m.until_ms - now_ms for m in self._mutes if m.until_ms and m.until_ms > now_ms]
        soonest = min(ends, default=round(REPEAT_EVERY * 1000)) / 1000
        settling = self._settled_at - now if self._unseen else REPEAT_EVERY
        return min(REPEAT_EVERY, max(0.001, soonest), self._flapping.next_due(now), settling)

    def _of_before(self) -> dict[str, frozenset[str]]:
        """Codes that were open when the daemon ended; of what went meanwhile they are over."""
        names = set(self._names())
        codes: dict[str, set[str]] = {}
        for whom, code in self._book.open:
            if whom in names or whom.partition(":")[0] == BRIDGE:
                codes.setdefault(whom, set()).add(code)
            else:
                self._changed.add(whom)
        return {whom: frozenset(of_whom) for whom, of_whom in codes.items()}

    def _names(self) -> Iterable[str]:
        yield from (record.name for record in self._store.meters())
        yield from (f"sink:{record.name}" for record in self._store.sinks())
