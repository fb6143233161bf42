"""What a form sent: its fields, without a package that takes files apart."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request

from dlmslite_daemon.errors import BridgeError

FIELDS_MAX = 20
KIND = "application/x-www-form-urlencoded"


async def fields(request: Request) -> dict[str, str]:
    """The fields of a form; of two with one name the last counts.

    Raises:
        BridgeError: It is no form of this page (``E-REQUEST``).
    """
    body = await request.body()
    if not body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    refusal = BridgeError("this is no form of this page", code="E-REQUEST")
    if kind != KIND:
        raise refusal
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError as error:
        raise refusal from error
