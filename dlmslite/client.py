"""The blocking client of one meter: connect, read, leave.

One client is one association with one logical device. It may be shared between threads: one
exchange at a time is on the wire. ``abort`` may be called from any thread at any time. What it does
on the wire is in ``procedures``; the loop that moves octets is ``pump.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import field

from dlmslite.apdu.conformance import Conformance
from dlmslite.clock import Clock, SystemClock
from dlmslite.codes import AssociationResult
from dlmslite.endpoint import (
    Endpoint,
    Options,
    make_session,
    make_transport,
    response_timeout,
)
from dlmslite.errors import AssociationRejected, ConfigurationError
from dlmslite.keepalive import KeepAlive
from dlmslite.line import Line
from dlmslite.link.base import LinkOpened
from dlmslite.procedures.associate import PDU_MAX, associate
from dlmslite.procedures.authentication import Authentication
from dlmslite.procedures.base import Procedure
from dlmslite.procedures.read import Notebook, Result, read_attribute, read_many, read_one
from dlmslite.procedures.release import release
from dlmslite.pump import Pump
from dlmslite.quirks import STANDARD, Quirks
from dlmslite.records import frozen
from dlmslite.secret import resolve_secret
from dlmslite.trace import Tap
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference
from dlmslite.values.time_policy import TimePolicy

# What only some scripts ask for is imported where it is asked for: most read registers.
if TYPE_CHECKING:
    from dlmslite.cosem.object_list import CosemObject
    from dlmslite.handles import MeterClock, Profile
    from dlmslite.values.selection import EntryDescriptor, RangeDescriptor

T = TypeVar("T")
Name = str | bytes | Obis

PUBLIC_CLIENT = 16  # the client address that needs no authentication (Green Book 4.5.3)
_STANDARD_CLOCK = TimePolicy()
_ASSOCIATION_NAME = AttributeReference(15, Obis.parse("0.0.40.0.0.255"), 1)  # every meter has it
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
    url: str | Line,
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
    adaptive: bool = True,
    inactivity: float | None = None,
    keepalive: float = 0.0,
    clock: Clock | None = None,
    trace: Tap | None = None,
) -> Client:
    """Connect to a meter and open an association.

    Args:
        url: ``tcp://host:port`` or ``udp://host:port`` (wrapper), ``tcp+hdlc://host:port`` or
            ``serial:///dev/name`` (HDLC), the last with keys such as ``?mode=e``; or a ``Line``
            that several clients share.
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
        adaptive: Whether HDLC learns from the answers how soon a lost one is asked for again: 1.5 s
            at least, ``timeout`` at most; else always a third of ``timeout``.
        inactivity: Seconds of silence after which link and association are opened again before the
            next request; 0 for never, None for what the quirks say.
        keepalive: Seconds of silence after which something cheap is read, by a thread of its own,
            so that a converter does not close the connection; 0 for never.
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
    if keepalive < 0 or (inactivity or 0) < 0:
        raise ConfigurationError("inactivity and keepalive are seconds, or 0 for never")
    line = url if isinstance(url, Line) else None
    endpoint = Endpoint.parse(url) if isinstance(url, str) else url.endpoint
    options = Options(
        client=client,
        server=server,
        quirks=quirks,
        max_info=max_info,
        window=window,
        timeout=timeout,
        adaptive=adaptive,
    )
    password = None if auth is None else resolve_secret(auth.secret)
    pump = Pump(
        make_transport(endpoint, timeout) if line is None else line.seat(),
        make_session(endpoint, options),
        timeout=timeout,
        clock=SystemClock() if clock is None else clock,
        trace=trace,
        request_pause=quirks.request_pause,
        lock=None if line is None else line.lock,
    )
    policy = TimePolicy(zone, inverted_deviation=quirks.inverted_deviation)
    opened = open_client(
        pump,
        password=password,
        max_pdu=max_pdu,
        quirks=quirks,
        policy=policy,
        inactivity=inactivity,
    )
    if keepalive:
        opened.keep_alive(keepalive)
    return opened


def open_client(
    pump: Pump,
    *,
    password: bytes | None = None,
    max_pdu: int = PDU_MAX,
    quirks: Quirks = STANDARD,
    policy: TimePolicy = _STANDARD_CLOCK,
    inactivity: float | None = None,
) -> Client:
    """Open a pump's wire and link, and the association on it; see ``connect``.

    Args:
        pump: Not open yet.
        password: The low-level secret; None for no authentication.
        max_pdu: Octets of the largest APDU that we take.
        quirks: What this meter does differently.
        policy: How the meter's clock maps to UTC.
        inactivity: As ``connect`` takes it.

    Raises:
        DlmsError: As ``connect`` does; the wire is closed then.
    """
    how = _Association(password, max_pdu, quirks)
    opened = pump.open()
    try:
        info = how.open(pump, opened)
    except BaseException:
        pump.close()
        raise
    client = Client(pump, how=how, info=info, policy=policy)
    client.inactivity = quirks.inactivity if inactivity is None else inactivity
    return client


