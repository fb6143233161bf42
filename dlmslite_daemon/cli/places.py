"""What operators write as one word: the URL of a sink, a time to look back to."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from dlmslite_daemon.errors import ConfigError, SecretError

_SINKS = {
    "mqtt": ("mqtt", 1883, False),
    "mqtts": ("mqtt", 8883, True),
    "thingsboard": ("thingsboard", 1883, False),
    "thingsboards": ("thingsboard", 8883, True),
}
"""Scheme of a sink's URL: its kind, its usual port, whether it is TLS."""

_SPAN = re.compile(r"(\d{1,9})(s|min|m|h|d|w)\Z")
_SECONDS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def sink_of_url(url: str) -> tuple[str, dict[str, Any]]:
    """The kind and the options of a sink that a URL names.

    Args:
        url: ``thingsboard://HOST[:PORT]`` or ``mqtt://[USER@]HOST[:PORT]/BASE``; with an ``s`` at
            the scheme's end for TLS.

    Raises:
        ConfigError: It names none.
        SecretError: A secret stands in it; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.password is not None or (parts.username and parts.scheme.startswith("thingsboard")):
        raise SecretError(
            "a secret never stands in a URL",
            code="E-SECRET-PLAIN",
            hint="give it with --token-prompt, --token-file or --token-env",
        )
    known = _SINKS.get(parts.scheme)
    if known is None or not host:
        raise ConfigError(
            "it is no sink's URL",
            key="url",
            hint="for example thingsboard://HOST:1883 or mqtt://HOST/meters",
        )
    kind, usual, tls = known
    options: dict[str, Any] = {"host": host, "port": port if port is not None else usual}
    if tls:
        options["tls"] = True
    base = unquote(parts.path).strip("/")
    if kind == "mqtt":
        if base:
            options["base"] = base
        if parts.username:
            options["username"] = unquote(parts.username)
    elif base:
        raise ConfigError("ThingsBoard's URL has no path", key="url")
    return kind, options


def when(text: str, now_ms: int, key: str = "since") -> int:
    """A time as ms UTC: a span back from now, an ISO 8601 time, or the number itself.

    Args:
        text: ``90s``, ``15min``, ``6h``, ``2d``, ``2026-03-01``, ``2026-03-01T12:00:00Z`` or
            milliseconds; a time without a zone is UTC.
        now_ms: Now.
        key: The option, for the error.

    Raises:
        ConfigError: It is none of them.
    """
    span = _SPAN.match(text)
    if span is not None:
        return max(0, now_ms - int(span[1]) * _SECONDS[span[2]] * 1000)
    if re.fullmatch(r"\d{9,15}", text):
        return int(text)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{text!r} is no time", key=key, code="E-USAGE", hint="90s, 6h, 2d, 2026-03-01T12:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0, round(moment.timestamp() * 1000))


def later(text: str, now_ms: int, key: str = "until") -> int:
    """A time to come as ms UTC: a span from now, or a time.

    Args:
        text: As for ``when``; a span counts forwards.
        now_ms: Now.
        key: The option, for the error.

    Raises:
        ConfigError: It is none, or is over.
    """
    moment = when(text, now_ms, key)
    if _SPAN.match(text):
        moment = 2 * now_ms - moment
    if moment <= now_ms:
        raise ConfigError(f"{text!r} is over", key=key, code="E-USAGE")
    return moment
