"""The API's description (OpenAPI): what the framework knows of the routes, completed by our rules.

Every answer in JSON has the envelope, and every refusal the error object; which refusals a route
may give follows from what all routes pass: limits, the token, the body's form, the store. So no
route says it again.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

JSON = "application/json"
REFUSALS = (400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 503)
OPEN = frozenset({"/healthz", "/readyz"})
"""Paths of the probes: they ask nobody who he is, and answer without the envelope."""

_SUCCESS: dict[str, Any] = {
    "type": "object",
    "properties": {"success": {"const": True}},
    "required": ["success"],
}
_FAILURE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "pattern": "^E-[A-Z0-9-]+$"},
                "message": {"type": "string"},
                "hint": {"type": "string"},
            },
            "required": ["code", "message", "hint"],
            "additionalProperties": False,
        },
    },
    "required": ["success", "error"],
}


def describe(app: FastAPI) -> None:
    """Let the application describe itself by these rules, once, at the first question."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description="Every number keeps its own digits; times are ms UTC.",
                    routes=app.routes,
                )
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def _complete(description: dict[str, Any]) -> dict[str, Any]:
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    # Replaced by ours: no answer has the framework's form.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas |= {"Success": _SUCCESS, "Failure": _FAILURE}
    for path, methods in description["paths"].items():
        for operation in methods.values():
            _answers(path, operation["responses"])
    return description


def _answers(path: str, responses: dict[str, Any]) -> None:
    for status in list(responses):
        content = responses[status].get("content", {})
        if content.get(JSON, {}).get("schema") == {} and path not in OPEN:
            content[JSON]["schema"] = {"$ref": "#/components/schemas/Success"}
    responses.pop("422", None)
    for refusal in REFUSALS:
        responses.setdefault(str(refusal), _refusal(refusal))


def _refusal(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Failure"}}},
    }
    if status == 429:
        answer["headers"] = {
            "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}
        }
    return answer
