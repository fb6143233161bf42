"""What is needed of the library's client, and the one place where a real one is made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

import dlmslite
from dlmslite_daemon.clock import Clock


class Client(Protocol):
    """What the reader needs of the library's client.

    Attributes:
        timeout: Seconds for one exchange; may be set between two.
    """

    timeout: float

    @property
    def info(self) -> Any:
        """What was agreed when the association opened."""
        ...

    def read_many(self, obis: Sequence[str]) -> Mapping[str, Any]:
        """Values by logical name, each with ``ok``, ``value`` and ``error``."""
        ...

    def get(self, obis: str, attribute: int, *, class_id: int) -> Any:
        """One attribute in its plain form."""
        ...

    def clock(self) -> Any:
        """The meter's clock; its ``time()`` is an aware datetime."""
        ...

    def profile(self, obis: str) -> Any:
        """A load profile; its ``columns``, and its ``entries`` counted from the oldest."""
        ...

    def objects(self, *, class_id: int) -> Iterable[Any]:
        """The meter's own list of its objects of one class."""
        ...

    def relink(self) -> None:
        """Set the link and the association up again on the same connection."""
        ...

    def close(self) -> None:
        """Release the association and close, politely."""
        ...

    def abort(self) -> None:
        """Break off whatever is under way; from any thread."""
        ...


Connect = Callable[..., Client]


@frozen
class ClientClock:
    """The daemon's clock in the shape that the library wants.

    Attributes:
        clock: The daemon's clock.
        hush: Set to end the client's own waits.
    """

    clock: Clock
    hush: threading.Event = field(eq=False)

    def monotonic(self) -> float:
        """Seconds of the daemon's monotonic clock."""
        return self.clock.monotonic()

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass, unless the session is being broken off."""
        self.clock.wait(self.hush, seconds)


def takes_lists(info: Any, quirks: Mapping[str, Any]) -> bool:
    """Whether several values go into one request: the meter agreed, and no quirk speaks against it.

    Args:
        info: What was agreed.
        quirks: What the meter does differently.
    """
    lists = dlmslite.Conformance.MULTIPLE_REFERENCES
    return lists in info.conformance and not quirks.get("no_with_list")


def library_connect(url: str, **options: Any) -> Client:
    """The library's own ``connect``; the one place where a real client is made."""
    return dlmslite.connect(url, **options)


def agreement_of(info: Any) -> dict[str, Any]:
    """What was agreed, one by one: the largest APDU, the link's parameters, the services.

    Args:
        info: What was agreed when the association opened.
    """
    services = getattr(info.conformance, "name", None) or str(info.conformance)
    return {
        "max_pdu": info.max_pdu,
        "link": dict(info.link),
        "conformance": services.lower().split("|"),
    }


def agreed_text(info: Any) -> str:
    """The same as text."""
    agreement = agreement_of(info)
    link = "".join(f", {name} {value}" for name, value in agreement["link"].items())
    return f"max PDU {agreement['max_pdu']}{link}, {' '.join(agreement['conformance'])}"
