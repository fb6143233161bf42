"""The one shape of every answer: ``{"success": true, …}`` or ``{"success": false, "error": {…}}``.

The envelope is that of the old bridge; the error is an object with a stable code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from dlmslite_daemon.api.exact_json import dumps, error_object
from dlmslite_daemon.errors import (
    BridgeError,
    ConfigError,
    NameTaken,
    NotAllowed,
    StoreError,
    TooMany,
    UnknownName,
)

# What each kind of error is in HTTP; the first class that fits counts.
_STATUS: tuple[tuple[type[BridgeError], int], ...] = (
    (UnknownName, 404),
    (NameTaken, 409),
    (NotAllowed, 403),
    (ConfigError, 422),
    (StoreError, 503),
    (TooMany, 429),
)
# Codes whose status their class does not tell.
_STATUS_BY_CODE = {
    "E-TOKEN": 401,
    "E-SIGNIN": 401,
    "E-BODY-TOO-LARGE": 413,
    "E-BODY-TOO-SLOW": 408,
    "E-IMPORT": 422,
    "E-STORE-VALUE": 422,
    "E-REPORT-WINDOW": 422,
    "E-METER-PAUSED": 409,
    "E-READING-NONE": 404,
    "E-METER-IDENTITY": 409,
    "E-LINE-OVERLOAD": 409,
    "E-LINE-BUSY": 409,
    "E-SCAN-RUNNING": 409,
    "E-DIAGNOSIS-ENDED": 503,
    "E-TOO-BUSY": 429,
    "E-DAEMON-UNREACHABLE": 503,
    "E-PATH-UNKNOWN": 404,
    "E-METHOD": 405,
    "E-INTERNAL": 500,
}
RETRY_AFTER = 5  # s; for a limit that does not know when it ends


class ExactJSON(Response):
    """A JSON answer whose decimals keep their digits."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The octets of the answer."""
        return dumps(content).encode()


def success(status: int = 200, /, **fields: Any) -> ExactJSON:
    """A good answer.

    Args:
        status: The HTTP status.
        fields: What the answer says, beside ``success``.
    """
    return ExactJSON({"success": True, **fields}, status)


def failure(
    error: BridgeError, headers: Mapping[str, str] | None = None, /, **fields: Any
) -> ExactJSON:
    """A bad answer: the error as an object, with the HTTP status of its kind.

    Args:
        error: What went wrong.
        headers: Headers of the answer.
        fields: What the answer says beside the error.
    """
    content = {"success": False, "error": error_object(error), **fields}
    status = status_of(error)
    own = dict(headers or {})
    if status == 401:
        own |= {"WWW-Authenticate": "Bearer"}
    if status == 429:
        own |= {"Retry-After": str(getattr(error, "retry_after", RETRY_AFTER))}
    return ExactJSON(content, status, own)


def status_of(error: BridgeError) -> int:
    """The HTTP status of an error."""
    by_code = _STATUS_BY_CODE.get(error.code)
    if by_code is not None:
        return by_code
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
