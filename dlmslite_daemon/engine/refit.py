"""Changes to meters that stand: settings, place, identity, the numbers of their policies.

What touches the wire is tried first, on the thread that owns the line, and saved only when the
meter accepted it; until then, and if it does not, the old settings are in force.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from attrs import evolve, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.acquaintance import SERIAL, SERIAL_FROM, SWAPPED
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.load import LineLoad, Pace, Warned, busiest, hasty
from dlmslite_daemon.engine.poller import same_wire
from dlmslite_daemon.engine.trial import Trial
from dlmslite_daemon.engine.tuning import OF_EACH_METER, Changes, Tuning
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.policies.base import Action
from dlmslite_daemon.policies.credentials import CredentialSettings
from dlmslite_daemon.policies.flapping import FlappingSettings
from dlmslite_daemon.policies.rate_limit import ConnectRateSettings
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import MeterRecord

TRY_SECONDS = 60.0  # a first association and an object list over a slow line
SILENT = "E-METER-SILENT"  # it may be addressed in another form

Change = Callable[[MeterSettings], MeterSettings]


class Engine(Protocol):
    """What is needed of ``Control``."""

    def try_meter(self, settings: MeterSettings, seconds: float) -> Trial:
        """Try a meter that need not be saved."""
        ...

    def add_meter(self, settings: MeterSettings) -> MeterRecord:
        """Save a meter and begin to poll it."""
        ...

    def set_meter(self, settings: MeterSettings) -> MeterRecord:
        """Replace the settings of a meter."""
        ...

    def swapped(self, name: str) -> None:
        """Tell a meter's line that another one stands there."""
        ...

    def retune(
        self, credentials: CredentialSettings, rate: ConnectRateSettings, flapping: FlappingSettings
    ) -> None:
        """Tell every line, and the gates of the process, that numbers of policies changed."""
        ...


@frozen
class Refitted:
    """What became of a change.

    Attributes:
        saved: Whether it is in force.
        trial: How the trial went; None where nothing touched the wire.
        record: The meter as it is now; None when it is not saved.
        known: The serial number that was known before; empty when none was.
        load: What the line's polls take with it.
        warnings: What an operator should know.
    """

    saved: bool
    trial: Trial | None
    record: MeterRecord | None
    known: str
    load: LineLoad
    warnings: tuple[Warned, ...]


@frozen
class PolicyState:
    """One policy of one meter, for people.

    Attributes:
        policy: Its name.
        action: What it says to a try now: ``try``, ``probe``, ``wait``, ``stop``.
        reason: Why.
        until_ms: When it lets the next try through, ms UTC; None when it does not wait.
        conditions: The codes of the alarms that it holds.
        state: Its counts and flags.
    """

    policy: str
    action: str
    reason: str
    until_ms: int | None
    conditions: tuple[str, ...]
    state: dict[str, object]


