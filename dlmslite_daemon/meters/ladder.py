"""The meter's rungs of the diagnosis ladder, climbed on the thread that owns the line.

::

    name → route → host ─┐                      (host.py: the meter's port stays untouched)
      connect → banner → link → queue → public  (the library's probe: no proof, nothing made up)
      association                               (as configured, once, through the credential guard)
      identity → clock → register               (on that session)

It stops at the first rung that fails. What a rung's evidence means is decided in ``judge.py``.
"""

from __future__ import annotations

import ipaddress
import shlex
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import evolve, field, frozen

import dlmslite
from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.finding import Rung, Step
from dlmslite_daemon.meters import judge
from dlmslite_daemon.meters.client import ClientClock
from dlmslite_daemon.meters.failure import FailureKind, MeterFailed
from dlmslite_daemon.meters.host import HostSeen, Senses, look, look_again
from dlmslite_daemon.meters.identity import Told
from dlmslite_daemon.meters.inquiry import Inquiry, LadderValue
from dlmslite_daemon.meters.judge import Judgement, Tried, fine
from dlmslite_daemon.meters.reader import PUBLIC_CLIENT, Reader
from dlmslite_daemon.meters.traffic import Traffic
from dlmslite_daemon.meters.unreached import of_connect

REST = 2.0  # seconds between a close and the next connect on one endpoint (bridge.md 3)
PROBE_SECONDS = 3.0  # for one exchange of the probe, at most
QUICK_SECONDS = 7.0  # after which a quick climb makes no other connection: it ends within 15 s
QUEUE_SECONDS = 40.0  # another client's idle limit is 30 s on the converters that queue
_SERIAL_DIGITS = 4  # that make an address

Probe = Callable[..., Any]
Amounts = tuple[float, tuple[int, bytes], tuple[int, bytes]]  # seconds, octets out and in


def library_probe(url: str, **options: Any) -> Any:
    """The library's own ``probe``; the one place where a real one is made."""
    return dlmslite.probe(url, **options)


@frozen(kw_only=True)
class Route:
    """What may be done on the way up.

    Attributes:
        settings: The meter.
        quick: Whether it must be over within 15 s: fewer address forms, one value.
        alone: Whether the meter has its line to itself, so that everybody may be called.
        known: Who it should be, and which of its objects says so; empty where nobody knows.
        open: Opens the configured association through the credential guard.
        claim: Takes the line for this process; raises ``MeterFailed``.
        traffic: What passed on its wire since it was last asked.
        tell: Told what is going on; what it raises ends the climb.
        on_wire: Given what breaks each connection of the probe off.
        probe: The library's probe, or a stand-in.
        senses: How the host is looked at.
    """

    settings: MeterSettings
    open: Callable[[], Reader] = field(repr=False)
    claim: Callable[[], None] = field(default=lambda: None, repr=False)
    traffic: Callable[[], Traffic] = field(default=Traffic, repr=False)
    quick: bool = True
    alone: bool = False
    known: Told = field(factory=Told)
    tell: Callable[[str], None] = field(default=lambda _text: None, repr=False)
    on_wire: Callable[[Callable[[], None]], None] = field(
        default=lambda _interrupt: None, repr=False
    )
    probe: Probe = field(default=library_probe, repr=False)
    senses: Senses = field(factory=Senses, repr=False)


