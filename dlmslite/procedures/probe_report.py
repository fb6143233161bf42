"""What a probe does and finds, as frozen values.

An ``Attempt`` is one connection that is to be made, an ``Outcome`` what came of it, a
``ProbeReport`` what all of them mean. None of them holds a password, and no octets that do.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any

from attrs import field

from dlmslite.apdu.conformance import Conformance
from dlmslite.cosem.object_list import CosemObject
from dlmslite.link.hdlc.address import Address
from dlmslite.quirks import STANDARD, Quirks
from dlmslite.records import frozen
from dlmslite.values.obis import Obis
from dlmslite.values.times import CosemDateTime

Server = int | tuple[int, int]
NO_SERVICES = Conformance(0)


class Origin(enum.Enum):
    """Where an address form comes from."""

    NAMED = "named"  # by the operator
    STANDARD = "standard"  # the management logical device
    SERIAL = "serial"  # the last four digits of a serial number
    CALLING = "calling"  # a meter that calls by itself
    EVERYBODY = "everybody"  # all stations of the line
    ANSWERED = "answered"  # the address that a meter answered from


@frozen
class AddressForm:
    """One way to address a meter.

    Attributes:
        server: The logical device, or logical and physical; the wPort of a wrapper.
        octets: Octets of the HDLC address; 0 takes the shortest form.
        origin: Where it comes from.
    """

    server: Server
    octets: int = 0
    origin: Origin = Origin.STANDARD

    @property
    def is_call(self) -> bool:
        """Whether it is nobody's own address: whoever answers says from which one he does."""
        return self.origin in {Origin.CALLING, Origin.EVERYBODY}

    @property
    def address(self) -> Address:
        """The HDLC address.

        Raises:
            EncodeError: There is none of this form.
        """
        upper, lower = self.server if isinstance(self.server, tuple) else (self.server, None)
        return Address(upper, lower, self.octets)

    @property
    def option(self) -> str:
        """As ``--server`` takes it."""
        server = self.server
        return ",".join(map(str, server)) if isinstance(server, tuple) else str(server)

    def __str__(self) -> str:
        width = f" in {self.octets} octet{'s'[: self.octets - 1]}" if self.octets else ""
        return f"server {self.option}{width}"


class Goal(enum.Enum):
    """How far an attempt goes."""

    LINK = "link"
    ASSOCIATION = "association"
    SURVEY = "survey"
    BLOCKS = "blocks"


@frozen(kw_only=True)
class Attempt:
    """One connection that is to be made.

    Attributes:
        form: How the meter is addressed.
        client: As whom.
        goal: How far it goes.
        proposes: Whether the SNRM proposes parameters.
        proves: Whether the operator's password is given.
        bare_tag: Whether the conformance has only the first octet of its tag.
        small_buffer: No frame longer than so many octets; 0 means no such limit.
        max_pdu: Octets of the largest APDU that we take.
        longest_list: References in the longest list that is tried; 1 tries none.
        patience: Seconds for the first answer; 0 takes the usual ones.
    """

    form: AddressForm
    client: int
    goal: Goal = Goal.SURVEY
    proposes: bool = True
    proves: bool = False
    bare_tag: bool = False
    small_buffer: int = 0
    max_pdu: int = 0xFFFF
    longest_list: int = 20
    patience: float = 0.0

    def __str__(self) -> str:
        parts = [f"client {self.client}, {self.form}"]
        if not self.proposes:
            parts.append("without parameters")
        if self.proves:
            parts.append("with the password")
        if self.bare_tag:
            parts.append("with the old conformance tag")
        if self.small_buffer:
            parts.append(f"with frames of {self.small_buffer} octets at most")
        if self.longest_list == 1:
            parts.append("without lists")
        if self.goal is Goal.BLOCKS:
            parts.append(f"with APDUs of {self.max_pdu} octets at most")
        if self.patience:
            parts.append(f"waiting {self.patience:g} s")
        return ", ".join(parts)


class End(enum.Enum):
    """Where an attempt ended."""

    UNREACHABLE = "unreachable"  # no connection
    BANNER = "banner"  # a text instead of a meter
    CLOSED = "closed"  # hung up on without a word
    SILENT = "silent"  # no octet came
    NOISE = "noise"  # octets came that are no answer
    HELD = "held"  # DM to the SNRM
    LINKED = "linked"  # the link came up, and that was all that was wanted
    UNANSWERED = "unanswered"  # the link came up, and the AARQ had no answer
    REJECTED = "rejected"  # the association was refused
    ASSOCIATED = "associated"

    @property
    def is_answer(self) -> bool:
        """Whether a meter has spoken at this address, so that the address is right."""
        return self in {End.LINKED, End.UNANSWERED, End.REJECTED, End.ASSOCIATED}


@frozen(kw_only=True)
class Exchange:
    """One step of an attempt.

    Attributes:
        step: What was done: ``connect``, ``listen``, ``link``, ``association``, or a part of the
            survey.
        told: What came of it, in words.
        seconds: How long it took.
        sent: The first octets that we sent; none where they hold a password.
        received: The first octets that came.
        octets: How many went and came in all.
    """

    step: str
    told: str
    seconds: float
    sent: bytes = b""
    received: bytes = b""
    octets: tuple[int, int] = (0, 0)


@frozen
class ListFinding:
    """Whether a meter takes several references in one request.

    Attributes:
        offered: Whether its conformance says so.
        longest: References in the longest request that it answered; 0 where it answered none.
        limited: Whether a longer one failed.
    """

    offered: bool
    longest: int = 0
    limited: bool = False


@frozen
class ClockFinding:
    """What a meter's clock says.

    Attributes:
        shown: As the meter wrote it.
        ahead: How far it is ahead of this machine; None where it names no instant.
        inverted_deviation: Whether it only makes sense with the other sign of its deviation.
    """

    shown: str
    ahead: dt.timedelta | None
    inverted_deviation: bool = False