@frozen
class _Association:
    """How the association is opened, kept for opening it again.

    Attributes:
        password: The low-level secret; None for no authentication.
        max_pdu: Octets of the largest APDU that we take.
        quirks: What this meter does differently.
    """

    password: bytes | None = field(repr=False)
    max_pdu: int
    quirks: Quirks

    def open(self, pump: Pump, opened: LinkOpened) -> Info:
        """Open the association on a link that has just come up.

        An old association that blocks is ended with its link, once (L08).
        """
        try:
            return self._open(pump, opened)
        except AssociationRejected as error:
            transient = error.result is AssociationResult.REJECTED_TRANSIENT
            if not (transient and opened.parameters):
                raise
        return self._open(pump, pump.reopen(disconnect=True))

    def _open(self, pump: Pump, opened: LinkOpened) -> Info:
        agreed = pump.run(
            associate(
                password=self.password,
                max_pdu=self.max_pdu,
                bare_tag=self.quirks.bare_conformance_tag,
            )
        )
        return Info(agreed.conformance, agreed.max_pdu, dict(opened.parameters))


class Client:
    """An open association with a meter; made by ``connect``, ended by ``close`` or ``with``.

    Attributes:
        info: What was agreed when it connected.
        policy: How the meter's clock maps to UTC.
        inactivity: Seconds of silence after which the next request opens link and association
            again first; 0 for never.
        reopened: How often that happened.
    """

    def __init__(self, pump: Pump, *, how: _Association, info: Info, policy: TimePolicy) -> None:
        self.info = info
        self.policy = policy
        self._pump = pump
        self._how = how
        self._quirks = how.quirks
        self._notebook = Notebook(info.conformance, info.max_pdu, how.quirks)
        self._keepalive: KeepAlive | None = None
        self.inactivity = 0.0
        self.reopened = 0
        pump.before_request = self._refresh

    @property
    def timeout(self) -> float:
        """Seconds for one exchange; may be changed between two, when the meter's pace is known."""
        return self._pump.timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        if seconds <= 0:
            raise ConfigurationError(f"a timeout of {seconds:g} s leaves no time")
        self._pump.timeout = seconds
        self._pump.session.response_timeout = response_timeout(seconds)

    def relink(self) -> None:
        """Set the link up again on the same connection, and the association with it.

        What helps when octets got lost or mixed up and the connection still stands: everything on
        its way is drained, and both sides count from zero. What is known of objects is kept.

        Raises:
            DlmsError: As ``connect``; the client is of no use then, and wants to be closed.
        """
        if not self.info.link:
            # The wrapper has no set-up that would end the old association.
            self._pump.release(release(), RELEASE_SECONDS)
        self.info = self._how.open(self._pump, self._pump.reopen())

    def keep_alive(self, interval: float) -> None:
        """Read something cheap, on a thread of its own, when nothing was heard for so long.

        Args:
            interval: Seconds, below the limit of the converter or meter.
        """
        if self._keepalive is not None:
            self._keepalive.stop()
        self._keepalive = KeepAlive(
            interval, self._pump.idle, lambda: self.run(read_attribute(_ASSOCIATION_NAME))
        )
        self._keepalive.start()

    def read(self, obis: Name) -> Any:
        """The value of an object, now: a ``Quantity``, or the plain form of what is no number.

        Class 3 is tried, then 4, 5 and 1; what was found is remembered, with scaler and unit.

        Raises:
            ServiceError: The meter has no such object, or does not let us read it.
            DlmsError: The exchange failed.
        """
        return self._pump.run(read_one(Obis.parse(obis), self._notebook))

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
        from dlmslite.handles import Profile  # noqa: PLC0415 - see the imports above

        return Profile(self._pump, self._notebook, self.policy, Obis.parse(obis))

    def clock(self) -> MeterClock:
        """The meter's clock, read once, now."""
        from dlmslite.handles import MeterClock  # noqa: PLC0415 - as above

        return MeterClock.read(self._pump, self.policy)

    def objects(self, class_id: int | None = None) -> list[CosemObject]:
        """The meter's own list of its objects, all or those of one class."""
        from dlmslite.procedures.discover import discover  # noqa: PLC0415 - as above

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
        if self._keepalive is not None:
            self._keepalive.stop()
        if not self._quirks.no_release:
            self._pump.release(release(), RELEASE_SECONDS)
        self._pump.close()

    def _refresh(self) -> None:
        """Open link and association again where they must be gone, before a request (L11)."""
        if self.inactivity and self._pump.idle() >= self.inactivity:
            self.reopened += 1
            # The wrapper has no set-up: only a new connection tells the meter that all is new.
            opened = self._pump.renew(same_connection=bool(self.info.link))
            self.info = self._how.open(self._pump, opened)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
