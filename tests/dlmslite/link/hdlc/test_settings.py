from __future__ import annotations

import pytest
from hypothesis import given
from strategies.frames import parameters

from dlmslite.errors import ConfigurationError
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import I
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.settings import HdlcSettings, agree


@pytest.mark.parametrize("client", [0, 128, -1])
def test_a04_clients_go_from_1_to_127(client: int) -> None:
    with pytest.raises(ConfigurationError):
        HdlcSettings(client_address=client)
    assert HdlcSettings(client_address=127).client.octets == b"\xff"


@pytest.mark.parametrize(
    ("server", "octets", "expected"),
    [
        (1, 0, "03"),
        ((1, 17), 0, "0223"),
        ((1, 17), 4, "00020023"),
        ((1, 9137), 0, "00028e63"),
        (1, 2, "0201"),
        (1, 4, "00020001"),
        (Address(1, 17, 4), 0, "00020023"),
    ],
)
def test_a_server_is_a_number_a_pair_or_an_address(
    server: int | tuple[int, int] | Address, octets: int, expected: str
) -> None:
    settings = HdlcSettings(server_address=server, address_octets=octets)
    assert settings.server.octets.hex() == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"server_address": 0},
        {"server_address": (1, 17), "address_octets": 1},
        {"server_address": (1, 17), "address_octets": 3},
        {"server_address": 200},
        {"window_transmit": 0},
        {"window_receive": 8},
        {"max_info_transmit": 0},
        {"max_info_receive": 2048},
        {"small_buffer": 11},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ConfigurationError):
        HdlcSettings(**wrong)


def test_a_small_buffer_bounds_whole_frames_both_ways() -> None:
    settings = HdlcSettings(server_address=(1, 17), small_buffer=64)
    size = settings.proposal.max_info_transmit
    assert size == settings.proposal.max_info_receive
    assert len(I(settings.server, settings.client, 0, 0, information=bytes(size)).encode()) == 64


def test_l02_what_nobody_says_is_128_and_1() -> None:
    agreed = agree(HdlcSettings().proposal, Parameters())
    assert agreed == Parameters(
        max_info_transmit=128, max_info_receive=128, window_transmit=1, window_receive=1
    )


def test_l05_each_direction_takes_the_peers_other_side() -> None:
    meter = Parameters(
        max_info_transmit=100, max_info_receive=200, window_transmit=2, window_receive=5
    )
    assert agree(HdlcSettings().proposal, meter) == Parameters(
        max_info_transmit=200, max_info_receive=100, window_transmit=5, window_receive=2
    )


def test_l04_a_meter_may_offer_2030_or_2047_or_nothing_sensible() -> None:
    own = HdlcSettings().proposal
    assert agree(own, Parameters(max_info_receive=2030)).max_info_transmit == 2030
    assert agree(own, Parameters(max_info_receive=2047)).max_info_transmit == 2030
    assert agree(own, Parameters(max_info_receive=0)).max_info_transmit == 128


@given(parameters(), parameters())
def test_l05_both_sides_agree_on_the_same(ours: Parameters, theirs: Parameters) -> None:
    mine, yours = agree(ours, theirs), agree(theirs, ours)
    assert (mine.max_info_transmit, mine.window_transmit) == (
        yours.max_info_receive,
        yours.window_receive,
    )
    assert (mine.max_info_receive, mine.window_receive) == (
        yours.max_info_transmit,
        yours.window_transmit,
    )
    assert 1 <= (mine.window_transmit or 0) <= 7
    assert 1 <= (mine.max_info_transmit or 0) <= 2030


@pytest.mark.parametrize("server", [0x7F, 0x7E, (1, 0x7F), (0x3FFF, 1), (1, 0x3FFE)])
def test_a06_a_reserved_address_is_no_meter(server: int | tuple[int, int]) -> None:
    with pytest.raises(ConfigurationError, match="reserved"):
        HdlcSettings(server_address=server)
