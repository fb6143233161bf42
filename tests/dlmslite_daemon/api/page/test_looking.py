"""Who looks and how: by cookie, or by what his browser says."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi import Request

from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.page.looking import look_of, own_path
from dlmslite_daemon.api.page.screens.base import Look


def look(path: str = "/", query: bytes = b"", **headers: str) -> Look:
    raw = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query, "headers": raw,
        "server": ("bridge", 80), "scheme": "http",
    }  # fmt: skip
    return look_of(Request(scope), 5, Caller("maria", Role.VIEWER))


def test_without_cookies_the_browser_decides() -> None:
    seen = look("/alarms", b"which=all", accept_language="es")
    assert (seen.words.language, seen.theme, seen.zone) == ("es", "system", dt.UTC)
    assert seen.path == "/alarms?which=all"
    assert not seen.operates


def test_cookies_decide_first_and_nonsense_in_them_is_left_out() -> None:
    seen = look(cookie="theme=dark; language=en; zone=Asia%2FTokyo", accept_language="es")
    assert (seen.words.language, seen.theme, str(seen.zone)) == ("en", "dark", "Asia/Tokyo")
    seen = look(cookie="theme=<script>; language=../; zone=%00")
    assert (seen.words.language, seen.theme, seen.zone) == ("en", "system", dt.UTC)


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "", "a", "/a\nb", "/" * 501],
)
def test_nobody_is_led_elsewhere(path: str) -> None:
    assert own_path(path) == "/"
    assert own_path("/meters/3?span=6h") == "/meters/3?span=6h"
