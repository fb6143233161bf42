"""Which attributes are read, in which requests; what the meter does not have is left out.

Pure. What one session taught is kept as notes (text by text, for the store's notebook), so that the
next session, and the next start of the daemon, begin with it: units for announcements, and the
objects that the meter said it has not.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Self

from attrs import evolve, field, frozen

from dlmslite_daemon.config.schema import SeriesSettings

VALUE = 2  # the value attribute of every class that has one
# Classes whose value the library reads together with its scaler and unit: data, register, extended
# register, demand register.
_TOGETHER = frozenset({None, 1, 3, 4, 5})


@frozen
class Item:
    """One attribute to be read, for one series.

    Attributes:
        key: The series' key.
        obis: The logical name, six numbers with dots.
        attribute: The attribute.
        class_id: The interface class; None lets the library find it.
        unit: The unit to show when the meter gives none.
    """

    key: str
    obis: str
    attribute: int = VALUE
    class_id: int | None = None
    unit: str = ""

    @property
    def together(self) -> bool:
        """Whether it goes into the common request for values."""
        return self.attribute == VALUE and self.class_id in _TOGETHER

    @property
    def target(self) -> str:
        """What is asked of the meter, as text: the name of its notes."""
        return f"{self.obis}/{self.attribute}"


@frozen
class Scaling:
    """What a register's values mean, as the meter said.

    Attributes:
        scaler: The power of ten.
        unit: The unit's symbol; empty when it has none.
    """

    scaler: int
    unit: str


@frozen
class Plan:
    """What to read of one meter.

    Attributes:
        items: One for each enabled series, in the operator's order.
        undefined: Targets that the meter does not have.
        scalings: What the values of each target mean, as far as known.
    """

    items: tuple[Item, ...] = ()
    undefined: frozenset[str] = frozenset()
    scalings: Mapping[str, Scaling] = field(factory=dict)

    @classmethod
    def of(cls, series: Sequence[SeriesSettings], notebook: Mapping[str, str]) -> Self:
        """The plan for these series, with what the notebook remembers of them."""
        items = tuple(
            Item(s.key, dotted(s.obis), s.attribute, s.class_id, s.unit)
            for s in series
            if s.enabled
        )
        undefined, scalings = set(), {}
        for target in {item.target for item in items}:
            note = _note(notebook.get(f"object/{target}", ""))
            if note.get("undefined") is True:
                undefined.add(target)
            scaler, unit = note.get("scaler"), note.get("unit")
            if isinstance(scaler, int) and isinstance(unit, str):
                scalings[target] = Scaling(scaler, unit)
        return cls(items, frozenset(undefined), scalings)

    @property
    def asked(self) -> tuple[Item, ...]:
        """The items that are read: all but what the meter does not have."""
        return tuple(item for item in self.items if item.target not in self.undefined)

    @property
    def together(self) -> tuple[str, ...]:
        """The logical names of one common request, each once."""
        return tuple(dict.fromkeys(item.obis for item in self.asked if item.together))

    @property
    def alone(self) -> tuple[Item, ...]:
        """The items that need a request of their own, each target once."""
        found = {item.target: item for item in self.asked if not item.together}
        return tuple(found.values())

    def unit(self, item: Item) -> str:
        """The unit to show for an item: what the meter said, else what the operator said."""
        scaling = self.scalings.get(item.target)
        return scaling.unit if scaling is not None and scaling.unit else item.unit

    def without(self, target: str) -> Self:
        """The meter said that it has no such object: it is not asked again."""
        return evolve(self, undefined=self.undefined | {target})

    def with_scaling(self, target: str, scaling: Scaling) -> Self:
        """The plan that knows what the values of a target mean."""
        if self.scalings.get(target) == scaling:
            return self
        return evolve(self, scalings={**self.scalings, target: scaling})

    def hopeful(self) -> Self:
        """The plan that asks for everything again: after a resume or a change of the meter."""
        return evolve(self, undefined=frozenset())

    def notes(self, since: Self) -> dict[str, str | None]:
        """What the notebook must learn to go from an earlier plan to this one."""
        before, after = since._as_notes(), self._as_notes()
        changed = {key: text for key, text in after.items() if before.get(key) != text}
        return {**changed, **dict.fromkeys(before.keys() - after.keys())}

    def _as_notes(self) -> dict[str, str]:
        notes: dict[str, str] = {}
        for item in self.items:
            note: dict[str, object] = {}
            if item.target in self.undefined:
                note["undefined"] = True
            if scaling := self.scalings.get(item.target):
                note |= {"scaler": scaling.scaler, "unit": scaling.unit}
            if note:
                notes[f"object/{item.target}"] = json.dumps(note, ensure_ascii=False)
        return notes


@functools.lru_cache(maxsize=4096)  # a fleet has few different ones, and asks at each start
def dotted(obis: str) -> str:
    """A logical name in any of its text forms as six numbers with dots.

    ``1-0:1.8.0*255`` becomes ``1.0.1.8.0.255``.
    """
    return ".".join(str(int(group)) for group in re.findall(r"\d+", obis))


def _note(text: str) -> dict[str, object]:
    """A note, or an empty one where the notebook holds what no version of ours wrote."""
    if not text:
        return {}
    try:
        note = json.loads(text)
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}
