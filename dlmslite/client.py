"""The blocking client of one meter: connect, read, leave.

One client is one association with one logical device. It may be shared between threads: one
exchange at a time is on the wire. ``abort`` may be called from any thread at any time. What it does
on the wire is in ``procedures``; the loop that moves octets is ``pump.py``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Generator, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from attrs import field, frozen

from dlmslite.apdu.conformance import Conformance
from dlmslite.clock import Clock, SystemClock
from dlmslite.cosem.classes.clock import drift
from dlmslite.cosem.object_list import CosemObject
from dlmslite.endpoint import Endpoint, Options, make_session, make_transport
from dlmslite.errors import ConfigurationError
from dlmslite.files import resolve_secret
from dlmslite.procedures.associate import PDU_MAX, associate
from dlmslite.procedures.authentication import Authentication
from dlmslite.procedures.base import Procedure
from dlmslite.procedures.discover import discover
from dlmslite.procedures.load_profile import ProfileShape, entries, read_shape, rows
from dlmslite.procedures.read import Notebook, Result, read_attribute, read_many, read_one
from dlmslite.procedures.release import release
from dlmslite.pump import Pump
from dlmslite.quirks import STANDARD, Quirks
from dlmslite.trace import Tap
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor
from dlmslite.values.table import Column, Row
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime

T = TypeVar("T")
Name = str | bytes | Obis

CLOCK = Obis.parse("0.0.1.0.0.255")
CLOCK_CLASS = 8
PUBLIC_CLIENT = 16  # the client address that needs no authentication (Green Book 4.5.3)
_STANDARD_CLOCK = TimePolicy()
RELEASE_SECONDS = 3.0  # a polite end is not worth a longer wait


@frozen
class Info:
    """What was agreed when the client connected.

    Attributes:
        conformance: The services that both sides have.
        max_pdu: Octets of the largest APDU that the meter takes; 0 means no limit.
        link: What the link negotiated, by name; empty for the wrapper.
    """

    conformance: Conformance
    max_pdu: int
    link: dict[str, int] = field(factory=dict)


def connect(
    url: str,
    *,
    client: int = PUBLIC_CLIENT,
    server: int | tuple[int, int] = 1,
    auth: Authentication | None = None,
    zone: dt.tzinfo | None = None,
    timeout: float = 10.0,
    quirks: Quirks = STANDARD,
    max_info: int = 2030,
    window: int = 7,
    max_pdu: int = PDU_MAX,
    clock: Clock | None = None,
    trace: Tap | None = None,
) -> Client:
    """Connect to a meter and open an association.

    Args:
        url: ``tcp://host:port`` (wrapper) or ``tcp+hdlc://host:port``.
        client: Our client address; 16 is the public client.
        server: The meter's address: one number, or the pair (logical, physical).
        auth: How we prove ourselves, such as ``Lls("22222222")``; None for no authentication.
        zone: The zone of the meter's clock, for meters that tell no deviation, and for the times
            that are handed out.
        timeout: Seconds for one exchange.
        quirks: What this meter does differently.
        max_info: The longest HDLC information field to propose, 128 to 2030 octets.
        window: HDLC frames to propose before an answer, 1 to 7.
        max_pdu: Octets of the largest APDU that we take.
        clock: The time to live by; tests give their own.
        trace: Takes every piece of octets that moves.

    Raises:
        ConfigurationError: An option makes no sense.
        TransportError: The endpoint cannot be reached.
        LinkError: The link was refused.
        AssociationRejected: The meter refused the association.
        DeadlineExceeded: Nothing answered in time.
    """
    if timeout <= 0:
        raise ConfigurationError(f"a timeout of {timeout:g} s leaves no time")
    endpoint = Endpoint.parse(url)
    options = Options(
        client=client,
        server=server,
        quirks=quirks,
        max_info=max_info,
        window=window,
        timeout=timeout,
    )
    password = None if auth is None else resolve_secret(auth.secret)
    pump = Pump(
        make_transport(endpoint, timeout),
        make_session(endpoint, options),
        timeout=timeout,
        clock=SystemClock() if clock is None else clock,
        trace=trace,
        request_pause=quirks.request_pause,
    )
    policy = TimePolicy(zone, inverted_deviation=quirks.inverted_deviation)
    return open_client(pump, password=password, max_pdu=max_pdu, quirks=quirks, policy=policy)


def open_client(
    pump: Pump,
    *,
    password: bytes | None = None,
    max_pdu: int = PDU_MAX,
    quirks: Quirks = STANDARD,
    policy: TimePolicy = _STANDARD_CLOCK,
) -> Client:
    """Open a pump's wire and link, and the association on it; see ``connect``.

    Args:
        pump: Not open yet.
        password: The low-level secret; None for no authentication.
        max_pdu: Octets of the largest APDU that we take.
        quirks: What this meter does differently.
        policy: How the meter's clock maps to UTC.

    Raises:
        DlmsError: As ``connect`` does; the wire is closed then.
    """
    opened = pump.open()
    try:
        agreed = pump.run(
            associate(password=password, max_pdu=max_pdu, bare_tag=quirks.bare_conformance_tag)
        )
    except BaseException:
        pump.close()
        raise
    info = Info(agreed.conformance, agreed.max_pdu, dict(opened.parameters))
    return Client(pump, info=info, quirks=quirks, policy=policy)


class Client:
    """An open association with a meter; made by ``connect``, ended by ``close`` or ``with``.

    Attributes:
        info: What was agreed when it connected.
        policy: How the meter's clock maps to UTC.
    """

    def __init__(self, pump: Pump, *, info: Info, quirks: Quirks, policy: TimePolicy) -> None:
        self.info = info
        self.policy = policy
        self._pump = pump
        self._quirks = quirks
        self._notebook = Notebook(info.conformance, info.max_pdu, quirks)

    def read(self, obis: Name) -> Any:
        """The value of an object, now: a ``Quantity``, or the plain form of what is no number.

        Class 3 is tried, then 4, 5 and 1; what was found is remembered, with scaler and unit.

        Raises:
            ServiceError: The meter has no such object, or does not let us read it.
            DlmsError: The exchange failed.
        """
        result = self.run(read_one(Obis.parse(obis), self._notebook))
        if result.error is not None:
            raise result.error
        return result.value

    def read_many(self, names: Iterable[Name]) -> dict[str, Result]:
        """The values of several objects, in the fewest round trips that the meter allows.

        Returns:
            One ``Result`` for each name, in order, by its dotted text; a failure is a value.

        Raises:
            DlmsError: The exchange failed, so that nothing more can be read.
        """
        parsed = [Obis.parse(name) for name in names]
        results = self.run(read_many(parsed, self._notebook))
        return {str(name): result for name, result in results.items()}

    def get(
        self,
        obis: Name,
        attribute: int = 2,
        *,
        class_id: int,
        selection: RangeDescriptor | EntryDescriptor | None = None,
    ) -> Any:
        """The plain form of one attribute, without scaler or meaning.

        Raises:
            ServiceError: The meter answered with an error.
            DlmsError: The exchange failed.
        """
        reference = AttributeReference(class_id, Obis.parse(obis), attribute, selection)
        return self.run(read_attribute(reference)).plain

    def profile(self, obis: Name) -> Profile:
        """A handle on a load profile; its columns are read at the first use."""
        return Profile(self, Obis.parse(obis))

    def clock(self) -> MeterClock:
        """The meter's clock, read once, now."""
        reference = AttributeReference(CLOCK_CLASS, CLOCK, 2)
        before = dt.datetime.now(dt.UTC)
        value = self.run(read_attribute(reference))
        after = dt.datetime.now(dt.UTC)
        shown = CosemDateTime.parse(value.plain)
        moment = self.policy.aware(shown)
        return MeterClock(moment, drift(moment, before, after), shown)

    def objects(self, class_id: int | None = None) -> list[CosemObject]:
        """The meter's own list of its objects, all or those of one class."""
        found = self.run(discover())
        return [item for item in found if class_id is None or item.class_id == class_id]

    def run(self, procedure: Procedure[T]) -> T:
        """Perform a procedure of any kind and return its result."""
        return self._pump.run(procedure)

    def stream(self, procedure: Procedure[T]) -> Generator[Any, None, T]:
        """Perform a procedure and yield what it emits, as it arrives."""
        return self._pump.stream(procedure)

    def abort(self) -> None:
        """Make the exchange in progress fail at once, whatever thread it is on; then ``close``."""
        self._pump.abort()

    def close(self) -> None:
        """Release the association, disconnect, and close the connection; never raises."""
        if not self._quirks.no_release:
            self._pump.release(release(), RELEASE_SECONDS)
        self._pump.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@frozen