@frozen
class ProfileFinding:
    """One profile of a meter.

    Attributes:
        obis: Its logical name.
        columns: What it captures.
        period: Seconds between two rows; 0 for a log of events.
    """

    obis: Obis
    columns: tuple[Obis, ...]
    period: int


@frozen
class Reading:
    """One value that was read as a sample.

    Attributes:
        key: Its usual name.
        obis: Its logical name.
        class_id: Its class.
        value: A ``Quantity``, or the plain form.
    """

    key: str
    obis: Obis
    class_id: int
    value: Any


@frozen(kw_only=True)
class Survey:
    """What one association told. What is None was not told.

    Attributes:
        identity: Logical device name, serial number and firmware version, by these names.
        clock: What the clock wrote.
        clock_finding: What that means.
        lists: Whether several references go into one request.
        objects: The object list.
        profiles: The profiles.
        readings: A sample of values.
        blocks: How many blocks were taken, where that was tried.
        released: Whether the meter answered the release; None where it was not asked.
        missing: What was refused, and why.
        broke_at: The part that ended the survey before its end; empty where none did.
        broke: How it did, in words.
    """

    identity: Mapping[str, str] = field(factory=dict)
    clock: CosemDateTime | None = None
    clock_finding: ClockFinding | None = None
    lists: ListFinding | None = None
    objects: tuple[CosemObject, ...] | None = None
    profiles: tuple[ProfileFinding, ...] = ()
    readings: tuple[Reading, ...] = ()
    blocks: int = 0
    released: bool | None = None
    missing: Mapping[str, str] = field(factory=dict)
    broke_at: str = ""
    broke: str = ""


@frozen(kw_only=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        attempt: Which.
        end: Where it ended.
        why: In words; empty where it went well.
        exchanges: Its steps, with octets and times.
        banner: The text that came instead of a meter.
        cause: A stable name of what a text means (see ``ConverterError``), or why no connection is
            there: ``refused``, ``no-route``, ``host-unreachable``, ``timeout``; or empty.
        link: What the link negotiated, by name.
        answered_as: The address that an answer came from, where it was not the one asked.
        late: Whether the first answer came later than a meter takes.
        diagnostic: The number of the refusal's diagnostic; None where there is none.
        mechanism: The mechanism that the refusal names; empty where it names none.
        conformance: The services that both sides have.
        max_pdu: Octets of the largest APDU that the meter takes; 0 means no limit.
        survey: What the association told.
        longest_sent: Octets of the longest HDLC frame that we sent and that was answered.
        longest_received: Octets of the longest HDLC frame that came whole.
    """

    attempt: Attempt
    end: End
    why: str = ""
    exchanges: tuple[Exchange, ...] = ()
    banner: str = ""
    cause: str = ""
    link: Mapping[str, int] = field(factory=dict)
    answered_as: Server | None = None
    late: bool = False
    diagnostic: int | None = None
    mechanism: str = ""
    conformance: Conformance = NO_SERVICES
    max_pdu: int = 0
    survey: Survey = Survey()
    longest_sent: int = 0
    longest_received: int = 0


class Verdict(enum.Enum):
    """What a probe comes to."""

    READABLE = "readable"
    NO_ENTRY = "no-entry"
    HELD = "held"
    BUSY = "busy"
    OTHER_PROTOCOL = "other-protocol"
    NOISE = "noise"
    SILENT = "silent"
    UNREACHABLE = "unreachable"


@frozen(kw_only=True)
class ClientFinding:
    """How a meter met one client.

    Attributes:
        address: The client address.
        end: Where its association ended.
        needs: What it wants of this client: ``nothing``, ``a password``, ``a password or key``,
            a mechanism by name; empty where it does not say.
        why: The refusal in words.
        diagnostic: Its number; None where there is none.
        proved: Whether the operator's password was given.
    """

    address: int
    end: End
    needs: str = ""
    why: str = ""
    diagnostic: int | None = None
    proved: bool = False


@frozen(kw_only=True)
class ProbeReport:
    """What is known of a meter after a probe.

    Attributes:
        url: Where it is.
        framing: ``hdlc`` or ``wrapper``.
        when: When the probe ended, aware.
        verdict: What it comes to.
        summary: The same in a sentence.
        next_action: What to do about it; empty where there is nothing to do.
        form: The address form that answers; None where none did.
        link: What the link negotiated, by name; empty for the wrapper.
        clients: How each client was met.
        conformance: The services that the best association has.
        max_pdu: Octets of the largest APDU that the meter takes; 0 means no limit.
        longest_sent: Octets of the longest HDLC frame that passed to the meter.
        longest_received: Octets of the longest HDLC frame that passed from the meter.
        survey: What the best association told.
        quirks: What the meter does differently.
        findings: Each of these, and each limit, with its reason.
        ruled_out: What it is not.
        commands: What to type next; no secret is in them.
        profile: A device profile as TOML, without a secret; empty where nothing answered.
        outcomes: Every attempt, with octets and times.
    """

    url: str
    framing: str
    when: dt.datetime
    verdict: Verdict
    summary: str
    next_action: str = ""
    form: AddressForm | None = None
    link: Mapping[str, int] = field(factory=dict)
    clients: tuple[ClientFinding, ...] = ()
    conformance: Conformance = NO_SERVICES
    max_pdu: int = 0
    longest_sent: int = 0
    longest_received: int = 0
    survey: Survey = Survey()
    quirks: Quirks = STANDARD
    findings: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    profile: str = ""
    outcomes: tuple[Outcome, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether some client got in."""
        return self.verdict is Verdict.READABLE
