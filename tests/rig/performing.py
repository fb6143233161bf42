"""Performs a procedure against a function that answers, without any wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, define

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.get import GetResponseNormal
from dlmslite.codes import DataAccessResult
from dlmslite.errors import ServiceError
from dlmslite.procedures.base import Ask, AskBlocks, Block, Emit, More, Procedure, refusal

Answering = Callable[[Apdu], Apdu | ServiceError]


@define
class Performance:
    """What came of a procedure: its result, what it emitted, and what it asked."""

    result: Any = None
    emitted: list[Any] = Factory(list)
    requests: list[Apdu] = Factory(list)


def perform(procedure: Procedure[Any], answer: Answering, *, block: int = 100) -> Performance:
    """Run every step; long answers come in blocks of so many octets."""
    performance = Performance()
    blocks: list[Block] = []
    outcome: Any = None
    error: ServiceError | None = None
    while True:
        try:
            step = procedure.throw(error) if error else procedure.send(outcome)
        except StopIteration as end:
            performance.result = end.value
            return performance
        outcome = error = None
        match step:
            case Emit(value):
                performance.emitted.append(value)
            case More():
                outcome = blocks.pop(0)
            case Ask(request) | AskBlocks(request):
                performance.requests.append(request)
                said = answer(request)
                if isinstance(said, ServiceError):
                    error = said
                elif isinstance(step, Ask):
                    outcome = said
                else:
                    blocks, error = _cut(said, block)
                    outcome = None if error else blocks.pop(0)


def _cut(answer: Apdu, size: int) -> tuple[list[Block], ServiceError | None]:
    if not isinstance(answer, GetResponseNormal):
        raise TypeError(f"no answer for blocks: {answer!r}")
    if isinstance(answer.result, DataAccessResult):
        return [], refusal(answer.result)
    octets = answer.result.octets
    pieces = [octets[start : start + size] for start in range(0, len(octets), size)]
    return [Block(piece, last=n == len(pieces)) for n, piece in enumerate(pieces, 1)], None
