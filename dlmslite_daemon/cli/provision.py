"""Makes a gateway device in ThingsBoard and fetches its token; the login is used and forgotten.

It happens in the operator's own process: the daemon never sees the login, and nothing keeps it.
::

    POST /api/auth/login                     user, password → a short-lived key
    GET  /api/tenant/devices?deviceName=N    is it there already?
    POST /api/device                         {"name":N,"additionalInfo":{"gateway":true}}
    GET  /api/device/<id>/credentials        its access token
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from attrs import field, frozen

from dlmslite_daemon.errors import BridgeError, ConfigError, SecretError

SECONDS = 20.0  # for each request
_REFUSED = (401, 403)


@frozen
class Gateway:
    """A gateway device of ThingsBoard.

    Attributes:
        name: Its name there.
        token: Its access token; never shown.
        made: Whether it was made now, and was not there before.
    """

    name: str
    token: str = field(repr=False)
    made: bool


def provision(url: str, user: str, password: str, device: str, ca_file: str = "") -> Gateway:
    """Log in, make the gateway device unless it is there, and fetch its token.

    Args:
        url: Where ThingsBoard's REST API is; https, or http on this machine.
        user: A tenant administrator.
        password: His password.
        device: The name of the gateway device.
        ca_file: Certificates to trust instead of the system's; empty for the system's.

    Raises:
        ConfigError: The URL or the certificates make no sense.
        BridgeError: ThingsBoard is not reached (``E-TB-UNREACHABLE``), refuses the login
            (``E-TB-LOGIN``), or answers otherwise than it should (``E-TB-ANSWER``).
    """
    checked(url)
    try:
        trust = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ConfigError(f"{ca_file} cannot be used: {error}", key="ca_file") from error
    # No proxy from the environment, and no redirection: either would be shown the login.
    with httpx.Client(base_url=url, verify=trust, timeout=SECONDS, trust_env=False) as client:
        login = {"username": user, "password": password}
        key = _asked(client, "POST", "/api/auth/login", json=login)["token"]
        client.headers["X-Authorization"] = f"Bearer {key}"
        found = _asked(client, "GET", "/api/tenant/devices", params={"deviceName": device})
        made = not found
        if made:
            body = {"name": device, "type": "default", "additionalInfo": {"gateway": True}}
            found = _asked(client, "POST", "/api/device", json=body)
        number = found["id"]["id"]
        credentials = _asked(client, "GET", f"/api/device/{number}/credentials")
    if credentials["credentialsType"] != "ACCESS_TOKEN":
        raise BridgeError(
            f"{device} shows itself by {credentials['credentialsType']}, not by a token",
            code="E-TB-ANSWER",
            hint="choose another name with --device",
        )
    return Gateway(device, credentials["credentialsId"], made)


def checked(url: str) -> str:
    """The host of ThingsBoard's URL.

    Raises:
        ConfigError: It is none, or would send a login in the open.
        SecretError: A secret stands in it.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.username or parts.password:
        raise SecretError("a secret never stands in a URL", code="E-SECRET-PLAIN")
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigError("it is no URL", key="url", hint="for example https://tb.example")
    if parts.scheme == "http" and not _is_here(host):
        raise ConfigError(
            "a login does not travel in the open",
            key="url",
            hint="use https://, with --ca-file for a certificate of your own",
        )
    return host


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Answer(dict[str, Any]):
    """An object of ThingsBoard; a field that is not there is ThingsBoard's fault."""

    def __missing__(self, key: str) -> Any:
        raise BridgeError(f"ThingsBoard's answer has no {key!r}", code="E-TB-ANSWER")


def _asked(client: httpx.Client, method: str, path: str, **more: Any) -> Mapping[str, Any]:
    """One request and its answer; an empty one where what was asked for is not there."""
    try:
        answer = client.request(method, path, **more)
    except httpx.HTTPError as error:
        raise BridgeError(
            f"ThingsBoard does not answer: {error or type(error).__name__}",
            code="E-TB-UNREACHABLE",
            hint="check the URL, and --ca-file for a certificate of your own",
        ) from error
    if method == "GET" and answer.status_code == 404:
        return {}
    if answer.status_code in _REFUSED:
        raise BridgeError(
            f"ThingsBoard refuses {path.removeprefix('/api/')} (HTTP {answer.status_code})",
            code="E-TB-LOGIN",
            hint="a tenant administrator may make devices",
        )
    try:
        content = answer.json() if answer.is_success else None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise BridgeError(
            f"what answers {path} is no ThingsBoard (HTTP {answer.status_code})", code="E-TB-ANSWER"
        )
    return _Answer({key: _Answer(v) if isinstance(v, dict) else v for key, v in content.items()})
