"""What forms ask for; each does what its route of the API does, by the route's own function."""

from __future__ import annotations

import json
from collections.abc import Callable

from attrs import frozen
from fastapi.responses import Response

from dlmslite_daemon.api.caller import Caller
from dlmslite_daemon.api.routes import control, diagnosis, sinks
from dlmslite_daemon.api.services import Services


@frozen
class Verb:
    """Something that can be done to a meter.

    Attributes:
        name: Its name, in addresses and texts.
        run: Does it: services, meter, caller. Gives the number of an operation if it is slow.
        asks: Whether it is done only by whoever is sure.
        slow: Whether it speaks to the meter: so many a second for the whole process.
    """

    name: str
    run: Callable[[Services, str, Caller], str | None]
    asks: bool = False
    slow: bool = False


def _pause(services: Services, meter: str, caller: Caller) -> None:
    control.pause(meter, services, caller)


def _resume(services: Services, meter: str, caller: Caller) -> None:
    control.resume(meter, services, caller)


def _force(services: Services, meter: str, caller: Caller) -> None:
    control.resume(meter, services, caller, control.ResumeBody(force=True))


def _restart(services: Services, meter: str, caller: Caller) -> None:
    control.restart(meter, services, caller)


def _test(services: Services, meter: str, caller: Caller) -> str:
    body = diagnosis.TrialBody(wait=False)
    return _operation(diagnosis.try_out(meter, services, caller, None, body))


def _diagnose(services: Services, meter: str, caller: Caller) -> str:
    return _operation(diagnosis.diagnose(meter, services, caller, None))


VERBS = {
    verb.name: verb
    for verb in (
        Verb("pause", _pause, asks=True),
        Verb("resume", _resume),
        Verb("restart", _restart, asks=True),
        Verb("force", _force, asks=True),
        Verb("test", _test, slow=True),
        Verb("diagnose", _diagnose, slow=True),
    )
}
"""Each verb by its name."""


def test_sink(services: Services, sink: str, caller: Caller) -> str:
    """Test a sink; gives the number of the operation."""
    return _operation(sinks.test(sink, services, caller))


def _operation(answer: Response) -> str:
    """The number of the operation that a route began."""
    number: str = json.loads(bytes(answer.body))["operation"]["id"]
    return number
