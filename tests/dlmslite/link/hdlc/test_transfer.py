from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.errors import FramingError
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import RNR, RR, SNRM, UA, I
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.state import LinkState
from dlmslite.link.hdlc.transfer import Taken, Transfer
from dlmslite.role import Role

C, S = Address(16), Address(1)


def begun(role: Role, *, window: int = 1, size: int = 20, max_apdu: int = 1000) -> Transfer:
    state = LinkState()
    state.passed(SNRM(S, C), Role.CLIENT)
    state.passed(UA(C, S), Role.SERVER)
    transfer = Transfer(role, state, max_apdu)
    agreed = Parameters(
        max_info_transmit=size, max_info_receive=size, window_transmit=window, window_receive=window
    )
    own, peer = (C, S) if role is Role.CLIENT else (S, C)
    transfer.begin(agreed, own, peer)
    return transfer


@given(st.binary(min_size=1, max_size=300), st.integers(1, 40), st.integers(1, 7))
def test_both_sides_carry_any_apdu(apdu: bytes, size: int, window: int) -> None:
    client = begun(Role.CLIENT, window=window, size=size)
    server = begun(Role.SERVER, window=window, size=size)
    client.queue(apdu)
    assert client.awaits_answer
    got: list[bytes] = []
    for _ in range(400):
        for sender, receiver in ((client, server), (server, client)):
            spoken = sender.speak()
            assert len(spoken) <= window
            assert [frame.pf for frame in spoken] == [False] * (len(spoken) - 1) + [True] * bool(
                spoken
            )
            for frame in spoken:
                taken = receiver.take(frame)
                assert not taken.reason
                if taken.apdu is not None:
                    got.append(taken.apdu)
            if receiver.owes_answer:
                receiver.queue(apdu)
        if len(got) == 2:
            break
    assert got == [apdu, apdu]
    assert not client.awaits_answer
    assert not client.is_incomplete


def test_a_peer_that_stops_in_the_middle_of_an_apdu_is_no_progress() -> None:
    client = begun(Role.CLIENT)
    client.queue(b"question")
    client.speak()
    client.take(I(C, S, 0, 1, segmented=True, information=b"\xe6\xe7\x00half"))
    assert client.speak() == [RR(S, C, 1)]

    for count in range(1, 4):
        assert client.take(RR(C, S, 1)).hands_over
        assert client.stalled == count
        assert client.speak() == []  # time for the peer: the link polls after a while
        assert client.pauses

    taken = client.take(I(C, S, 1, 1, information=b" and the rest"))
    assert taken.apdu == b"half and the rest"
    assert (client.stalled, client.pauses) == (0, False)


def test_i04_nothing_to_say_is_an_rr_for_the_server_and_silence_for_the_client() -> None:
    assert begun(Role.SERVER).speak() == [RR(C, S, 0)]
    assert begun(Role.CLIENT).speak() == []


def test_a_client_does_not_speak_to_a_busy_peer_and_a_server_says_rr() -> None:
    for role, expected in ((Role.CLIENT, []), (Role.SERVER, [RR(C, S, 0)])):
        transfer = begun(role)
        transfer.queue(b"\xc0")
        own, peer = (C, S) if role is Role.CLIENT else (S, C)
        transfer.take(RNR(own, peer, 0))
        assert transfer.peer_is_busy
        assert transfer.speak() == expected
        transfer.take(RR(own, peer, 0))
        assert isinstance(transfer.speak()[0], I)


def test_turns_without_progress_are_counted() -> None:
    transfer = begun(Role.CLIENT)
    transfer.queue(b"\xc0")
    transfer.speak()
    for count in (1, 2, 3):
        transfer.take(RR(C, S, 0))
        assert transfer.stalled == count
        transfer.speak()
    transfer.take(RR(C, S, 1))
    assert transfer.stalled == 0


def test_asking_again_counts_as_well() -> None:
    transfer = begun(Role.CLIENT)
    transfer.queue(b"\xc0")
    transfer.speak()
    assert transfer.ask_again() == RR(S, C, 0)
    assert transfer.stalled == 1


def test_a_late_answer_does_not_hand_the_turn_over() -> None:
    transfer = begun(Role.CLIENT)
    transfer.queue(b"\xc0")
    transfer.speak()
    transfer.ask_again()
    assert transfer.take(I(C, S, 0, 1, information=b"\xc4")) == Taken("", b"\xc4", True)
    transfer.queue(b"\xc0")
    transfer.speak()
    assert transfer.take(RR(C, S, 1)) == Taken(hands_over=False)
    assert transfer.take(RR(C, S, 1)) == Taken(hands_over=True)


def test_what_is_too_long_is_forgotten_and_refused() -> None:
    transfer = begun(Role.SERVER, max_apdu=30)
    transfer.take(I(S, C, 0, 0, True, True, bytes(20)))
    assert transfer.is_incomplete
    with pytest.raises(FramingError):
        transfer.take(I(S, C, 1, 0, True, True, bytes(20)))
    assert not transfer.is_incomplete
