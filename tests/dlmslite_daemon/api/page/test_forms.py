"""What a form sent; what is no form is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import Request

from dlmslite_daemon.api.page.forms import KIND, fields
from dlmslite_daemon.errors import BridgeError


def read(body: bytes, kind: str = KIND) -> dict[str, str]:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "headers": [(b"content-type", kind.encode())],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return asyncio.run(fields(Request(scope, receive)))


def test_fields_are_taken_apart() -> None:
    assert read(b"verb=pause&sure=yes&name=caf%C3%A9+1&empty=") == {
        "verb": "pause", "sure": "yes", "name": "café 1", "empty": "",
    }  # fmt: skip
    assert read(b"a=1", f"{KIND}; charset=utf-8") == {"a": "1"}
    assert read(b"", "") == {}


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{}", "application/json"), (b"a=1", "text/plain"), (b"\xff", KIND), (b"a=1&" * 30, KIND)],
)
def test_what_is_no_form_of_ours_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(BridgeError, match="E-REQUEST"):
        read(body, kind)
