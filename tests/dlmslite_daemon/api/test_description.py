"""The description is complete: every answer's form, every refusal, and no form of the framework."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from rig.bridge import Bridge, ask

from dlmslite_daemon.api.auth import through
from dlmslite_daemon.api.description import OPEN, REFUSALS


@pytest.fixture
def description(parts: Bridge) -> dict[str, Any]:
    found: dict[str, Any] = ask(parts.app, "GET", "/api/openapi.json", local=False)[1]
    return found


def test_every_operation_says_what_it_does_and_what_it_may_refuse(
    description: dict[str, Any],
) -> None:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description") or operation.get("summary"), (method, path)
            assert {str(status) for status in REFUSALS} <= set(operation["responses"])


def test_every_good_answer_in_json_has_the_envelope(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                schema = answer.get("content", {}).get("application/json", {}).get("schema")
                if status.startswith("2") and schema is not None and path not in OPEN:
                    assert schema, (method, path)


def test_the_frameworks_own_errors_are_nowhere(description: dict[str, Any]) -> None:
    assert "ValidationError" not in str(description)
    assert description["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_bodies_take_no_other_keys(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    bodies = [
        content["schema"]
        for methods in description["paths"].values()
        for operation in methods.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    ]
    assert bodies
    for body in bodies:
        wanted = body.get("anyOf", [body])
        for one in wanted:
            if "$ref" in one:
                schema = schemas[one["$ref"].rsplit("/", 1)[1]]
                assert schema["additionalProperties"] is False, schema["title"]


def test_a_wrong_method_is_told_every_right_one(parts: Bridge) -> None:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(through(parts.app, local=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            return await client.request("PUT", "/api/session")

    answer = asyncio.run(send())
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"DELETE", "GET", "POST"}
