"""The ladder decides what to try next; here it is told what came of it, without any wire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from attrs import evolve

from dlmslite.apdu.conformance import Conformance
from dlmslite.errors import ConfigurationError
from dlmslite.procedures.probe import (
    BREAKS_MAX,
    ProbePlan,
    address_forms,
    ladder,
    report,
)
from dlmslite.procedures.probe_report import Attempt, End, Goal, Origin, Outcome, Survey

FORMS = address_forms("hdlc", (), "1234", everybody=False)
PLAN = ProbePlan(url="tcp+hdlc://meter:4059", framing="hdlc", forms=FORMS)
LINK = {"max_info_transmit": 500, "max_info_receive": 500, "window_transmit": 1}


def run(plan: ProbePlan, happens: Callable[[Attempt], Outcome | End]) -> tuple[Outcome, ...]:
    """Climb, and answer each attempt."""
    rungs = ladder(plan)
    attempt = next(rungs)
    for _ in range(100):
        outcome = happens(attempt)
        if isinstance(outcome, End):
            outcome = Outcome(attempt=attempt, end=outcome)
        try:
            attempt = rungs.send(outcome)
        except StopIteration as end:
            found: tuple[Outcome, ...] = end.value
            return found
    raise AssertionError("the ladder has no end")


def broke(attempt: Attempt, part: str) -> Outcome:
    survey = Survey(broke_at=part, broke="silence")
    return Outcome(attempt=attempt, end=End.ASSOCIATED, link=LINK, survey=survey)


@pytest.mark.parametrize("end", [End.SILENT, End.NOISE, End.CLOSED])
def test_every_form_is_tried_for_every_client_where_nothing_answers(end: End) -> None:
    plan = evolve(PLAN, clients=(1,))

    tried = [(o.attempt.client, o.attempt.form.server) for o in run(plan, lambda _: end)]

    assert tried == [(c, s) for c in (16, 1) for s in (1, (1, 1234)) for _ in range(2)]


def test_the_wrapper_knows_no_parameters() -> None:
    plan = evolve(
        PLAN, framing="wrapper", forms=address_forms("wrapper", (2,), "1234", everybody=True)
    )

    tried = [(o.attempt.form.server, o.attempt.proposes) for o in run(plan, lambda _: End.SILENT)]

    assert tried == [(2, True), (1, True)]


def test_the_password_is_given_once_and_the_others_are_asked_without_a_proof() -> None:
    plan = evolve(PLAN, clients=(32,), proof_client=1)

    outcomes = run(plan, lambda _: End.REJECTED)

    assert [(o.attempt.client, o.attempt.proves) for o in outcomes] == [
        (16, False), (32, False), (1, False), (1, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "end", [End.REJECTED, End.UNANSWERED, End.CLOSED, End.SILENT, End.HELD, End.NOISE]
)
def test_whatever_comes_of_the_proof_it_is_not_given_again(end: End) -> None:
    plan = evolve(PLAN, proof_client=1)

    outcomes = run(plan, lambda attempt: end if attempt.proves else End.REJECTED)

    assert sum(outcome.attempt.proves for outcome in outcomes) == 1


def test_no_proof_is_given_where_nobody_answers() -> None:
    outcomes = run(evolve(PLAN, proof_client=1), lambda _: End.SILENT)

    assert not any(outcome.attempt.proves for outcome in outcomes)


def test_an_aarq_without_answer_is_sent_once_more_with_the_old_tag() -> None:
    def happens(attempt: Attempt) -> End:
        return End.ASSOCIATED if attempt.bare_tag else End.UNANSWERED

    outcomes = run(PLAN, happens)
    found = report(PLAN, outcomes, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    assert [o.attempt.bare_tag for o in outcomes] == [False, True]
    assert found.quirks.bare_conformance_tag


def test_where_long_frames_break_smaller_ones_are_tried_and_not_for_ever() -> None:
    outcomes = run(PLAN, lambda attempt: broke(attempt, "objects"))

    assert [o.attempt.small_buffer for o in outcomes] == [0, 256, 127, 64]
    assert len(outcomes) <= BREAKS_MAX + 1


def test_where_the_shortest_list_breaks_lists_are_left_out() -> None:
    def happens(attempt: Attempt) -> Outcome | End:
        return broke(attempt, "lists") if attempt.longest_list > 1 else End.ASSOCIATED

    assert [o.attempt.longest_list for o in run(PLAN, happens)] == [20, 1]


def test_where_only_long_lists_break_short_ones_stay() -> None:
    def happens(attempt: Attempt) -> Outcome | End:
        return broke(attempt, "long_lists") if attempt.longest_list > 2 else End.ASSOCIATED

    assert [o.attempt.longest_list for o in run(PLAN, happens)][-1] == 2


def test_blocks_are_measured_as_a_client_that_needs_no_proof() -> None:
    def happens(attempt: Attempt) -> Outcome:
        return Outcome(
            attempt=attempt,
            end=End.ASSOCIATED,
            conformance=Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ,
        )

    last = run(evolve(PLAN, proof_client=1), happens)[-1].attempt

    assert (last.goal, last.client, last.proves) == (Goal.BLOCKS, 16, False)


def test_a_connection_that_fails_in_the_middle_is_tried_again_and_then_left() -> None:
    plan = evolve(PLAN, clients=(1,))

    def happens(attempt: Attempt) -> End:
        return End.REJECTED if attempt.client == 16 else End.UNREACHABLE

    assert [o.end for o in run(plan, happens)] == [End.REJECTED, *[End.UNREACHABLE] * 3]


def test_a_client_is_named_twice_and_asked_once() -> None:
    plan = evolve(PLAN, clients=(1, 16, 1))

    assert [o.attempt.client for o in run(plan, lambda _: End.REJECTED)] == [16, 1]


# ---------------------------------------------------------------- forms


def test_the_forms_are_the_operators_the_standards_and_the_serials() -> None:
    forms = address_forms("hdlc", (5, (1, 17)), "MS 00-12 34", everybody=True)

    assert [(f.server, f.octets, f.origin) for f in forms] == [
        (5, 0, Origin.NAMED),
        ((1, 17), 0, Origin.NAMED),
        (1, 1, Origin.STANDARD),
        ((1, 1234), 4, Origin.SERIAL),
        (0x7E, 1, Origin.CALLING),
        (0x7F, 1, Origin.EVERYBODY),
    ]


def test_a_form_is_tried_once() -> None:
    assert len(address_forms("hdlc", (1,), None, everybody=False)) == 1


@pytest.mark.parametrize(
    ("framing", "server"),
    [
        ("hdlc", 0),
        ("hdlc", 127),
        ("hdlc", 128),
        ("hdlc", (1, 0x4000)),
        ("wrapper", (1, 2)),
        ("wrapper", 70000),
    ],
)
def test_an_address_that_no_frame_holds_is_refused(framing: str, server: object) -> None:
    with pytest.raises(ConfigurationError):
        address_forms(framing, (server,), None, everybody=False)


@pytest.mark.parametrize("serial", ["", "123", "abc", "١٢٣٤"])
def test_a_serial_number_without_four_digits_is_refused(serial: str) -> None:
    with pytest.raises(ConfigurationError, match="four digits"):
        address_forms("hdlc", (), serial, everybody=False)
