"""APDUs in words; the vectors of test_base.py compare every field."""

from __future__ import annotations

import json

from hypothesis import given
from strategies.apdus import apdus

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.describe import _FIELDS, describe
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.codes import ApplicationContext, AssociationResult


@given(apdus())
def test_every_apdu_is_described_in_what_json_can_hold(apdu: Apdu) -> None:
    described = describe(apdu)

    assert described["apdu"] == apdu.NAME
    assert json.loads(json.dumps(described)) == described


def test_every_kind_of_apdu_has_its_words() -> None:
    kinds = {kind for kind in Apdu.__subclasses__() if kind.__module__.startswith("dlmslite.")}

    assert set(_FIELDS) == kinds


def test_fields_that_cosem_does_not_use_are_named_only_where_they_are_sent() -> None:
    assert "called_ae_qualifier" not in describe(Aarq())
    assert describe(Aarq(called_ae_qualifier=b"\x01"))["called_ae_qualifier"] == "01"
    assert "responding_ap_invocation_id" not in describe(Aare())
    assert describe(Aare(responding_ap_invocation_id=7))["responding_ap_invocation_id"] == 7


def test_a_context_that_nobody_defined_has_a_number() -> None:
    described = describe(Aarq(application_context=ApplicationContext(9)))

    assert described["application_context"] == "unknown-9"


def test_a_ciphered_initiate_shows_its_header() -> None:
    encrypted_only = bytes.fromhex("210a 20 00000007 aabbccddee")

    assert describe(Aarq(user_information=encrypted_only))["user_information"]["apdu"] == {
        "apdu": "glo-initiate-request",
        "security_control": {
            "raw": "20",
            "suite": 0,
            "authenticated": False,
            "encrypted": True,
            "broadcast_key": False,
            "compressed": False,
        },
        "invocation_counter": 7,
        "ciphertext": "aabbccddee",
        "tag": "",
    }


def test_user_information_that_nobody_knows_is_shown_raw() -> None:
    assert describe(Rlrq(user_information=b"\x21\x00"))["user_information"] == {
        "raw": "2100",
        "apdu": None,
    }
    assert describe(Rlrq(user_information=b""))["user_information"] == {"raw": "", "apdu": None}


def test_p07_a_refusal_with_unsound_user_information_is_described() -> None:
    refusal = Aare(result=AssociationResult.REJECTED_PERMANENT, user_information=b"\x08\xff")

    assert describe(refusal)["user_information"] == {"raw": "08ff", "apdu": None}
