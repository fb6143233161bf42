"""Slow actions: each gets a number, a thread of its own and a place where its end can be seen.

The request that starts one is answered at once with 202 and the number; ``GET
/api/operations/<id>`` tells how it stands.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, frozen

from dlmslite_daemon.api.exact_json import error_object
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import BridgeError, UnknownName

RUNNING_MAX = 8  # operations at once: more would only wait for one another at the meters
KEPT_MAX = 200  # operations remembered after their end

Work = Callable[[], Mapping[str, Any]]
Tell = Callable[[str], None]
ToldWork = Callable[[Tell], Mapping[str, Any]]


@frozen
class Operation:
    """One slow action.

    Attributes:
        id: Its number, as text.
        verb: What it does, such as ``meter add``.
        state: ``running``, ``done`` or ``failed``.
        started_ms: When it began, ms UTC.
        ended_ms: When it ended, ms UTC; None while it runs.
        result: What came of it; None unless it is done.
        error: The error object; None unless it failed.
        progress: What it is doing, in words; empty where it does not tell.
    """

    id: str
    verb: str
    state: str
    started_ms: int
    ended_ms: int | None = None
    result: Mapping[str, Any] | None = None
    error: Mapping[str, str] | None = None
    progress: str = ""

    def view(self) -> dict[str, Any]:
        """The operation as the API shows it."""
        return {
            "id": self.id,
            "verb": self.verb,
            "state": self.state,
            "started": self.started_ms,
            "ended": self.ended_ms,
            "result": self.result,
            "error": self.error,
            "progress": self.progress,
        }


class Operations:
    """Runs slow actions and remembers the last of them.

    Args:
        clock: Tells when they began and ended.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: OrderedDict[str, Operation] = OrderedDict()
        self._last = 0

    def start(self, verb: str, work: Work) -> Operation:
        """Run ``work`` beside the request.

        Args:
            verb: What it does.
            work: Returns the result; raises ``BridgeError`` when it fails.

        Raises:
            BridgeError: Too many run already (``E-TOO-BUSY``).
        """
        return self.start_telling(verb, lambda _tell: work())

    def start_telling(self, verb: str, work: ToldWork) -> Operation:
        """Run ``work`` beside the request, and show what it tells meanwhile.

        Args:
            verb: What it does.
            work: Is given what takes its words; returns the result; raises ``BridgeError``.

        Raises:
            BridgeError: Too many run already (``E-TOO-BUSY``).
        """
        with self._lock:
            running = sum(1 for known in self._all.values() if known.state == "running")
            if running >= RUNNING_MAX:
                raise BridgeError(
                    f"{running} operations are running already",
                    code="E-TOO-BUSY",
                    hint="try again when one of them has ended",
                )
            self._last += 1
            operation = Operation(str(self._last), verb, "running", self._clock.utc_ms())
            self._all[operation.id] = operation
            while len(self._all) > KEPT_MAX:
                ended = next(i for i, known in self._all.items() if known.state != "running")
                del self._all[ended]
        name = f"operation «{verb}»"
        threading.Thread(target=self._run, args=(operation, work), name=name, daemon=True).start()
        return operation

    def get(self, number: str) -> Operation:
        """How an operation stands.

        Raises:
            UnknownName: There is none of this number, or it was long ago.
        """
        with self._lock:
            operation = self._all.get(number)
        if operation is None:
            raise UnknownName(
                f"there is no operation {number!r}",
                code="E-OPERATION-UNKNOWN",
                hint=f"the last {KEPT_MAX} are remembered until a restart: begin it again",
            )
        return operation

    def _run(self, operation: Operation, work: ToldWork) -> None:
        def tell(text: str) -> None:
            with self._lock:
                self._all[operation.id] = evolve(operation, progress=text)

        # Stands until the work says otherwise; an error of ours goes on to the thread's hook.
        unexpected = BridgeError("an error of our own; the log has it", code="E-INTERNAL")
        end = evolve(operation, state="failed", error=error_object(unexpected))
        try:
            end = evolve(operation, state="done", result=work(tell))
        except BridgeError as error:
            end = evolve(operation, state="failed", error=error_object(error))
        finally:
            with self._lock:
                last = self._all[operation.id].progress
                end = evolve(end, ended_ms=self._clock.utc_ms(), progress=last)
                self._all[operation.id] = end