class MeterClock:
    """A meter's clock as it was read.

    Attributes:
        moment: What it showed, aware.
        ahead: How far it was ahead of this machine's clock at the middle of the exchange.
        shown: What it showed, as the meter wrote it.
    """

    moment: dt.datetime
    ahead: dt.timedelta
    shown: CosemDateTime

    def time(self) -> dt.datetime:
        """What the meter's clock showed, aware."""
        return self.moment

    def drift(self) -> dt.timedelta:
        """How far the meter's clock is ahead of this machine's."""
        return self.ahead


class Profile:
    """One load profile of a meter.

    Attributes:
        obis: Its logical name.
    """

    def __init__(self, client: Client, obis: Obis) -> None:
        self.obis = obis
        self._client = client
        self._shape: ProfileShape | None = None

    @property
    def shape(self) -> ProfileShape:
        """Columns and capture period, read once: captured objects with their scalers and units."""
        if self._shape is None:
            client = self._client
            self._shape = client.run(read_shape(self.obis, client.policy, client._notebook))  # noqa: SLF001 - a handle of its client
        return self._shape

    @property
    def columns(self) -> Sequence[Column]:
        """The captured columns, in the order of the buffer."""
        return self.shape.layout.columns

    def rows(
        self, start: dt.datetime | None = None, end: dt.datetime | None = None
    ) -> Iterator[Row]:
        """The rows from ``start`` to ``end``, both included, as they arrive; all when neither.

        Args:
            start: Aware time of the first row; None for the oldest.
            end: Aware time of the last row; None for the newest.

        Raises:
            ConfigurationError: A time is naive.
            ServiceError: The meter answered with an error.
            DlmsError: The exchange failed.
        """
        for time in (start, end):
            if time is not None and time.tzinfo is None:
                raise ConfigurationError(
                    f"{time.isoformat()} has no zone", hint="give aware datetimes"
                )
        return _each(self._client.stream(rows(self.shape, start, end)))

    def entries(self, first: int = 1, count: int | None = None) -> Iterator[Row]:
        """``count`` rows from the ``first`` on, counted from 1, as they arrive.

        Raises:
            ConfigurationError: The numbers make no sense.
            ServiceError: The meter answered with an error.
            DlmsError: The exchange failed.
        """
        if first < 1 or (count is not None and count < 1):
            raise ConfigurationError("entries are counted from 1, and one at least is wanted")
        return _each(self._client.stream(entries(self.shape, first, count)))


def _each(lists: Generator[list[Row], None, Any]) -> Iterator[Row]:
    """The rows of lists of rows; closing it cancels the transfer."""
    with contextlib.closing(lists):
        for found in lists:
            yield from found
