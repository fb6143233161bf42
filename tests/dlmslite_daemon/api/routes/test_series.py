"""Series over the API."""

from __future__ import annotations

from rig.bridge import Bridge, ask

POWER = {"key": "power", "obis": "1.1.1.7.0.255"}


def test_series_are_listed_added_and_removed(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/kitchen/series", POWER)
    assert (status, content["series"]["attribute"]) == (201, 2)
    content = ask(parts.app, "GET", "/api/meters/1/series")[1]
    assert [one["key"] for one in content["series"]] == ["voltage", "energy", "power"]
    assert ask(parts.app, "DELETE", "/api/meters/1/series/power")[0] == 200
    assert ask(parts.app, "GET", "/api/meters/1/series")[1]["count"] == 2
    assert [entry.action for entry in parts.store.audit()] == ["series.remove", "series.add"]


def test_what_is_there_or_makes_no_sense_is_refused(parts: Bridge) -> None:
    body = {"key": "voltage", "obis": "1.1.32.7.0.255"}
    status, content = ask(parts.app, "POST", "/api/meters/1/series", body)
    assert (status, content["error"]["code"]) == (409, "E-NAME-TAKEN")
    status, content = ask(parts.app, "POST", "/api/meters/1/series", POWER | {"obis": "1.8.0"})
    assert (status, content["error"]["code"]) == (422, "E-CONFIG")


def test_an_unknown_series_is_404(parts: Bridge) -> None:
    status, content = ask(parts.app, "DELETE", "/api/meters/1/series/power")
    assert (status, content["error"]["code"]) == (404, "E-SERIES-UNKNOWN")


def test_a_series_is_changed_in_its_place(parts: Bridge) -> None:
    body = {"obis": "1.1.99.1.0.255", "class_id": 7, "attribute": 3, "unit": "x", "enabled": False}
    status, content = ask(parts.app, "PATCH", "/api/meters/1/series/voltage", body)
    assert (status, content["series"]) == (200, {"key": "voltage", **body})
    keys = [one.key for one in parts.store.meter("kitchen").settings.series]
    assert keys == ["voltage", "energy"]
    _, content = ask(parts.app, "PATCH", "/api/meters/1/series/voltage", {"class_id": 0})
    assert (content["series"]["class_id"], content["series"]["unit"]) == (None, "x")
    assert parts.store.audit()[0].detail == "voltage: class_id"


def test_a_change_of_a_series_that_is_not_there_or_makes_no_sense_is_refused(
    parts: Bridge,
) -> None:
    status, content = ask(parts.app, "PATCH", "/api/meters/1/series/none", {"unit": "V"})
    assert (status, content["error"]["code"]) == (404, "E-SERIES-UNKNOWN")
    assert ask(parts.app, "PATCH", "/api/meters/9/series/voltage", {})[0] == 404
    assert ask(parts.app, "PATCH", "/api/meters/1/series/voltage", {"obis": "x"})[0] == 422
