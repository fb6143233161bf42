"""One visit ends where the place lets it, says so, and leaves nothing open."""

from __future__ import annotations

import pytest
from attrs import evolve
from rig.desk import NOW
from rig.probing import PASSWORD, Frames, OddTransport, Street, says_dm

from dlmslite.endpoint import Endpoint
from dlmslite.errors import ConnectionClosed
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import FRMR, UA, I
from dlmslite.probing.visit import Manner, visit
from dlmslite.procedures.probe_report import AddressForm, Attempt, End, Goal, Outcome
from dlmslite.simulator.models.single_phase import single_phase

FORM = AddressForm(1, 1)
STEPS = ["connect", "listen", "link", "association"]


def visited(street: Street, *, password: bytes | None = None, **attempt: object) -> Outcome:
    scheme = "tcp+hdlc" if street.framing == "hdlc" else "tcp"
    manner = Manner(
        endpoint=Endpoint.parse(f"{scheme}://meter:4059"),
        timeout=3.0,
        listening=0.3,
        clock=street.clock,
        now=lambda: NOW,
        password=password,
        transport=street.connect,
    )
    wanted = {"form": FORM, "client": 16} | attempt
    outcome = visit(Attempt(**wanted), manner)
    assert not any(wire.is_open for _, wire in street.opened)
    return outcome


def steps(outcome: Outcome) -> list[str]:
    return [exchange.step for exchange in outcome.exchanges]


@pytest.mark.parametrize(
    ("street", "end", "reached"),
    [
        (Street(refuses=True), End.UNREACHABLE, 1),
        (Street(banner=b"Port already in use\r\n"), End.BANNER, 2),
        (Street(answers=lambda _: b""), End.SILENT, 3),
        (Street(answers=lambda _: b"\xff\xff\xff"), End.NOISE, 3),
        (Street(answers=Frames(says_dm)), End.HELD, 3),
        (Street(answers=Frames(lambda f: FRMR(f.source, f.destination).encode())), End.NOISE, 3),
        (Street(meter=evolve(single_phase(days=1), credentials={})), End.REJECTED, 4),
    ],
)
def test_a_visit_ends_where_the_place_lets_it(street: Street, end: End, reached: int) -> None:
    outcome = visited(street)

    assert outcome.end is end
    assert outcome.why
    assert steps(outcome) == STEPS[:reached]


def test_a_visit_for_the_link_asks_for_no_association() -> None:
    street = Street()
    outcome = visited(street, goal=Goal.LINK)

    assert outcome.end is End.LINKED
    assert steps(outcome) == STEPS[:3]
    assert len(street.sent) == 2  # SNRM, DISC


def test_a_link_that_is_up_and_an_aarq_without_answer() -> None:
    def answers(octets: bytes) -> bytes:
        return UA(Address(16), Address(1)).encode() if len(octets) == 34 else b""

    assert visited(Street(answers=answers)).end is End.UNANSWERED


def test_on_the_wrapper_silence_to_the_aarq_is_silence() -> None:
    assert visited(Street(framing="wrapper", answers=lambda _: b"")).end is End.SILENT


def test_a_meter_that_hangs_up_on_the_aarq() -> None:
    class HangsUp(OddTransport):
        def receive(self, timeout: float) -> bytes:
            if len(self.sent) > 1:
                raise ConnectionClosed("closed by the peer")
            return super().receive(timeout)

    street = Street(wire=HangsUp)

    assert visited(street).end is End.UNANSWERED


def test_a_survey_that_breaks_says_where() -> None:
    street = Street()

    def falls_silent(octets: bytes) -> bytes:
        street.answers = None
        if b"\x00\x0f\x00\x00\x28\x00\x00\xff\x02" not in octets:  # the object list
            street.opened[-1][1]._pass(octets)
        street.answers = falls_silent
        return b""

    street.answers = falls_silent
    outcome = visited(street)

    assert outcome.end is End.ASSOCIATED
    assert outcome.survey.broke_at == "objects"
    assert outcome.survey.identity["serial_number"] == "SIM00000001"
    assert outcome.survey.released is None


def test_blocks_are_taken_and_the_rest_is_left() -> None:
    street = Street()
    outcome = visited(street, goal=Goal.BLOCKS, max_pdu=128)

    assert outcome.survey.blocks == 2
    assert steps(outcome)[-2:] == ["blocks", "release"]


def test_a_refused_list_proves_nothing_of_blocks() -> None:
    meter = single_phase(days=1)
    street = Street(meter=meter)
    object.__setattr__(meter, "_by_name", {})
    outcome = visited(street, goal=Goal.BLOCKS)

    assert outcome.survey.blocks == 0
    assert "object-undefined" in outcome.survey.missing["blocks"]


def test_the_password_goes_out_only_where_the_attempt_proves() -> None:
    street = Street()
    assert visited(street, client=1, password=PASSWORD).end is End.REJECTED
    assert not any(PASSWORD in octets for octets in street.sent)
    assert visited(street, client=1, password=PASSWORD, proves=True).end is End.ASSOCIATED
    assert PASSWORD not in repr(Manner.__attrs_attrs__).encode()


def test_the_link_is_asked_once_even_where_the_wait_is_long() -> None:
    street = Street(answers=lambda _: b"")
    visited(street, patience=60.0)

    assert len(street.sent) == 1
    assert street.clock.now == pytest.approx(60.3)


def test_a_frame_of_somebody_else_tells_who_he_is() -> None:
    def answers(_octets: bytes) -> bytes:
        return UA(Address(16), Address(9)).encode()

    assert visited(Street(answers=answers)).answered_as == 9


def test_unasked_octets_do_not_keep_a_visit_from_going_on() -> None:
    push = I(Address(16), Address(9), 0, 0, True, False, b"\xe6\xe7\x00\x0f").encode()

    class Chatty(OddTransport):
        def open(self) -> None:
            super().open()
            self.wire.send(push, self.now)

    street = Street(wire=Chatty)
    outcome = visited(street)

    assert outcome.end is End.ASSOCIATED
    assert outcome.exchanges[1].told == "octets nobody asked for"
