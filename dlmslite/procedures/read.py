"""Reads attributes, one or many, by logical name.

A register is found for the caller: class 3 is tried, then 4, 5 and 1, and what was found is
remembered in a notebook, with its scaler and unit, so that a second read is one round trip. Where
the meter takes several references in one request, value and scaler are one round trip at first.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from attrs import Factory, field

from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
)
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.codes import DataAccessResult
from dlmslite.cosem.base import Attribute, find_class
from dlmslite.cosem.scaler_unit import ScalerUnit
from dlmslite.errors import DecodeError, DlmsError, ProtocolError, ServiceError
from dlmslite.procedures.base import Ask, Procedure, Step, refusal
from dlmslite.quirks import STANDARD, Quirks
from dlmslite.records import define, frozen
from dlmslite.values.data import Data
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

VALUE = 2  # the attribute that holds the value in all four classes
VALUE_CLASSES = (3, 4, 5, 1)  # register, extended register, demand register, data
WRONG_CLASS = frozenset(
    {
        DataAccessResult.OBJECT_UNDEFINED,
        DataAccessResult.OBJECT_CLASS_INCONSISTENT,
        DataAccessResult.OBJECT_UNAVAILABLE,
        DataAccessResult.TYPE_UNMATCHED,
    }
)
"""What meters answer when an object has another class than was asked for."""

ANY_ID = InvokeId.of(0)  # the association gives each request its own number when it is sent
DESCRIPTOR_OCTETS = 10  # class, logical name, attribute, no selection
WITH_LIST_MAX = 100  # references in one request

Outcome = Data | DataAccessResult | ServiceError
"""What one reference was answered with; the error is a request that was refused as a whole."""


@frozen
class Result:
    """One of several reads: a value, or the reason why there is none.

    Attributes:
        value: What was read; None when it failed.
        error: Why it failed; None when it did not.
    """

    value: Any = None
    error: DlmsError | None = None

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.error is None


@frozen
class Known:
    """What is remembered of one object.

    Attributes:
        reference: Where its value is.
        scaler_unit: Its scaler and unit, if its class has them.
        ask: The step that reads it, made once: most objects are read again and again.
    """

    reference: AttributeReference
    scaler_unit: ScalerUnit | None = None
    ask: Ask = field(init=False, repr=False)

    @ask.default
    def _ask_for_it(self) -> Ask:
        return Ask(GetRequestNormal(ANY_ID, self.reference))

    def value(self, outcome: Outcome) -> Any:
        """What an answer means: a ``Quantity`` for a number with a scale, else the plain form.

        Raises:
            ServiceError: It has no value.
        """
        plain = data_of(outcome, self.reference.obis).plain
        return plain if self.scaler_unit is None else self.scaler_unit.quantity(plain)


@define
class Notebook:
    """What a client has learnt of its meter, and what the meter lets it ask.

    Attributes:
        conformance: What was negotiated.
        max_pdu: Octets of the largest APDU that the meter takes; 0 means no limit.
        quirks: What this meter does differently.
        objects: What is known of each object.
        with_list: Whether several references go into one request; cleared when the meter fails.
    """

    conformance: Conformance
    max_pdu: int = 0
    quirks: Quirks = STANDARD
    objects: dict[Obis, Known] = Factory(dict)
    with_list: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        offered = Conformance.MULTIPLE_REFERENCES in self.conformance
        self.with_list = offered and not self.quirks.no_with_list

    @property
    def list_limit(self) -> int:
        """How many references fit into one request (X06)."""
        if not self.with_list:
            return 1
        limit = self.quirks.with_list_limit or WITH_LIST_MAX
        if self.max_pdu:
            limit = min(limit, (self.max_pdu - 4) // DESCRIPTOR_OCTETS)
        return max(1, limit)


@define
class _Search:
    """One object that is being looked for.

    Attributes:
        name: Its logical name.
        classes: The classes still to be tried, the present one first.
        notebook: Where a find is remembered.
    """

    name: Obis
    classes: list[int]
    notebook: Notebook

    @classmethod
    def of(cls, name: Obis, notebook: Notebook) -> _Search:
        known = notebook.objects.get(name)
        classes = [known.reference.class_id] if known else list(VALUE_CLASSES)
        return cls(name, classes, notebook)

    @property
    def attribute(self) -> Attribute:
        return find_class(self.classes[0]).attribute(VALUE)

    @property
    def value(self) -> AttributeReference:
        return AttributeReference(self.classes[0], self.name, VALUE)

    @property
    def maybe_scaler(self) -> AttributeReference | None:
        """Where the scaler is, if there is one and it is not known yet."""
        scaled_by = self.attribute.scaled_by
        if scaled_by is None or self.name in self.notebook.objects:
            return None
        return AttributeReference(self.classes[0], self.name, scaled_by)

    def is_wrong_class(self, outcome: Outcome) -> bool:
        """Whether another class is worth a try; the next one is then the present one."""
        wrong = isinstance(outcome, DataAccessResult) and outcome in WRONG_CLASS
        if wrong and len(self.classes) > 1:
            del self.classes[0]
            return True
        return False

    def result(self, value: Outcome, scaler: Outcome | None) -> Result:
        """What the two answers mean together; a value that cannot be scaled is an error."""
        objects = self.notebook.objects
        try:
            data_of(value, self.name)  # an object without a value is not worth a note
            if scaler is not None:
                scale = ScalerUnit.from_plain(data_of(scaler, f"scaler of {self.name}").plain)
                objects[self.name] = Known(self.value, scale)
            elif self.name not in objects:
                objects[self.name] = Known(self.value)
            return Result(objects[self.name].value(value))
        except (ServiceError, DecodeError) as error:
            return Result(error=error)


def read_attribute(reference: AttributeReference) -> Procedure[Data]:
    """One attribute, as Data.

    Raises:
        ServiceError: The meter answered with an error.
    """
    return data_of((yield from _ask_one(reference)), reference.obis)


def data_of(outcome: Outcome, target: Obis | str) -> Data:
    """The Data of an answer.

    Raises:
        ServiceError: There is none.
    """
    if isinstance(outcome, DataAccessResult):
        raise refusal(outcome, str(target))
    if isinstance(outcome, ServiceError):
        outcome.target = str(target)
        raise outcome
    return outcome


def read_attributes(
    references: Sequence[AttributeReference], notebook: Notebook
) -> Procedure[list[Outcome]]:
    """Several attributes, each as Data or as the reason why not, in the fewest round trips."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(references):
        limit = notebook.list_limit
        batch = references[len(outcomes) : len(outcomes) + limit]
        if len(batch) == 1:
            outcomes.append((yield from _ask_one(batch[0])))
            continue
        try:
            outcomes.extend((yield from _ask_list(batch)))
        except ServiceError:
            # It offered multiple references and does not serve them: one at a time from now on.
            notebook.with_list = False
    return outcomes


