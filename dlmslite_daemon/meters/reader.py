"""One meter's client: opens, reads a batch, closes politely, and says in one way what failed.

The library's exceptions stop here: whatever ends a session becomes ``MeterFailed``. A value that
the meter would not give is no failure but a ``Value`` with its reason: the others are still good.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from attrs import evolve

import dlmslite
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.meters.client import (
    Client,
    ClientClock,
    Connect,
    agreed_text,
    agreement_of,
    takes_lists,
)
from dlmslite_daemon.meters.exchange import Pace, Steady, exchange
from dlmslite_daemon.meters.failure import Failure, FailureKind, MeterFailed, classify
from dlmslite_daemon.meters.frames import FrameTap
from dlmslite_daemon.meters.harvest import Harvest, Value, learnt_of, refused
from dlmslite_daemon.meters.identity import Identifier, Told
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.names import keys
from dlmslite_daemon.meters.plan import Item, Plan
from dlmslite_daemon.meters.traffic import TrafficCount

CLOCK_OBIS = "0.0.1.0.0.255"  # the meter's clock (IEC 62056-6-1)
PUBLIC_CLIENT = 16  # the client address that needs no authentication (IEC 62056-5-3)
CLOCK_EVERY = 600.0  # seconds between two looks at the meter's clock
LIST = "values"  # the register of a request for several values at once
OFFERS_MAX = 200  # series that a meter's object list may propose
_REGISTER_CLASSES = (3, 4, 5)

T = TypeVar("T")


class Reader:
    """One meter on its line; at most one session at a time.

    Attributes:
        traffic: What goes over the wire.

    Args:
        settings: What the meter is.
        secret: Its password, resolved; empty when it needs none.
        line: The line it is on.
        clock: The daemon's clock; the library's client shares it.
        connect: What opens a client: ``dlmslite.connect``, or a fake.
        frames: Takes what goes over the wire, to be shown; None for nobody.
    """

    def __init__(
        self,
        settings: MeterSettings,
        secret: str,
        line: Line,
        clock: Clock,
        connect: Connect,
        frames: FrameTap | None = None,
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._line = line
        self._clock = clock
        self._connect = connect
        self.traffic = TrafficCount(clock, frames)
        self._client: Client | None = None
        self._clock_read = float("-inf")
        self._identifier = Identifier()
        self._hush = threading.Event()  # set to end the client's own waits

    @property
    def is_open(self) -> bool:
        """Whether a session stands."""
        return self._client is not None

    @property
    def agreed(self) -> str:
        """What was agreed with the meter, as text; empty while no session stands."""
        return "" if self._client is None else agreed_text(self._client.info)

    @property
    def agreement(self) -> dict[str, Any]:
        """What was agreed, one by one: largest APDU, link parameters, services; empty likewise."""
        return {} if self._client is None else agreement_of(self._client.info)

    def claim(self) -> None:
        """Take the line for this process; nothing is sent.

        Raises:
            MeterFailed: Another process has it, or the URL makes no sense.
        """
        try:
            self._line.claim(self._settings.url)
        except dlmslite.DlmsError as error:
            raise MeterFailed(classify(error, opening=True)) from error

    def open(self) -> None:
        """Connect and associate.

        Raises:
            MeterFailed: It did not come about.
        """
        settings = self._settings
        self.claim()
        self._line.take(self)
        self._hush.clear()
        try:
            self._client = self._connect(settings.url, **self._options())
        except dlmslite.DlmsError as error:
            self._line.leave(self)
            raise MeterFailed(classify(error, opening=True)) from error
        except (ValueError, TypeError, KeyError) as error:
            self._line.leave(self)
            message = f"the settings of {settings.name} make no sense: {error}"
            failure = Failure(FailureKind.SETTINGS, "E-METER-SETTINGS", message)
            raise MeterFailed(failure) from error

    @property
    def proof_went_out(self) -> bool:
        """Whether, since the last look at the traffic, something was sent that held the proof.

        Over HDLC the first frames only set the link up, so the proof is beyond the first answer.
        """
        traffic = self.traffic.look()
        if "hdlc" in self._settings.url or self._settings.url.startswith("serial"):
            return traffic.receives > 0 and traffic.sends > 1
        return traffic.sends > 0

    def public_answers(self) -> bool:
        """Whether the meter answers the public client, to whom nobody proves anything."""
        options = {**self._options(), "client": PUBLIC_CLIENT}
        options.pop("auth", None)
        try:
            self._connect(self._settings.url, **options).close()
        except dlmslite.DlmsError:
            return False
        return True

    def identity(self, known: str = "") -> Told:
        """Who the meter says it is.

        Args:
            known: The object that is known to say it; empty while none is.

        Raises:
            MeterFailed: The session broke; it is closed.
        """
        client = self._standing()
        pace = Steady(self._settings.timeout)

        def get(obis: str) -> Any:
            ask = partial(client.get, obis, 2, class_id=1)
            return exchange(client, pace, self._clock, obis, ask)

        try:
            return self._identifier.ask(get, known)
        except dlmslite.DlmsError as error:
            raise self._broken(error) from error

    def relink(self) -> None:
        """Set the link and the association up again, on the connection that stands.

        Raises:
            MeterFailed: It did not help; the session is closed.
        """
        client = self._standing()
        client.timeout = self._settings.timeout
        try:
            client.relink()
        except dlmslite.DlmsError as error:
            raise self._broken(error) from error

    def poll(self, plan: Plan, pace: Pace | None = None) -> Harvest:
        """Read all that the plan asks, on the session that stands.

        Args:
            plan: What to read.
            pace: How patient to be; the line's own timeout for all unless told.

        Raises:
            MeterFailed: The session broke; it is closed.
        """
        client = self._standing()
        pace = pace or Steady(self._settings.timeout)
        begun = self._clock.monotonic()
        try:
            values = [*self._read_together(client, plan, pace)]
            values += self._read_alone(client, plan, pace)
            seconds = self._clock.monotonic() - begun
            ts_ms = self._clock.utc_ms()
            meter_ts_ms, drift = self._look_at_clock(client, pace)
        except dlmslite.DlmsError as error:
            raise self._broken(error) from error
        order = {item: index for index, item in enumerate(plan.items)}
        values.sort(key=lambda value: order[value.item])
        learnt = learnt_of(plan, values)
        return Harvest(tuple(values), ts_ms, seconds, learnt, meter_ts_ms, drift)

    def offers(self) -> tuple[Item, ...]:
        """The registers that the meter's own object list names, with keys for them.

        Raises:
            MeterFailed: The session broke; it is closed.
        """
        client = self._standing()
        found: list[tuple[str, int]] = []
        try:
            for class_id in _REGISTER_CLASSES:
                found += [
                    (str(entry.obis), class_id) for entry in client.objects(class_id=class_id)
                ]
        except dlmslite.ServiceError:
            return ()  # it keeps its list to itself; nothing is wrong with the session
        except dlmslite.DlmsError as error:
            raise self._broken(error) from error
        offered = found[:OFFERS_MAX]
        named = zip(keys(obis for obis, _ in offered), offered, strict=True)
        return tuple(Item(key, obis, class_id=class_id) for key, (obis, class_id) in named)

    def use(self, work: Callable[[Client], T]) -> T:
        """Do something else with the session that stands.

        Args:
            work: What to do with the client.

        Raises:
            MeterFailed: The session broke; it is closed.
            ServiceError: The meter refused it; the session stands, here and below.
            DecodeError: It answered what makes no sense.
            ConfigurationError: Something must be known to make sense of its answer.
        """
        client = self._standing()
        try:
            return work(client)
        except (dlmslite.ServiceError, dlmslite.DecodeError, dlmslite.ConfigurationError):
            raise
        except dlmslite.DlmsError as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Release and disconnect politely; harmless when no session stands."""
        client, self._client = self._client, None
        if client is not None:
            self._line.leave(self)
            try:
                client.close()
            except dlmslite.DlmsError:
                return  # whatever was wrong with it, it is closed now

    def abort(self) -> None:
        """Break off whatever is under way; from any thread."""
        self._hush.set()
        client = self._client
        if client is not None:
            client.abort()

    # ------------------------------------------------------------------ one poll

    def _read_together(self, client: Client, plan: Plan, pace: Pace) -> list[Value]:
        names = plan.together
        if not names:
            return []
        # One request has one deadline. Where the meter takes no lists, each register is a request
        # anyway, and has its own.
        together = takes_lists(client.info, self._settings.quirks)
        requests = {LIST: names} if together else {name: (name,) for name in names}
        results: dict[str, Any] = {}
        took: dict[str, float] = {}
        for register, some in requests.items():
            begun = self._clock.monotonic()
            ask = partial(client.read_many, some)
            results |= exchange(client, pace, self._clock, register, ask)
            took |= dict.fromkeys(some, self._clock.monotonic() - begun)
        values = []
        for item in plan.asked:
            if not item.together:
                continue
            result = results[item.obis]
            value = Value(item, result.value) if result.ok else refused(item, result.error)
            values.append(evolve(value, seconds=took[item.obis]))
        return values

    def _read_alone(self, client: Client, plan: Plan, pace: Pace) -> list[Value]:
        answers: dict[str, Value] = {}
        for item in plan.alone:
            class_id = item.class_id if item.class_id is not None else _REGISTER_CLASSES[0]
            ask = partial(client.get, item.obis, item.attribute, class_id=class_id)
            begun = self._clock.monotonic()
            try:
                value = Value(item, exchange(client, pace, self._clock, item.target, ask))
            except (dlmslite.ServiceError, dlmslite.DecodeError) as error:
                value = refused(item, error)
            answers[item.target] = evolve(value, seconds=self._clock.monotonic() - begun)
        asked = [item for item in plan.asked if not item.together]
        return [evolve(answers[item.target], item=item) for item in asked]

    def _look_at_clock(self, client: Client, pace: Pace) -> tuple[int | None, float | None]:
        """The meter's time, now and then: one round trip that not every poll can afford."""
        now = self._clock.monotonic()
        if now - self._clock_read < CLOCK_EVERY:
            return None, None
        self._clock_read = now
        try:
            shown = exchange(client, pace, self._clock, CLOCK_OBIS, client.clock)
        except (dlmslite.ServiceError, dlmslite.DecodeError, dlmslite.ConfigurationError):
            return None, None  # it has none, or its time names no moment
        meter_ms = round(shown.time().timestamp() * 1000)
        return meter_ms, (meter_ms - self._clock.utc_ms()) / 1000

    # ------------------------------------------------------------------ the session

    def _standing(self) -> Client:
        if self._client is None:
            raise MeterFailed(Failure(FailureKind.LINK, "E-METER-CLOSED", "no session stands"))
        return self._client

    def _broken(self, error: dlmslite.DlmsError) -> MeterFailed:
        self.close()
        return MeterFailed(classify(error, opening=False))

    def _options(self) -> dict[str, Any]:
        settings = self._settings
        # Names and kinds of quirks are the library's to check; it says which one it does not know.
        quirks: dict[str, Any] = {"request_pause": settings.pause, **settings.quirks}
        options: dict[str, Any] = {
            "client": settings.client,
            "server": settings.address,
            "timeout": settings.timeout,
            "quirks": dlmslite.Quirks(**quirks),
            "clock": ClientClock(self._clock, self._hush),
            "trace": self.traffic,
        }
        if self._secret:
            options["auth"] = dlmslite.Lls(self._secret)
        if settings.zone:
            options["zone"] = ZoneInfo(settings.zone)
        for name in ("max_info", "window", "max_pdu"):
            value = getattr(settings, name)
            if value is not None:
                options[name] = value
        return options
