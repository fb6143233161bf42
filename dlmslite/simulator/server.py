"""A session in the server role that answers from a meter.

Octets of a client in, octets of a meter out; no socket, no clock of its own. Who the client is, is
known from the link; what it may do is decided at its AARQ.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable

from attrs import evolve

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    ErrorType,
)
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
)
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.association import Association
from dlmslite.association.events import Requested
from dlmslite.codes import (
    AcseUserDiagnostic,
    ApplicationContext,
    AssociationResult,
    Mechanism,
    ReleaseResponseReason,
    ServiceErrorReason,
    StateError,
)
from dlmslite.errors import ConfigurationError
from dlmslite.link.base import SpeedWanted
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.mode_e.link import ModeELink
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.link.wrapper import WrapperLink, WrapperSettings
from dlmslite.role import Role
from dlmslite.session import Session
from dlmslite.simulator.meter import Answer, SimulatedMeter
from dlmslite.values.references import AttributeReference

INACTIVITY = 120.0  # s without a frame, after which a meter behind mode E listens for a sign-on


def server_session(
    meter: SimulatedMeter,
    framing: str,
    address: int | tuple[int, int],
    sign_on: ModeESettings | None = None,
) -> Session:
    """A session in the server role, with the limits of a meter.

    Args:
        meter: Whose limits.
        framing: ``hdlc`` or ``wrapper``.
        address: The meter's address: one number, or logical and physical.
        sign_on: How a client signs on by mode E before HDLC; None for HDLC at once.

    Raises:
        ConfigurationError: There is no such framing, or the address does not fit it.
    """
    association = Association(Role.SERVER)
    if framing == "hdlc":
        settings = HdlcSettings(
            server_address=address,
            max_info_transmit=meter.max_info,
            max_info_receive=meter.max_info,
            window_transmit=meter.window,
            window_receive=meter.window,
        )
        if sign_on is None:
            return Session(HdlcLink(Role.SERVER, settings), association)
        # A head whose client has gone without a word must come back to where a sign-on begins.
        patient = evolve(settings, inactivity_timeout=INACTIVITY)
        link = ModeELink(Role.SERVER, sign_on, HdlcLink(Role.SERVER, patient))
        return Session(link, association)
    if framing == "wrapper" and isinstance(address, int):
        return Session(WrapperLink(Role.SERVER, WrapperSettings(server_port=address)), association)
    raise ConfigurationError(f"no framing {framing!r} for the address {address}")


class MeterServer:
    """One conversation with one client.

    Args:
        meter: What is asked.
        session: How it is asked: a session in the server role.
        wall_clock: The time that values are taken at, aware.
    """

    def __init__(
        self, meter: SimulatedMeter, session: Session, wall_clock: Callable[[], dt.datetime]
    ) -> None:
        self.meter = meter
        self.session = session
        self.requests = 0  # GETs served, for tests that count round trips
        self.baud: int | None = None  # the speed that the link wants; None where it has no say
        self._wall_clock = wall_clock

    def open(self, now: float) -> None:
        """Listen for the client."""
        self.session.open(now)
        self._serve(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets of the client and prepare the answer."""
        self.session.receive(octets, now)
        self._serve(now)

    def deadline_passed(self, now: float) -> None:
        """Act on every deadline up to ``now``."""
        self.session.deadline_passed(now)
        self._serve(now)

    def _serve(self, now: float) -> None:
        for event in self.session.events():
            if isinstance(event, Requested):
                self.session.send(self._answer(event.apdu), now)
            elif isinstance(event, SpeedWanted):
                self.baud = event.baud

    def data_to_send(self) -> bytes:
        """Octets for the client since the last call."""
        return self.session.data_to_send()

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""
        return self.session.next_deadline()

    def _answer(self, request: Apdu) -> Apdu:
        match request:
            case Aarq():
                return self._associate(request, self.session.peer)
            case Rlrq():
                return Rlre(reason=ReleaseResponseReason.NORMAL)
            case GetRequestNormal(invoke_id, attribute):
                return GetResponseNormal(invoke_id, self._read(attribute))
            case GetRequestWithList(invoke_id, attributes):
                return GetResponseWithList(invoke_id, [self._read(item) for item in attributes])
            case _:
                return ExceptionResponse(
                    state_error=StateError.SERVICE_UNKNOWN,
                    service_error=ServiceErrorReason.SERVICE_NOT_SUPPORTED,
                )

    def _read(self, reference: AttributeReference) -> Answer:
        self.requests += 1
        return self.meter.read(reference, self._wall_clock())

    def _associate(self, aarq: Aarq, client: int) -> Aare:
        if aarq.application_context is not ApplicationContext.LN:
            return _refused(AcseUserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
        if client not in self.meter.credentials:
            return _refused(AcseUserDiagnostic.NO_REASON_GIVEN)
        password = self.meter.credentials[client]
        if password is not None:
            fault = _authentication_fault(aarq, password)
            if fault is not None:
                return _refused(fault)
        proposal = aarq.proposal()
        if not isinstance(proposal, InitiateRequest):
            return _refused(AcseUserDiagnostic.NO_REASON_GIVEN)
        conformance = proposal.conformance & self.meter.conformance
        if not conformance:
            return _no_common_services()
        context = InitiateResponse(conformance=conformance, max_pdu=self.meter.max_pdu)
        return Aare(user_information=context.encode())


def _authentication_fault(aarq: Aarq, password: bytes) -> AcseUserDiagnostic | None:
    if aarq.mechanism is None:
        return AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED
    if aarq.mechanism is not Mechanism.LLS:
        return AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED
    if not hmac.compare_digest(aarq.calling_authentication_value or b"", password):
        return AcseUserDiagnostic.AUTHENTICATION_FAILURE
    return None


def _refused(diagnostic: AcseUserDiagnostic) -> Aare:
    return Aare(result=AssociationResult.REJECTED_PERMANENT, diagnostic=diagnostic)


def _no_common_services() -> Aare:
    error = ConfirmedServiceError(
        service=ConfirmedService.INITIATE_ERROR, error_type=ErrorType.INITIATE, code=2
    )
    return Aare(
        result=AssociationResult.REJECTED_PERMANENT,
        diagnostic=AcseUserDiagnostic.NO_REASON_GIVEN,
        user_information=error.encode(),
    )