class MeterLadder:
    """One climb.

    Attributes:
        rungs: What was climbed so far.
        values: What was read.
        reader: The configured session, once it stands; whoever climbed closes it.

    Args:
        route: What may be done.
        clock: The daemon's clock.
        hush: Set to end the waits.
    """

    def __init__(self, route: Route, clock: Clock, hush: threading.Event) -> None:
        self._route = route
        self._clock = clock
        self._hush = hush
        self._public = False
        self.rungs: list[Rung] = []
        self.values: list[LadderValue] = []
        self.reader: Reader | None = None

    @property
    def failed(self) -> bool:
        """Whether a rung has failed."""
        return any(rung.step is Step.FAILED for rung in self.rungs)

    def climb(self) -> bool:
        """Go up as far as it goes; whether no rung failed."""
        for stretch in (self._line, self._host, self._probe, self._associate, self._read):
            stretch()
            if self.failed:
                return False
        return True

    # ------------------------------------------------------------------ host and link

    def _line(self) -> None:
        """The rung ``line``: nobody else of this machine talks on it meanwhile."""
        begun = self._clock.monotonic()
        judged = fine("the line is ours")
        try:
            self._route.claim()
        except MeterFailed as error:
            judged = self._of_failure(error)
        self.rungs.append(judged.rung("line", self._clock.monotonic() - begun))

    def _host(self) -> None:
        self._seen = HostSeen()
        endpoint = dlmslite.Endpoint.parse(self._route.settings.url)
        self._framing = endpoint.framing
        if endpoint.host:
            self._route.tell("host")
            self._seen = look(endpoint.host, endpoint.port, self._clock, self._route.senses)
            self.rungs += self._seen.rungs

    def _probe(self) -> None:
        route = self._route
        settings, quick = route.settings, route.quick
        digits = sum(letter.isdecimal() for letter in route.known.serial)
        report = route.probe(
            settings.url,
            servers=(settings.address,),
            address_octets=int(str(settings.quirks.get("address_octets", 0))),
            serial=route.known.serial if digits >= _SERIAL_DIGITS else None,
            clients=(settings.client,),
            everybody=route.alone and not quick,
            timeout=min(PROBE_SECONDS, settings.timeout),
            pause=REST,
            queue_wait=0.0 if quick else QUEUE_SECONDS,
            surveys=False,
            within=QUICK_SECONDS if quick else 0.0,
            progress=route.tell,
            on_wire=route.on_wire,
            clock=ClientClock(self._clock, self._hush),
        )
        outcomes = report.outcomes
        if self._connect(outcomes):
            self._listen(outcomes)
        if not self.failed:
            self._link(outcomes)

    def _connect(self, outcomes: Sequence[Any]) -> bool:
        """The rung ``connect``; whether some connection came about."""
        name = "connect"
        amounts = _amounts(outcomes, name)
        if any(outcome.end.value != "unreachable" for outcome in outcomes):
            told = f"connected to {self._seen.address or self._route.settings.endpoint}"
            self.rungs.append(fine(told).rung(name, *amounts))
            return True
        seen = look_again(self._seen, self._route.senses)
        # Routers say why only so often: what one try was told holds for those that heard nothing.
        telling = [one for one in outcomes if one.cause != "timeout"] or outcomes
        said = [one for one in outcomes if one.why == telling[-1].why]
        share = "" if len(said) == len(outcomes) else f"{len(said)} of "
        why = f"{telling[-1].why}, {share}{len(outcomes)} times"
        judged = of_connect(telling[-1].cause if seen.address else "device", why, seen)
        if judged.cause is not Cause.NO_ROUTE:
            judged = evolve(judged, command=_scan(seen.address, self._route))
        self.rungs.append(judged.rung(name, *amounts))
        return False

    def _listen(self, outcomes: Sequence[Any]) -> None:
        """The rung ``banner``: what was said before anything was asked."""
        spoke = next((o for o in outcomes if o.banner and _last_step(o) == "listen"), None)
        judged = fine("nobody speaks unasked")
        if spoke is not None:
            judged = judge.of_text(spoke.banner, spoke.cause)
        self.rungs.append(judged.rung("banner", *_amounts(outcomes, "listen")))

    def _link(self, connections: Sequence[Any]) -> None:
        """The rungs ``link``, ``queue`` and ``public``."""
        outcomes = [one for one in connections if one.end.value != "unreachable"]
        dropped = len(outcomes) < len(connections)
        tried = [self._tried(outcome) for outcome in outcomes]
        waited = [outcome for outcome in outcomes if outcome.attempt.patience]
        every = not self._route.quick
        step = "link" if self._framing == "hdlc" else "association"
        judged = judge.of_link(tried, self._framing, every_form=every, dropped=dropped)
        quirk = bool(self._route.settings.quirks.get("no_snrm_parameters"))
        if judged.cause is Cause.LINK_PARAMETERS and quirk:
            judged = fine(f"{judged.told}, as configured")
        if waited:
            silent = "nothing answered, so another client may have the line"
            self._skip("link", silent, _amounts(outcomes, step))
            self.rungs.append(judged.rung("queue", *_amounts(waited, step)))
        else:
            self.rungs.append(judged.rung("link", *_amounts(outcomes, step)))
        if not self.failed:
            self._public_rung(outcomes)

    def _public_rung(self, outcomes: Sequence[Any]) -> None:
        """The rung ``public``, which never fails: the configured client may get in all the same."""
        public = [one for one in outcomes if one.attempt.client == PUBLIC_CLIENT]
        amounts = _amounts(public, "association")
        self._public = any(one.end.value == "associated" for one in public)
        if self._public:
            self.rungs.append(fine("let in without a proof").rung("public", *amounts))
        elif public:
            self._skip("public", public[-1].why, amounts)

    def _tried(self, outcome: Any) -> Tried:
        attempt = outcome.attempt
        form = attempt.form
        exchange = outcome.exchanges[-1] if outcome.exchanges else None
        return Tried(
            end=outcome.end.value,
            form=f"{form} for client {attempt.client}",
            server=_options(form.server),
            is_configured=form.origin.value == "named",
            is_answer=outcome.end.is_answer,
            proposes=attempt.proposes,
            # After the first silences only a long patience is answered: that is a queue.
            late=outcome.late or bool(attempt.patience),
            cause=outcome.cause,
            banner=outcome.banner,
            why=outcome.why,
            sent=exchange.sent if exchange else b"",
            received=exchange.received if exchange and outcome.end.value == "noise" else b"",
        )

    # ------------------------------------------------------------------ the association

    def _associate(self) -> None:
        """The rung ``association``: as configured, once."""
        self._route.tell("association")
        # The endpoint needs its rest after the probe's last connection.
        self._clock.wait(self._hush, REST)
        begun = self._clock.monotonic()
        try:
            reader = self.reader = self._route.open()
        except MeterFailed as error:
            judged = self._of_failure(error)
        except BridgeError as error:
            judged = Judgement(Cause.UNKNOWN, Confidence.LOW, error.message)
        else:
            judged = fine(f"accepted: {reader.agreed}")
        self.rungs.append(judged.rung("association", *self._passed(begun)))

    def _passed(self, begun: float) -> Amounts:
        """How long it took, and how much passed; the octets themselves hold the proof."""
        seconds = self._clock.monotonic() - begun
        traffic = self._route.traffic()
        return seconds, (traffic.octets_sent, b""), (traffic.octets_received, b"")

    def _of_failure(self, error: MeterFailed) -> Judgement:
        failure, reason = error.failure, error.__cause__
        if failure.code == "E-METER-GUARD":
            return Judgement(Cause.CREDENTIAL_GUARDED, Confidence.HIGH, failure.message)
        if failure.kind is FailureKind.IN_USE:
            return Judgement(Cause.LINE_IN_USE, Confidence.HIGH, failure.message)
        if not isinstance(reason, dlmslite.DlmsError):
            return Judgement(Cause.UNKNOWN, Confidence.LOW, failure.message)
        proves = bool(self._route.settings.password)
        silent_link = (
            isinstance(reason, dlmslite.DeadlineExceeded) and reason.cause == "never-heard"
        )
        # A wrapper has no link that could be silent by itself.
        linked = self._framing != "hdlc" or not silent_link
        return judge.of_association(reason, proves=proves, public=self._public, linked=linked)

    # ------------------------------------------------------------------ reading

    def _read(self) -> None:
        """The rungs ``identity``, ``clock`` and ``register``."""
        if self.reader is not None:
            inquiry = Inquiry(
                self.reader, self._route.settings, self._clock, self._route.known,
                self._route.quick, self._route.tell, self.values,
            )  # fmt: skip
            self.rungs += inquiry.rungs()

    # ------------------------------------------------------------------ rungs

    def _skip(self, name: str, told: str, amounts: Amounts) -> None:
        self.rungs.append(evolve(fine(told).rung(name, *amounts), step=Step.SKIPPED))


