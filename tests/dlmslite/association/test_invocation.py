"""Invoke-ids: handed out in turn, matched, given up."""

from __future__ import annotations

import pytest

from dlmslite.apdu.get import GetRequestNormal
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.association.invocation import Invocation, Invocations
from dlmslite.association.state import ServiceInput, ServiceState
from dlmslite.errors import ProtocolError, StateError
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

ENERGY = AttributeReference(3, Obis.parse("1.0.1.8.0.255"), 2)


def opened(invocations: Invocations) -> Invocation:
    return invocations.open(GetRequestNormal(InvokeId.of(invocations.take_number()), ENERGY))


def test_x01_numbers_start_at_1_and_wrap_from_15_to_0() -> None:
    invocations = Invocations()

    numbers = []
    for _ in range(33):
        invocation = opened(invocations)
        numbers.append(invocation.request.invoke_id.number)
        invocations.close(invocation)

    assert numbers == [*range(1, 16), *range(16), 0, 1]
    assert len(invocations) == 0


def test_x01_a_number_in_use_is_passed_over() -> None:
    invocations = Invocations()
    kept = opened(invocations)

    numbers = set()
    for _ in range(20):
        invocation = opened(invocations)
        numbers.add(invocation.request.invoke_id.number)
        invocations.close(invocation)

    assert numbers == set(range(16)) - {kept.request.invoke_id.number}


def test_sixteen_open_requests_are_the_most() -> None:
    invocations = Invocations()
    for _ in range(16):
        opened(invocations)

    with pytest.raises(StateError, match="16 requests are open"):
        invocations.take_number()


def test_the_oldest_is_the_one_that_a_refusal_means() -> None:
    invocations = Invocations()
    assert invocations.oldest() is None
    first = opened(invocations)
    second = opened(invocations)

    assert invocations.oldest() is first
    invocations.close(first)
    assert invocations.oldest() is second


def test_a_request_between_two_blocks_is_found() -> None:
    invocations = Invocations()
    opened(invocations)
    long = opened(invocations)
    assert invocations.between_blocks() is None

    long.advance(ServiceInput.BLOCK)

    assert invocations.between_blocks() is long


def test_abandoned_requests_are_no_longer_found() -> None:
    invocations = Invocations()
    invocation = opened(invocations)

    invocations.abandon()

    assert invocation.state is ServiceState.FREE
    assert invocations.find(invocation.request.invoke_id.number) is None
    with pytest.raises(ProtocolError):
        invocation.advance(ServiceInput.ANSWER)


def test_w06_the_number_of_a_request_that_was_given_up_rests_until_its_late_answer() -> None:
    invocations = Invocations()
    number = opened(invocations).request.invoke_id.number
    invocations.abandon()

    used = []
    for _ in range(30):
        invocation = opened(invocations)
        used.append(invocation.request.invoke_id.number)
        invocations.close(invocation)
    assert set(used) == set(range(16)) - {number}

    assert invocations.find(number) is None  # its answer: stale
    assert number in {opened(invocations).request.invoke_id.number for _ in range(16)}


def test_w06_sixteen_requests_without_an_answer_leave_no_number() -> None:
    # The answer to the first may come behind all of them.
    invocations = Invocations()
    for _ in range(16):
        opened(invocations)
        invocations.abandon()

    with pytest.raises(StateError, match="connect anew"):
        invocations.take_number()


def test_a_lost_answer_costs_no_number_for_good() -> None:
    invocations = Invocations()
    for _ in range(50):
        opened(invocations)
        invocations.abandon()
        invocations.close(opened(invocations))

    assert len(invocations) == 0


def test_a_transfer_that_was_given_up_between_blocks_leaves_its_number_free() -> None:
    invocations = Invocations()
    for _ in range(16):
        opened(invocations).advance(ServiceInput.BLOCK)
        invocations.abandon()

    assert invocations.take_number() == 1


def test_a_request_under_a_number_in_use_replaces_the_former() -> None:
    invocations = Invocations()
    request = GetRequestNormal(InvokeId.of(7), ENERGY)
    invocations.open(request)

    latter = invocations.open(request)

    assert invocations.find(7) is latter
    assert len(invocations) == 1