def read_one(name: Obis, notebook: Notebook) -> Procedure[Any]:
    """The value of one object; a known one is a single request, without a detour.

    Raises:
        ServiceError: It has none, or not for us.
        DlmsError: The value makes no sense; or the link or the association failed.
    """
    known = notebook.objects.get(name)
    if known is not None:
        return known.value((yield from _asked(known.ask)))
    result = (yield from read_many([name], notebook))[name]
    if result.error is not None:
        raise result.error
    return result.value


def read_many(names: Sequence[Obis], notebook: Notebook) -> Procedure[dict[Obis, Result]]:
    """The values of several objects; a failure of one is a value, not an exception.

    Raises:
        DlmsError: The link or the association failed, so that no further object can be read.
    """
    results: dict[Obis, Result] = dict.fromkeys(names, Result())
    searches = [_Search.of(name, notebook) for name in results]
    while searches:
        together = notebook.list_limit > 1
        read = _read_together if together else _read_singly
        answers = yield from read(searches, notebook)
        again = []
        for search, (value, scaler) in zip(searches, answers, strict=True):
            if search.is_wrong_class(value):
                again.append(search)
            else:
                results[search.name] = search.result(value, scaler)
        searches = again
    return results


Pair = tuple[Outcome, Outcome | None]


def _read_together(searches: Sequence[_Search], notebook: Notebook) -> Procedure[list[Pair]]:
    """Values and unknown scalers of all objects, in as few lists as they fit into."""
    scalers = [search.maybe_scaler for search in searches]
    references = [search.value for search in searches]
    references += [scaler for scaler in scalers if scaler is not None]
    outcomes = yield from read_attributes(references, notebook)
    rest = iter(outcomes[len(searches) :])
    return [
        (value, None if scaler is None else next(rest))
        for value, scaler in zip(outcomes[: len(searches)], scalers, strict=True)
    ]


def _read_singly(searches: Sequence[_Search], _notebook: Notebook) -> Procedure[list[Pair]]:
    """One attribute a request; a scaler only where there is a value for it."""
    pairs: list[Pair] = []
    for search in searches:
        value = yield from _ask_one(search.value)
        reference = search.maybe_scaler if isinstance(value, Data) else None
        scaler = None if reference is None else (yield from _ask_one(reference))
        pairs.append((value, scaler))
    return pairs


def _ask_one(reference: AttributeReference) -> Generator[Step, Any, Outcome]:
    return _asked(Ask(GetRequestNormal(ANY_ID, reference)))


def _asked(ask: Ask) -> Generator[Step, Any, Outcome]:
    try:
        answer = yield ask
    except ServiceError as error:
        return error
    if isinstance(answer, GetResponseNormal):
        return answer.result
    raise ProtocolError(f"a GET was answered with {type(answer).__name__}")


def _ask_list(references: Sequence[AttributeReference]) -> Generator[Step, Any, list[Outcome]]:
    answer = yield Ask(GetRequestWithList(ANY_ID, tuple(references)))
    if isinstance(answer, GetResponseNormal) and isinstance(answer.result, DataAccessResult):
        raise refusal(answer.result, "a list of references")
    if not isinstance(answer, GetResponseWithList):
        raise ProtocolError(f"a GET with list was answered with {type(answer).__name__}")
    if len(answer.results) != len(references):
        raise ProtocolError(
            f"{len(references)} references were answered with {len(answer.results)} results"
        )
    return list(answer.results)