class Refit:
    """Changes meters.

    Args:
        store: Where they are kept.
        board: Where their states are shown.
        clock: The daemon's clock.
        engine: Tries and saves.
        tuning: The numbers of the policies.
        of_file: The meters that the configuration names; at a start it is right again.
    """

    def __init__(
        self,
        store: Store,
        board: Board,
        clock: Clock,
        engine: Engine,
        tuning: Tuning,
        of_file: Collection[str] = (),
    ) -> None:
        self._store = store
        self._board = board
        self._clock = clock
        self._engine = engine
        self.tuning = tuning
        self._of_file = of_file

    # ------------------------------------------------------------------ meters

    def add(self, *forms: MeterSettings, force: bool = False, choosy: bool = False) -> Refitted:
        """Try a meter and save it; without series it is tried only, and says what it has.

        Args:
            forms: The meter, in each form in which it may be addressed: the next is tried when it
                is silent to one.
            force: Whether it is saved although the trial failed or the line is too full.
            choosy: Whether series that it has not are left out instead of failing the trial.

        Raises:
            ConfigError: Its policies make no sense.
            BridgeError: The line is too full (``E-LINE-OVERLOAD``), or had no time to try it.
        """
        settings = forms[0]
        self.tuning.check(settings)
        trial = self._engine.try_meter(settings, TRY_SECONDS)
        for form in forms[1:]:
            if trial.fault is None or trial.fault.code != SILENT:
                break
            settings, trial = form, self._engine.try_meter(form, TRY_SECONDS)
        if choosy and any(value.ok for value in trial.values):
            has = {value.key for value in trial.values if value.ok}
            series = tuple(one for one in settings.series if one.key in has)
            settings, trial = evolve(settings, series=series), evolve(trial, ok=True)
        load = self.load_with(settings, trial)
        _refuse(load, force=force)
        record = None
        if settings.series and (trial.ok or force):
            record = self._engine.add_meter(settings)
            self._note(record.name, trial)
        return self._result(trial, record, "", load, settings)

    def change(self, name: str | int, change: Change, *, force: bool = False) -> Refitted:
        """Try the meter as it would be, and save it when it was accepted.

        Args:
            name: The meter.
            change: Makes its new settings of its present ones.
            force: Whether it is saved although it was not accepted or the line is too full.

        Raises:
            UnknownMeter: There is none.
            ConfigError: The new settings make no sense.
            BridgeError: Another meter answers there (``E-METER-IDENTITY``), or the line is too
                full (``E-LINE-OVERLOAD``), or had no time to try it.
        """
        record = self._store.meter(name)
        known = self._store.notebook(record.name).get(SERIAL, "")
        settings = change(record.settings)
        self.tuning.check(settings)
        trial = None
        if not same_wire(record.settings, settings):
            trial = self._engine.try_meter(settings, TRY_SECONDS)
        load = self.load_with(settings, trial)
        if trial is not None and trial.fault is not None and not force:
            return self._result(trial, None, known, load, settings)
        if trial is not None and trial.serial and known and trial.serial != known and not force:
            raise BridgeError(
                f"another meter answers there: {trial.serial} instead of {known}",
                code="E-METER-IDENTITY",
                hint=f"if it took the place of {record.name}: the same with --force, "
                f"then dlmslite-bridge meter swap {record.name}",
            )
        _refuse(load, force=force)
        # Something else may have been changed while the trial ran.
        saved = self._engine.set_meter(change(self._store.meter(record.name).settings))
        if trial is not None and not known:
            self._note(saved.name, trial)
        result = self._result(trial, saved, known, load, settings)
        if trial is not None and not known and settings.endpoint != record.settings.endpoint:
            who = trial.serial or "one that tells no serial number"
            text = f"nobody knew its serial number before: see that {who} is {saved.name}"
            warned = Warned("W-METER-IDENTITY", text)
            result = evolve(result, warnings=(*result.warnings, warned))
        return result

    def swap(self, name: str | int, serial: str = "") -> Refitted:
        """An operator confirms that another meter stands there now.

        Args:
            name: The meter.
            serial: The serial number that the new one should have; empty for whichever answers.

        Raises:
            UnknownMeter: There is none.
            BridgeError: It tells another serial number (``E-METER-IDENTITY``), or the line had no
                time.
        """
        record = self._store.meter(name)
        known = self._store.notebook(record.name).get(SERIAL, "")
        trial = self._engine.try_meter(record.settings, TRY_SECONDS)
        load = self.load_with(record.settings, trial)
        if trial.fault is not None:
            return self._result(trial, None, known, load, record.settings)
        if serial and trial.serial != serial:
            raise BridgeError(
                f"the meter says that it is {trial.serial or 'nobody'}, not {serial}",
                code="E-METER-IDENTITY",
                hint="nothing was changed; look at the meter's label",
            )
        moment = str(self._clock.utc_ms())
        who = {SERIAL: trial.serial or None, SERIAL_FROM: trial.serial_from or None}
        self._store.note(record.name, {**who, SWAPPED: moment})
        self._engine.swapped(record.name)
        return self._result(trial, record, known, load, record.settings)

    # ------------------------------------------------------------------ policies

    def tune(self, changes: Changes) -> None:
        """Other numbers for all meters; they count at the next turn of each line.

        Raises:
            ConfigError: A name is unknown, or the numbers make no sense; nothing is changed.
        """
        self.tuning.change(changes)
        self._retune()

    def reload(self, file: Changes, of_file: Collection[str]) -> None:
        """Another configuration; its numbers count at the next turn of each line.

        Args:
            file: Its tables of policies.
            of_file: The meters that it names.

        Raises:
            ConfigError: They make no sense; nothing is changed.
        """
        self.tuning.reload(file)
        self._of_file = of_file
        self._retune()

    def _retune(self) -> None:
        settings = self.tuning.settings
        self._engine.retune(settings("credentials"), settings("connect_rate"), settings("flapping"))

    def policies(self, name: str | int) -> tuple[PolicyState, ...]:
        """Every policy of a meter as it stands; none before its line has come to it.

        Raises:
            UnknownMeter: There is none.
        """
        seen = self._board.meter(self._store.meter(name).name)
        if seen is None or seen.chain is None:
            return ()
        now, utc_ms = self._clock.monotonic(), self._clock.utc_ms()
        states = []
        policies = dict(zip(OF_EACH_METER, seen.chain.policies, strict=True))
        if seen.guard is not None:
            policies["credentials"] = seen.guard
        for title, policy in policies.items():
            verdict = policy.may_try(now)
            waits = verdict.action is Action.WAIT
            states.append(
                PolicyState(
                    policy=title,
                    action=verdict.action.value,
                    reason=verdict.reason,
                    until_ms=utc_ms + round((verdict.not_before - now) * 1000) if waits else None,
                    conditions=tuple(c.code for c in policy.conditions(now)),
                    state=policy.shown(now),
                )
            )
        return tuple(states)

    # ------------------------------------------------------------------ load

    def load_with(self, settings: MeterSettings, trial: Trial | None = None) -> LineLoad:
        """What the polls of a line take when a meter is as it would be."""
        line = settings.endpoint
        others = [
            record.settings
            for record in self._store.meters()
            if record.settings.endpoint == line and record.name != settings.name
        ]
        return self._load(line, [*others, settings], {settings.name: trial} if trial else {})

    def loads(self) -> tuple[LineLoad, ...]:
        """What the polls of each line take, the fullest first."""
        lines: dict[str, list[MeterSettings]] = {}
        for record in self._store.meters():
            lines.setdefault(record.settings.endpoint, []).append(record.settings)
        return busiest(self._load(line, meters, {}) for line, meters in lines.items())

    def _load(
        self, line: str, meters: list[MeterSettings], trials: dict[str, Trial | None]
    ) -> LineLoad:
        alone = len(meters) == 1
        paces = []
        for settings in meters:
            seen, trial = self._board.meter(settings.name), trials.get(settings.name)
            poll = seen.latency.p50 if seen is not None and seen.latency is not None else None
            opening = seen.opening_seconds if seen is not None else None
            if trial is not None and trial.poll_seconds is not None:
                poll, opening = trial.poll_seconds, trial.opening_seconds
            paces.append(Pace.of(settings, poll, opening, alone=alone))
        return LineLoad(line, tuple(paces))

    # ------------------------------------------------------------------ small things

    def _note(self, name: str, trial: Trial) -> None:
        if trial.serial:
            self._store.note(name, {SERIAL: trial.serial, SERIAL_FROM: trial.serial_from})

    def _result(
        self,
        trial: Trial | None,
        record: MeterRecord | None,
        known: str,
        load: LineLoad,
        settings: MeterSettings,
    ) -> Refitted:
        warnings = [*hasty(settings), *load.warnings()]
        if record is not None and settings.name in self._of_file:
            text = f"bridge.toml names {settings.name}: change it there too, or the next start"
            warnings.append(Warned("W-METER-FILE", f"{text} takes this back"))
        if known and trial is not None and trial.fault is None and not trial.serial:
            text = f"the meter tells no serial number; {known} was known"
            warnings.append(Warned("W-METER-IDENTITY", text))
        return Refitted(record is not None, trial, record, known, load, tuple(warnings))


def _refuse(load: LineLoad, *, force: bool) -> None:
    if load.too_much and not force:
        raise BridgeError(
            load.warnings()[0].message,
            code="E-LINE-OVERLOAD",
            hint="poll less often, read fewer series, or say --force",
        )
