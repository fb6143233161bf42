from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.frames import parameters

from dlmslite.errors import EncodeError, FramingError
from dlmslite.link.hdlc.parameters import Parameters


@given(parameters())
def test_round_trip(block: Parameters) -> None:
    assert Parameters.decode(block.encode()) == block


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda o: b"\x81\x80" + o)))
def test_any_octets_are_parameters_or_a_framing_error(octets: bytes) -> None:
    try:
        Parameters.decode(octets)
    except FramingError as error:
        assert error.code == "bad-parameters"


def test_l01_nothing_said_is_no_field() -> None:
    assert Parameters.decode(b"") == Parameters()
    assert Parameters().encode() == b""


def test_l03_sizes_above_127_take_two_octets_and_windows_four() -> None:
    block = Parameters(
        max_info_transmit=127, max_info_receive=128, window_transmit=1, window_receive=7
    )
    assert (
        block.encode().hex() == "818013" + "05017f" + "06020080" + "070400000001" + "080400000007"
    )


def test_l04_sizes_up_to_2047_and_beyond_are_read() -> None:
    assert Parameters.decode(bytes.fromhex("818004050207ff")).max_info_transmit == 2047
    assert Parameters.decode(bytes.fromhex("8180040502ffff")).max_info_transmit == 0xFFFF


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("81800c" + "080107" + "070103" + "06013e" + "050180", (128, 62, 3, 7)),
        ("818006" + "06013e" + "050180", (128, 62, None, None)),
        ("818014" + "05020080" + "0602003e" + "070400000003" + "080400000007", (128, 62, 3, 7)),
        # The group length of old masters leaves out the last two octets.
        ("818012" + "05020080" + "0602003e" + "070400000003" + "080400000007", (128, 62, 3, 7)),
        ("818012" + "050180" + "06013e" + "070400000003" + "080400000007", (128, 62, 3, 7)),
    ],
)
def test_l06_forms_of_real_meters(text: str, expected: tuple[int | None, ...]) -> None:
    block = Parameters.decode(bytes.fromhex(text))
    assert (
        block.max_info_transmit,
        block.max_info_receive,
        block.window_transmit,
        block.window_receive,
    ) == expected


def test_l06_unknown_entries_are_skipped_but_kept() -> None:
    block = Parameters.decode(bytes.fromhex("81800c" + "050180" + "09021234" + "0600" + "080101"))
    assert block.max_info_transmit == 128
    assert block.max_info_receive is None
    assert block.window_receive == 1
    assert block.unknown == ((9, b"\x12\x34"), (6, b""))


@pytest.mark.parametrize(
    "text", ["81", "8180", "8080020501", "8180080502", "81800305", "818004050180060180ff"]
)
def test_blocks_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(FramingError) as caught:
        Parameters.decode(bytes.fromhex(text))
    assert caught.value.code == "bad-parameters"


@pytest.mark.parametrize("value", [-1, 1 << 32])
def test_values_that_have_no_octets_are_refused(value: int) -> None:
    with pytest.raises(EncodeError):
        Parameters(window_receive=value)
