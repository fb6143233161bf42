from __future__ import annotations

import pytest

from dlmslite.link.base import Discarded
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import RR, UI
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.hdlc.station import Station
from dlmslite.role import Role

C, S = Address(16), Address(1)


class Silent(Station):
    """A side that does nothing by itself."""

    def _fall_silent(self, now: float) -> None:
        self.silent_at = now


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (RR(C, S, 0), ""),
        (RR(Address(17), S, 0), "wrong-address"),
        (RR(C, Address(2), 0), "wrong-address"),
        (UI(Address(0x7F), S), ""),
        (RR(Address(0x7F), S, 0), "wrong-address"),
    ],
)
def test_for_whom_a_frame_is(frame: RR | UI, reason: str) -> None:
    station = Silent(Role.CLIENT, HdlcSettings())
    assert station._why_not_ours(frame, frame.encode()[1:-1]) == reason


def test_a_client_waits_for_an_answer_to_all_that_it_says_and_a_server_for_none() -> None:
    client, server = (Silent(role, HdlcSettings(response_timeout=3.0)) for role in Role)
    client._ask(1.0, RR(S, C, 0))
    server._ask(1.0, RR(C, S, 0))
    assert client.next_deadline() == 4.0
    assert server.next_deadline() is None
    assert client.data_to_send() == RR(S, C, 0).encode()
    assert client.data_to_send() == b""


def test_what_was_thrown_away_is_told_and_its_last_octets_kept_as_evidence() -> None:
    station = Silent(Role.CLIENT, HdlcSettings())
    station._discard(b"x" * 300, "noise")
    assert station.events() == [Discarded(b"x" * 300, "noise")]
    assert station._scrap == b"x" * 256


def test_w06_the_response_timeout_follows_the_meter_when_it_may() -> None:
    station = Silent(Role.CLIENT, HdlcSettings(response_timeout=4.0, retries=3, adaptive=True))
    for now in range(20):
        station._ask(float(now), RR(S, C, 0))
        station._pace.answered(now + 0.1)
    assert station.response_timeout == 1.5
    station.response_timeout = 1.0
    assert station.response_timeout == 1.0
