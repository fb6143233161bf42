"""What must not be told is struck out of every APDU that could hold it; the rest is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.apdus import apdus

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu, decode
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.capture.strike import Known, learn, strike
from dlmslite.codes import DataAccessResult
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

ID = InvokeId(1)
SERIAL, VOLTAGE = Obis.parse("0.0.96.1.0.255"), Obis.parse("1.0.32.7.0.255")
NUMBER = Data.of(DataType.OCTET_STRING, b"KFM12345678")
VOLTS = Data.of(DataType.LONG_UNSIGNED, 2301)
KEY = bytes(range(0x30, 0x40))
INITIATE = InitiateRequest(conformance=Conformance.GET, max_pdu=1000)


def struck(*said: bytes | Apdu) -> list[bytes]:
    """What becomes of a conversation."""
    octets = [one if isinstance(one, bytes) else one.encode() for one in said]
    known = Known()
    for one in octets:
        learn(one, 1, known)
    known.asked.clear()
    return [strike(one, 1, known) for one in octets]


def asks(*names: tuple[int, Obis, int]) -> Apdu:
    references = [AttributeReference(*name) for name in names]
    if len(references) == 1:
        return GetRequestNormal(ID, references[0])
    return GetRequestWithList(ID, references)


# ---------------------------------------------------------------- associations


def test_a_password_is_struck_out_and_the_aarq_is_still_one() -> None:
    (octets,) = struck(Aarq.asking(INITIATE, password=b"22222222"))

    aarq = decode(octets)
    assert isinstance(aarq, Aarq)
    assert aarq.calling_authentication_value == b"********"
    assert aarq.proposal() == INITIATE


@given(st.binary(min_size=1, max_size=64))
def test_no_password_is_left_whatever_it_is(password: bytes) -> None:
    (octets,) = struck(Aarq.asking(INITIATE, password=password))

    aarq = decode(octets)
    assert isinstance(aarq, Aarq)
    assert aarq.calling_authentication_value == b"*" * len(password)


def test_titles_keep_the_maker_and_lose_the_serial_number() -> None:
    aarq = Aarq(calling_ap_title=b"KFM\x01\x02\x03\x04\x05", user_information=INITIATE.encode())
    aare = Aare(responding_ap_title=b"KFM\x11\x12\x13\x14\x15")

    asked, answered = (decode(octets) for octets in struck(aarq, aare))

    assert isinstance(asked, Aarq)
    assert asked.calling_ap_title == b"KFM*****"
    assert isinstance(answered, Aare)
    assert answered.responding_ap_title == b"KFM*****"


def test_challenges_and_a_dedicated_key_are_struck_out() -> None:
    initiate = InitiateRequest(conformance=Conformance.GET, max_pdu=1000, dedicated_key=KEY)
    aarq = Aarq(
        sender_acse_requirements="1",
        calling_authentication_value=b"challenge",
        user_information=initiate.encode(),
    )
    aare = Aare(responding_authentication_value=b"my challenge")

    asked, answered = struck(aarq, aare)

    assert KEY not in asked
    assert b"challenge" not in asked + answered
    found = decode(asked)
    assert isinstance(found, Aarq)
    assert found.proposal() is not None


def test_an_association_that_cannot_be_read_is_struck_out_behind_its_tag() -> None:
    aarq = Aarq.asking(INITIATE, password=b"22222222").encode()

    assert struck(aarq[:-3]) == [b"\x60" + b"*" * (len(aarq) - 4)]


# ---------------------------------------------------------------- who the meter is


def test_the_answer_to_who_are_you_is_struck_out() -> None:
    request, answer = struck(asks((1, SERIAL, 2)), GetResponseNormal(ID, NUMBER))

    assert request == asks((1, SERIAL, 2)).encode()
    assert decode(answer) == GetResponseNormal(ID, Data.of(DataType.OCTET_STRING, b"*" * 11))


def test_a_serial_number_that_is_a_number_becomes_zero() -> None:
    number = Data.of(DataType.DOUBLE_LONG_UNSIGNED, 12_345_678)

    _, answer = struck(asks((1, SERIAL, 2)), GetResponseNormal(ID, number))

    assert decode(answer) == GetResponseNormal(ID, Data.of(DataType.DOUBLE_LONG_UNSIGNED, 0))


def test_what_the_meter_measures_is_left_alone() -> None:
    said = (asks((3, VOLTAGE, 2)), GetResponseNormal(ID, VOLTS))

    assert struck(*said) == [one.encode() for one in said]


def test_of_a_list_only_the_serial_number_is_struck_out() -> None:
    request = asks((3, VOLTAGE, 2), (1, SERIAL, 2), (3, VOLTAGE, 3))
    answer = GetResponseWithList(ID, [VOLTS, NUMBER, DataAccessResult.OBJECT_UNDEFINED])

    _, octets = struck(request, answer)

    found = decode(octets)
    assert isinstance(found, GetResponseWithList)
    assert found.results[0] == VOLTS
    assert found.results[1] == Data.of(DataType.OCTET_STRING, b"*" * 11)
    assert found.results[2] is DataAccessResult.OBJECT_UNDEFINED


def test_a_serial_number_is_found_wherever_it_comes_again_also_before_it_was_told() -> None:
    text = Data.of(DataType.VISIBLE_STRING, "meter KFM12345678 in the cellar")
    said = (
        asks((3, VOLTAGE, 2)),
        GetResponseNormal(ID, text),
        asks((1, SERIAL, 2)),
        GetResponseNormal(ID, NUMBER),
    )

    octets = struck(*said)

    assert b"meter *********** in the cellar" in octets[1]


def test_blocks_of_a_secret_answer_are_struck_out_and_others_are_not() -> None:
    block = GetResponseWithDatablock(ID, True, 1, b"\x09\x0bKFM12345678")

    _, hidden = struck(asks((1, SERIAL, 2)), block)
    _, shown = struck(asks((3, VOLTAGE, 2)), block)

    assert b"KFM" not in hidden
    assert shown == block.encode()


def test_the_answer_to_a_request_that_is_not_understood_tells_nothing() -> None:
    _, answer = struck(b"\xc0\x01", GetResponseNormal(ID, NUMBER))

    assert b"KFM" not in answer


# ---------------------------------------------------------------- keys and secrets


def action(class_id: int, method: int, parameters: bytes) -> bytes:
    return (
        bytes([0xC3, 1, 1])
        + class_id.to_bytes(2)
        + bytes([0, 0, 43, 0, 0, 255, method, 1])
        + parameters
    )


@pytest.mark.parametrize("class_id", [12, 15, 19, 44, 45, 46, 64])
def test_keys_that_are_set_are_struck_out(class_id: int) -> None:
    parameters = b"\x09\x10" + KEY
    setting = bytes([0xC1]) + action(class_id, 7, parameters)[1:]

    for request in (action(class_id, 2, parameters), setting):
        (octets,) = struck(request)
        assert KEY not in octets
        assert octets[:13] == request[:13]
        assert len(octets) == len(request)


def test_a_proof_in_an_answer_is_struck_out() -> None:
    answer = b"\xc7\x01\x01\x00\x01\x00\x09\x10" + KEY

    _, octets = struck(action(15, 1, b"\x09\x10" + KEY), answer)

    assert octets == answer[:6] + b"*" * 18


def test_a_secret_that_is_read_is_struck_out() -> None:
    association = Obis.parse("0.0.40.0.0.255")

    _, octets = struck(asks((15, association, 7)), GetResponseNormal(ID, NUMBER))

    assert b"KFM" not in octets


def test_other_actions_and_settings_are_left_alone() -> None:
    request = action(70, 1, b"\x0f\x00")

    assert struck(request, b"\xc7\x01\x01\x00\x00") == [request, b"\xc7\x01\x01\x00\x00"]


def test_a_setting_in_blocks_is_struck_out_as_a_whole() -> None:
    assert struck(b"\xc1\x02\x01" + KEY) == [b"\xc1\x02\x01" + b"*" * 16]


# ---------------------------------------------------------------- pushes and the unknown


def test_texts_of_a_push_are_struck_out_and_its_numbers_stay() -> None:
    data = Data.of(DataType.STRUCTURE, [NUMBER, VOLTS]).encode()

    (octets,) = struck(b"\x0f\x00\x00\x00\x01\x00" + data)

    assert octets == b"\x0f\x00\x00\x00\x01\x00" + data.replace(b"KFM12345678", b"*" * 11)


def test_an_event_notification_loses_what_it_notifies() -> None:
    (octets,) = struck(b"\xc2\x00" + KEY)

    assert octets == b"\xc2\x00" + b"*" * 16


def test_a_ciphered_apdu_stays_as_it_is() -> None:
    assert struck(b"\xc8" + KEY) == [b"\xc8" + KEY]


def test_an_unknown_apdu_is_struck_out() -> None:
    assert struck(b"\x05" + KEY, b"") == [b"\x05" + b"*" * 16, b""]


@given(st.lists(apdus() | st.binary(max_size=40), max_size=4))
def test_lengths_and_tags_stay_whatever_is_said(said: list[bytes | Apdu]) -> None:
    octets = [one if isinstance(one, bytes) else one.encode() for one in said]

    for before, after in zip(octets, struck(*octets), strict=True):
        assert len(after) == len(before)
        assert after[:1] == before[:1]
