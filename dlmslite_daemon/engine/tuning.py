"""The numbers of the policies: where each comes from, and how it is changed while meters are read.

::

    default ◄ [policies.NAME] of bridge.toml ◄ an operator, for all meters ◄ the meter's own

The last one that says something counts. What operators say for all meters is kept in the store, so
the file stays theirs; a meter's own numbers stand in its settings.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from attrs import evolve, fields, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.load import structure
from dlmslite_daemon.config.schema import MeterSettings, Table
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import POLICIES, PolicySettings, PollingPolicy, Subject
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.store.base import Store

OF_EACH_METER = (
    "recovery", "breaker", "busy", "silence", "read_watchdog", "protocol_errors", "deadline",
    "identity", "plausibility",
)  # fmt: skip
"""The policies that every meter has one of."""

OF_THE_PROCESS = ("connect_rate", "credentials", "flapping")
"""The policies that all meters share; a meter has no numbers of its own for them."""

BATTERY_PATIENCE = 60.0  # seconds at least between two tries of a meter on battery (bridge.md 4)
_PREFIX = "policies."  # of the settings in the store

_log = structlog.get_logger()

Changes = Mapping[str, Mapping[str, object]]
"""Policy to name to value; None takes the change back."""


@frozen
class Knob:
    """One number of a policy.

    Attributes:
        policy: Of which policy.
        name: Its name there.
        value: What counts now.
        source: Who said so: ``default``, ``file``, ``operator`` or ``meter``.
    """

    policy: str
    name: str
    value: object
    source: str


class Tuning:
    """The numbers of all policies.

    Args:
        file: What the configuration says, by policy.
        store: Where operators' changes are kept.
        clock: The daemon's clock.

    Raises:
        ConfigError: What the configuration says makes no sense; names the key.
    """

    def __init__(self, file: Changes, store: Store, clock: Clock) -> None:
        self._file = file
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        # What all meters share that have no numbers of their own: made once, for a thousand.
        self._common: dict[str, Any] = {}
        self._live: dict[str, dict[str, object]] = {
            key.removeprefix(_PREFIX): json.loads(text)
            for key, text in store.settings(_PREFIX).items()
        }
        self._check(file, (*OF_EACH_METER, *OF_THE_PROCESS), {})
        for name, table in list(self._live.items()):
            try:
                self._check({name: table}, (*OF_EACH_METER, *OF_THE_PROCESS), {})
            except ConfigError as error:
                # Of another version of ours; one bad row never stops the start.
                _log.error("policy setting left out", key=error.key, reason=error.reason)
                del self._live[name]

    # ------------------------------------------------------------------ asked

    def settings(self, name: str, own: Mapping[str, Table] | None = None) -> Any:
        """The settings of one policy as they count.

        Args:
            name: The policy.
            own: The tables of one meter.

        Raises:
            ConfigError: They make no sense together; names the key.
        """
        if own and name in own:
            return structure(self._merged(name, own), _kind(name), f"policies.{name}")
        common = self._common.get(name)
        if common is None:
            common = structure(self._merged(name, {}), _kind(name), f"policies.{name}")
            self._common[name] = common
        return common

    def chain(self, meter: MeterSettings) -> Chain:
        """The policies of a meter in their first state.

        Raises:
            ConfigError: Its numbers make no sense; names the key.
        """
        self.check(meter)
        patience = BATTERY_PATIENCE if meter.battery else 0.0
        subject = Subject(meter.name, meter.every, meter.timeout, patience)
        now = self._clock.monotonic()
        policies: list[PollingPolicy] = [
            self.settings(name, meter.policies).policy(subject, now) for name in OF_EACH_METER
        ]
        return Chain(tuple(policies))

    def check(self, meter: MeterSettings) -> None:
        """See that a meter's own numbers make sense.

        Raises:
            ConfigError: They do not; names the key, and what there is.
        """
        self._check(meter.policies, OF_EACH_METER, self._live)

    def knobs(self, meter: MeterSettings | None = None) -> Iterator[Knob]:
        """Every number, of all meters or as it counts for one."""
        own = meter.policies if meter is not None else {}
        names = OF_EACH_METER if meter is not None else (*OF_EACH_METER, *OF_THE_PROCESS)
        for policy in names:
            settings = self.settings(policy, own)
            sources = (
                ("meter", own.get(policy, {})),
                ("operator", self._live.get(policy, {})),
                ("file", self._file.get(policy, {})),
            )
            for field in fields(type(settings)):
                said = (source for source, table in sources if field.name in table)
                value = getattr(settings, field.name)
                yield Knob(policy, field.name, plain(value), next(said, "default"))

    # ------------------------------------------------------------------ changed

    def change(self, changes: Changes) -> None:
        """Other numbers for all meters, from now on and after a restart.

        Raises:
            ConfigError: A name is unknown, or the numbers make no sense; nothing is changed.
        """
        with self._lock:
            live = merged(self._live, changes)
            self._check(changes, (*OF_EACH_METER, *OF_THE_PROCESS), live)
            for record in self._store.meters():
                self._check(record.settings.policies, OF_EACH_METER, live)
            for name in changes:
                text = json.dumps(live[name]) if live.get(name) else None
                self._store.save_setting(_PREFIX + name, text)
            self._live = live
            self._common = {}

    def reload(self, file: Changes) -> None:
        """What the configuration says was changed; what operators and meters say still stands.

        Raises:
            ConfigError: It makes no sense; the old one counts on.
        """
        with self._lock:
            self._check(file, (*OF_EACH_METER, *OF_THE_PROCESS), {})
            self._file = file
            self._common = {}

    def changed(self, meter: MeterSettings, changes: Changes) -> MeterSettings:
        """A meter with other numbers of its own.

        Raises:
            ConfigError: A name is unknown, or the numbers make no sense.
        """
        _known(changes, OF_EACH_METER)
        own = merged(meter.policies, changes)
        changed = evolve(meter, policies={name: table for name, table in own.items() if table})
        self.check(changed)
        return changed

    # ------------------------------------------------------------------ small things

    def _check(self, tables: Changes, allowed: tuple[str, ...], live: Changes) -> None:
        _known(tables, allowed)
        for name in tables:
            own = {key: value for key, value in tables[name].items() if value is not None}
            whole = {**self._file.get(name, {}), **live.get(name, {}), **own}
            structure(whole, _kind(name), f"policies.{name}")

    def _merged(self, name: str, own: Mapping[str, Table]) -> Table:
        return {**self._file.get(name, {}), **self._live.get(name, {}), **own.get(name, {})}


def check_tables(tables: Changes, key: str, of_all: Changes | None = None) -> None:
    """See that tables of a configuration make sense.

    Args:
        tables: Those of all meters, or of one.
        key: Where they stand, for errors.
        of_all: Those of all meters, where ``tables`` are one meter's.

    Raises:
        ConfigError: They do not; names the key, and what there is.
    """
    allowed = OF_EACH_METER if of_all is not None else (*OF_EACH_METER, *OF_THE_PROCESS)
    _known(tables, allowed, key)
    for name, table in tables.items():
        structure({**(of_all or {}).get(name, {}), **table}, _kind(name), f"{key}.{name}")


def merged(before: Changes, changes: Changes) -> dict[str, dict[str, object]]:
    """Tables with changes laid over them; None strikes a name out."""
    after = {name: dict(table) for name, table in before.items()}
    for name, table in changes.items():
        own = after.setdefault(name, {})
        for key, value in table.items():
            if value is None:
                own.pop(key, None)
            else:
                own[key] = value
    return after


def plain(value: object) -> object:
    """A setting as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(entry) for entry in value]
    return value


def _kind(name: str) -> type[PolicySettings]:
    kind = POLICIES.get(name)
    if kind is None:  # a name of the tuples above without a file of its own
        raise LookupError(name)
    return kind


def _known(tables: Changes, allowed: tuple[str, ...], key: str = "policies") -> None:
    for name in tables:
        if name not in allowed:
            whole = name in OF_THE_PROCESS
            raise ConfigError(
                "it is one for the whole process" if whole else "there is no such policy",
                key=f"{key}.{name}",
                code="E-CONFIG-KEY",
                hint=f"there are {', '.join(sorted(allowed))}",
            )
