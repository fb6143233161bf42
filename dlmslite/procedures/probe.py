"""The ladder of a probe: which connection to make next, given what came of those before.

A generator that yields an ``Attempt`` and is sent its ``Outcome``; what it returns is the report.
It knows no wire: whoever runs it makes one connection at a time, with a pause between them.

The rungs, in order (old-bridge.md 7.4): the address forms for the public client, each with and
without SNRM parameters; the same for the clients that the operator names, where nobody answered;
then, at the address that answered, every client that was named, without a proof; then the one proof
that the operator gave, once; smaller frames wherever long ones broke; then the block transfer. The
ladder never makes up a password, uses the given one again only where it was accepted, and writes
nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterator
from typing import TypeVar

from attrs import evolve

from dlmslite.apdu.conformance import Conformance
from dlmslite.errors import ConfigurationError, EncodeError
from dlmslite.link.hdlc.address import ALL_STATION, CALLING
from dlmslite.procedures.probe_advice import conclude
from dlmslite.procedures.probe_report import (
    AddressForm,
    Attempt,
    End,
    Goal,
    Origin,
    Outcome,
    ProbeReport,
    Server,
)
from dlmslite.procedures.survey import SHORT_LIST
from dlmslite.records import frozen

T = TypeVar("T")
Climb = Generator[Attempt, Outcome, T]

PUBLIC_CLIENT = 16  # the client address that needs no authentication (Green Book 4.5.3)
MANAGEMENT = 1  # the management logical device of every meter
SERIAL_DIGITS = 4  # the last digits of a serial number are the physical address of some meters
CONNECTS = 3  # tries before host or port is out of reach
SMALL_BUFFERS = (256, 127, 64)  # octets; the middle one is a known converter's (old-bridge.md 1.5)
BLOCKS_PDU = 128  # octets of an APDU that cuts an object list into blocks
BREAKS_MAX = 6  # further connections after a survey broke


@frozen(kw_only=True)
class ProbePlan:
    """What the operator lets a probe try.

    Attributes:
        url: Where the meter is.
        framing: ``hdlc`` or ``wrapper``.
        forms: How it may be addressed, in the order in which to try.
        clients: Clients to ask without a proof, beside the public one.
        proof_client: The client that the given password belongs to; None where none was given.
        queue_wait: Seconds to wait once for another client to leave, where nothing answers.
        surveys: Whether to go on once a meter has answered; else that is all that is wanted.
    """

    url: str
    framing: str
    forms: tuple[AddressForm, ...]
    clients: tuple[int, ...] = ()
    proof_client: int | None = None
    queue_wait: float = 0.0
    surveys: bool = True

    @property
    def all_clients(self) -> tuple[int, ...]:
        """The public client, then the others, each once."""
        named = self.clients if self.proof_client is None else (*self.clients, self.proof_client)
        return tuple(dict.fromkeys((PUBLIC_CLIENT, *named)))


def address_forms(
    framing: str,
    servers: tuple[Server, ...],
    serial: str | None,
    *,
    everybody: bool,
    octets: int = 0,
) -> tuple[AddressForm, ...]:
    """The forms to try, in order: what the operator says, then the standard, then the serial.

    Args:
        framing: ``hdlc`` or ``wrapper``.
        servers: Addresses that the operator names.
        serial: The meter's serial number, for meters that take it as their physical address.
        everybody: Whether to call stations that have no address, and all stations at once.
        octets: Octets of the addresses that the operator names; 0 takes the shortest form.

    Raises:
        ConfigurationError: An address or serial number makes no sense.
    """
    forms = [AddressForm(server, octets, Origin.NAMED) for server in servers]
    forms.append(AddressForm(MANAGEMENT, 1 if framing == "hdlc" else 0))
    if serial is not None and framing == "hdlc":
        digits = "".join(letter for letter in serial if letter.isdecimal() and letter.isascii())
        if len(digits) < SERIAL_DIGITS:
            raise ConfigurationError(f"serial number {serial!r}: four digits are needed")
        physical = int(digits[-SERIAL_DIGITS:])
        forms.append(AddressForm((MANAGEMENT, physical), 4, Origin.SERIAL))
    if everybody and framing == "hdlc":
        forms.append(AddressForm(CALLING, 1, Origin.CALLING))
        forms.append(AddressForm(ALL_STATION, 1, Origin.EVERYBODY))
    for form in forms:
        _check(form, framing)
    unique = {_heard(form, framing): form for form in reversed(forms)}
    return tuple(form for form in forms if unique[_heard(form, framing)] is form)


def _heard(form: AddressForm, framing: str) -> object:
    """What of a form is on the wire: two forms with the same octets are one."""
    return form.address.encode() if framing == "hdlc" else form.server


def _check(form: AddressForm, framing: str) -> None:
    if framing == "wrapper":
        if not isinstance(form.server, int) or not 0 <= form.server <= 0xFFFF:
            raise ConfigurationError(f"{form}: a wPort is one number of sixteen bits")
        return
    try:
        address = form.address
    except EncodeError as error:
        raise ConfigurationError(f"{form}: {error}") from None
    if not (address.is_assignable or form.is_call):
        raise ConfigurationError(f"{form}: nobody has this address")


def ladder(plan: ProbePlan) -> Climb[tuple[Outcome, ...]]:
    """Every attempt that is worth making, one after the other; what came of them."""
    climber = _Climber(plan)
    yield from climber.climb()
    return tuple(climber.outcomes)


def report(plan: ProbePlan, outcomes: tuple[Outcome, ...], when: dt.datetime) -> ProbeReport:
    """What the outcomes of a ladder mean together.

    Args:
        plan: What was allowed.
        outcomes: What came of it.
        when: When it ended, aware.
    """
    return conclude(plan.url, plan.framing, outcomes, when)


class _Climber:
    """The ladder, and what was seen from it so far."""

    def __init__(self, plan: ProbePlan) -> None:
        self.plan = plan
        self.outcomes: list[Outcome] = []

    def climb(self) -> Climb[None]:
        reached = yield from self._reach()
        if reached is None or not self.plan.surveys:
            return
        base = yield from self._settle(reached)
        yield from self._meet_clients(base)
        yield from self._measure_blocks()

    def _try(self, attempt: Attempt) -> Climb[Outcome]:
        """Make one attempt; the connection itself is tried again before it counts as failed."""
        for _ in range(CONNECTS):
            outcome = yield attempt
            self.outcomes.append(outcome)
            if outcome.end is not End.UNREACHABLE:
                break
        return outcome

    # ---------------------------------------------------------------- somebody answers

    def _reach(self) -> Climb[Outcome | None]:
        """The first attempt that a meter answered; None where none did."""
        outcome: Outcome | None = None
        queue = list(self._first_attempts())
        while queue:
            outcome = yield from self._try(queue.pop(0))
            if outcome.end.is_answer:
                return outcome
            if outcome.end in {End.UNREACHABLE, End.BANNER}:
                return None  # nobody will hear the next one either
            if outcome.end is End.HELD:
                # Somebody lives at this address: another form or no parameters change nothing.
                form = outcome.attempt.form
                queue = [item for item in queue if item.form == form and item.proposes]
            if (
                outcome.answered_as is not None
                and outcome.attempt.form.origin is not Origin.ANSWERED
            ):
                form = AddressForm(outcome.answered_as, origin=Origin.ANSWERED)
                queue.insert(0, evolve(outcome.attempt, form=form))
        return (yield from self._wait_in_queue())

    def _first_attempts(self) -> Iterator[Attempt]:
        if not self.plan.surveys:
            yield from self._short_attempts()
            return
        for client in self.plan.all_clients:
            for form in self.plan.forms:
                yield Attempt(form=form, client=client, proposes=not form.is_call)
                if self.plan.framing == "hdlc" and not form.is_call:
                    yield Attempt(form=form, client=client, proposes=False)

    def _short_attempts(self) -> Iterator[Attempt]:
        """The same, form by form: an address counts as silent when it is so to every client.

        A meter may let the public client into its management device alone.
        """
        for form in self.plan.forms:
            ways = (True, False) if self.plan.framing == "hdlc" else (True,)
            for proposes in (False,) if form.is_call else ways:
                for client in self.plan.all_clients[: 1 if form.is_call else None]:
                    goal = self._goal(client)
                    yield Attempt(form=form, client=client, goal=goal, proposes=proposes)

    def _goal(self, client: int) -> Goal:
        """How far the first attempts go: nobody but the public client is let in without a proof."""
        if self.plan.surveys:
            return Goal.SURVEY
        # A wrapper has no link: its answer to the association is the only one that there is.
        has_link = self.plan.framing == "hdlc" and client != PUBLIC_CLIENT
        return Goal.LINK if has_link else Goal.ASSOCIATION

    def _wait_in_queue(self) -> Climb[Outcome | None]:
        """Whether the silence is a queue: a converter may serve one client and let others wait."""
        silent = all(outcome.end is End.SILENT for outcome in self.outcomes)
        if not self.plan.queue_wait or not silent:
            return None
        first = Attempt(
            form=self.plan.forms[0],
            client=PUBLIC_CLIENT,
            goal=self._goal(PUBLIC_CLIENT),
            patience=self.plan.queue_wait,
        )
        outcome = yield from self._try(first)
        return outcome if outcome.end.is_answer else None

    def _settle(self, reached: Outcome) -> Climb[Attempt]:
        """The attempt that the following ones are like."""
        latest, base = reached, evolve(reached.attempt, patience=0.0)
        if not base.proposes:
            # One lost frame must not become a quirk: ask once more with parameters.
            again = yield from self._try(evolve(base, proposes=True, goal=Goal.LINK))
            base = evolve(base, proposes=again.end.is_answer)
        if reached.end is End.UNANSWERED:
            latest = yield from self._try(evolve(base, bare_tag=True))
            base = evolve(base, bare_tag=latest.end in {End.ASSOCIATED, End.REJECTED})
        return (yield from self._mend(base, latest))

    def _mend(self, attempt: Attempt, outcome: Outcome) -> Climb[Attempt]:
        """Where a survey broke: the attempt with which it does not, as far as there is one."""
        for _ in range(BREAKS_MAX):
            changed = _mended(attempt, outcome)
            if changed is None:
                break
            attempt = changed
            outcome = yield from self._try(attempt)
        return attempt

    # ---------------------------------------------------------------- who gets in

    def _meet_clients(self, base: Attempt) -> Climb[None]:
        unmet = (client for client in self.plan.all_clients if not self._was_met(client))
        asked = [evolve(base, client=client) for client in unmet]
        if self.plan.proof_client is not None:
            # One try: a guard may count it. Only one that was accepted is used again.
            asked.append(evolve(base, client=self.plan.proof_client, proves=True))
        for attempt in asked:
            known = evolve(attempt, small_buffer=base.small_buffer, longest_list=base.longest_list)
            outcome = yield from self._try(known)
            base = yield from self._mend(known, outcome)

    def _was_met(self, client: int) -> bool:
        """Whether a client has had its answer, so that it is not asked again."""
        met = (outcome for outcome in self.outcomes if outcome.attempt.client == client)
        return any(outcome.end in {End.ASSOCIATED, End.REJECTED, End.UNANSWERED} for outcome in met)

    def _measure_blocks(self) -> Climb[None]:
        """Whether the block transfer works, as the client that got in without a proof first."""
        inside = [outcome for outcome in self.outcomes if outcome.end is End.ASSOCIATED]
        inside.sort(key=lambda outcome: (bool(outcome.survey.broke_at), outcome.attempt.proves))
        for outcome in inside[:1]:
            if Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ in outcome.conformance:
                yield from self._try(
                    evolve(outcome.attempt, goal=Goal.BLOCKS, max_pdu=BLOCKS_PDU, patience=0.0)
                )


def _mended(attempt: Attempt, outcome: Outcome) -> Attempt | None:
    """The next try where a survey broke: without what is known to break meters and converters."""
    if not outcome.survey.broke_at:
        return None
    if outcome.survey.broke_at == "lists":
        return evolve(attempt, longest_list=1)
    longest = attempt.small_buffer or max(outcome.link.values(), default=0)
    smaller = next((size for size in SMALL_BUFFERS if size < longest), 0)
    if smaller:
        return evolve(attempt, small_buffer=smaller)
    if outcome.survey.broke_at == "long_lists":
        return evolve(attempt, longest_list=SHORT_LIST)
    return None
