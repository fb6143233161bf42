from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.times import obis_codes

from dlmslite.errors import DecodeError, DlmsError, EncodeError
from dlmslite.values.obis import Obis

ACTIVE_IMPORT = bytes.fromhex("0100010800ff")


@pytest.mark.parametrize(
    "name",
    [
        "1.0.1.8.0.255",
        "1.0.1.8.0",
        "1-0:1.8.0*255",
        "1-0:1.8.0",
        "1-0:1.8.0.255",
        " 1.0.1.8.0.255 ",
        ACTIVE_IMPORT,
        Obis(ACTIVE_IMPORT),
    ],
)
def test_d19_every_form_names_the_same_object(name: str | bytes | Obis) -> None:
    assert Obis.parse(name) == Obis(ACTIVE_IMPORT)


@pytest.mark.parametrize(
    "text",
    ["1.0.999.8.0.255", "256.0.1.8.0", "1.0.1.8", "1.0.1.8.0.255.1", "", "1.0.1.8.x", "1.0.1.8.²"],
)
def test_d19_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(EncodeError, match="is no OBIS code"):
        Obis.parse(text)


@pytest.mark.parametrize("octets", [b"", bytes(5), bytes(7)])
def test_d19_bare_octets_are_exactly_six(octets: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        Obis.parse(octets)
    assert caught.value.code == "bad-length"


def test_d19_codes_are_hashable_and_say_what_they_are() -> None:
    assert {Obis.parse("1.0.1.8.0"): "import"}[Obis(ACTIVE_IMPORT)] == "import"
    assert str(Obis(ACTIVE_IMPORT)) == "1.0.1.8.0.255"
    assert repr(Obis(ACTIVE_IMPORT)) == "Obis('1.0.1.8.0.255')"


@given(obis_codes(), obis_codes())
def test_codes_are_ordered_by_their_groups(one: Obis, other: Obis) -> None:
    assert (one < other) == (list(one.octets) < list(other.octets))


@given(obis_codes())
def test_round_trip_as_octets_and_as_text(code: Obis) -> None:
    assert Obis.decode(code.encode()) == code
    assert Obis.parse(str(code)) == code


@given(st.one_of(st.text(), st.binary()))
def test_anything_is_a_code_or_an_error_of_ours(name: str | bytes) -> None:
    with suppress(DlmsError):
        assert isinstance(Obis.parse(name), Obis)