def _amounts(outcomes: Iterable[Any], step: str) -> Amounts:
    """How long a step took on all connections, and what passed; the octets of the last one."""
    steps = [one for outcome in outcomes for one in outcome.exchanges if one.step == step]
    sent = sum(one.octets[0] for one in steps)
    received = sum(one.octets[1] for one in steps)
    last = steps[-1] if steps else None
    shown = (last.sent, last.received) if last else (b"", b"")
    return sum(one.seconds for one in steps), (sent, shown[0]), (received, shown[1])


def _last_step(outcome: Any) -> str:
    return str(outcome.exchanges[-1].step) if outcome.exchanges else ""


def _scan(address: str, route: Route) -> str:
    """The scan that finds a meter which has got another address in its network."""
    port = dlmslite.Endpoint.parse(route.settings.url).port
    if not address or ":" in address:
        return ""
    network = ipaddress.ip_network(f"{address}/24", strict=False)
    serial = route.known.serial
    wanted = f" --serial {shlex.quote(serial)}" if serial else ""
    return f"dlmslite-bridge scan {network} --port {port}{wanted}"


def _options(server: int | tuple[int, int]) -> str:
    """An address as options of ``meter set``."""
    if isinstance(server, tuple):
        return f"--server {server[0]} --physical {server[1]}"
    return f"--server {server}"
