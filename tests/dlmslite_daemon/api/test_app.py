"""Every answer in the envelope; nothing of a request is repeated."""

from __future__ import annotations

import pytest
from rig.bridge import Bridge, ask

from dlmslite_daemon.api.routes.base import ROUTES
from dlmslite_daemon.api.version import version


def test_an_unknown_path_and_a_wrong_method_come_in_the_envelope(parts: Bridge) -> None:
    status, content = ask(parts.app, "GET", "/api/nowhere")
    assert (status, content["error"]["code"]) == (404, "E-PATH-UNKNOWN")
    status, content = ask(parts.app, "PUT", "/api/meters")
    assert (status, content["error"]["code"]) == (405, "E-METHOD")
    assert content["error"]["hint"] == "it takes GET, POST"


def test_a_bad_field_is_named_and_its_value_is_not_repeated(parts: Bridge) -> None:
    body = {"name": "a", "url": "tcp://h:1", "password": ["hunter2"]}
    status, content = ask(parts.app, "POST", "/api/meters", body)
    assert (status, content["error"]["code"]) == (422, "E-REQUEST")
    assert content["error"]["message"].startswith("password:")
    assert "hunter2" not in str(content)


def test_an_unknown_field_is_refused(parts: Bridge) -> None:
    body = {"name": "a", "url": "tcp://h:1", "colour": "red"}
    status, content = ask(parts.app, "POST", "/api/meters", body)
    assert status == 422
    assert content["error"]["message"].startswith("colour:")


def test_an_error_of_our_own_is_500_without_its_text(
    parts: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(type(parts.control), "pause", broken)
    status, content = ask(parts.app, "POST", "/api/meters/kitchen/pause")
    assert (status, content["error"]["code"]) == (500, "E-INTERNAL")
    assert "secret inside" not in str(content)


def test_the_description_lists_every_path_of_every_route(parts: Bridge) -> None:
    status, content = ask(parts.app, "GET", "/api/openapi.json", local=False)
    assert status == 200
    paths = {route.path_format for _, one in ROUTES.items() for route in one.router.routes}
    assert paths == set(content["paths"])
    assert content["info"]["version"] == version()
