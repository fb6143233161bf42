"""One shape for every answer, and a status for every kind of error."""

from __future__ import annotations

import json

import pytest

from dlmslite_daemon.api.envelope import failure, status_of, success
from dlmslite_daemon.errors import (
    BridgeError,
    ConfigError,
    DaemonUnreachable,
    NameTaken,
    NotAllowed,
    StoreError,
    UnknownMeter,
)


def test_a_good_answer_says_success() -> None:
    answer = success(202, count=1)
    assert (answer.status_code, json.loads(answer.body)) == (202, {"success": True, "count": 1})


def test_a_bad_answer_has_a_code_a_message_and_a_hint() -> None:
    answer = failure(UnknownMeter("attic"))
    assert answer.status_code == 404
    assert json.loads(answer.body) == {
        "success": False,
        "error": {
            "code": "E-METER-UNKNOWN",
            "message": "there is no meter 'attic'",
            "hint": "dlmslite-bridge list shows the meters",
        },
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownMeter(3), 404),
        (NameTaken("x"), 409),
        (NotAllowed("x"), 403),
        (NotAllowed("x", code="E-TOKEN"), 401),
        (ConfigError("x"), 422),
        (StoreError("x"), 503),
        (DaemonUnreachable("x"), 503),
        (BridgeError("x"), 400),
        (BridgeError("x", code="E-TOO-BUSY"), 429),
        (BridgeError("x", code="E-LINE-BUSY"), 409),
        (BridgeError("x", code="E-DIAGNOSIS-ENDED"), 503),
    ],
)
def test_each_kind_of_error_has_its_status(error: BridgeError, status: int) -> None:
    assert status_of(error) == status
