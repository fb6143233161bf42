"""What profiles say about one connection, alone and together."""

from __future__ import annotations

import pytest

from dlmslite.profiles.base import (
    ClientAddress,
    DeviceProfile,
    Kind,
    Limits,
    Physical,
    ServerAddress,
    combine,
)
from dlmslite.quirks import STANDARD, Quirks


def profile(kind: Kind = Kind.METER, **options: object) -> DeviceProfile:
    return DeviceProfile(name="x", kind=kind, title="X", sources=("me",), **options)  # type: ignore[arg-type] # as given


@pytest.mark.parametrize(
    ("form", "serial", "address"),
    [
        (ServerAddress(1), None, 1),
        (ServerAddress(1, 17), None, (1, 17)),
        (ServerAddress(1, Physical.SERIAL), "KFM-2023-001234", (1, 1234)),
        (ServerAddress(1, Physical.SERIAL), "123", None),
        (ServerAddress(1, Physical.SERIAL), None, None),
    ],
)
def test_a_server_address_is_made_of_what_is_known(
    form: ServerAddress, serial: str | None, address: object
) -> None:
    assert form.of(serial) == address


def test_nothing_known_is_the_standard() -> None:
    advice = combine([])

    assert advice.quirks == STANDARD
    assert advice.limits == Limits()
    assert advice.client_for("none") is None


def test_the_strictest_limit_holds_and_zero_is_none() -> None:
    meter = profile(limits=Limits(idle=180.0, sessions=1, max_info=128))
    converter = profile(Kind.CONVERTER, limits=Limits(idle=30.0, buffer=127, octet_gap=0.1))

    advice = combine([meter, converter])

    assert advice.limits == Limits(idle=30.0, sessions=1, max_info=128, buffer=127, octet_gap=0.1)
    assert advice.quirks == Quirks(small_buffer=127)


def test_every_departure_counts_and_the_stricter_number() -> None:
    one = profile(quirks=Quirks(no_release=True, request_pause=0.03, with_list_limit=8))
    two = profile(quirks=Quirks(request_pause=0.1, with_list_limit=4, small_buffer=200))

    assert combine([one, two]).quirks == Quirks(
        no_release=True, request_pause=0.1, with_list_limit=4, small_buffer=200
    )


def test_every_quirk_is_combined() -> None:
    loud = Quirks(
        no_release=True,
        no_snrm_parameters=True,
        inverted_deviation=True,
        with_list_limit=3,
        no_with_list=True,
        bare_conformance_tag=True,
        request_pause=1.0,
        address_octets=4,
        small_buffer=100,
    )

    assert combine([profile(quirks=loud), profile()]).quirks == loud


def test_the_first_client_that_proves_itself_so_is_taken() -> None:
    advice = combine(
        [
            profile(
                clients=(
                    ClientAddress(1, "lls"),
                    ClientAddress(16, "none"),
                    ClientAddress(32, "lls"),
                )
            )
        ]
    )

    assert (advice.client_for("lls"), advice.client_for("none")) == (1, 16)
    assert advice.client_for("hls") is None


def test_addresses_are_those_of_meters_alone() -> None:
    converter = profile(Kind.CONVERTER, servers=(ServerAddress(9),))

    assert combine([converter, profile(servers=(ServerAddress(1),))]).servers == (ServerAddress(1),)
