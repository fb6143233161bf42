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
