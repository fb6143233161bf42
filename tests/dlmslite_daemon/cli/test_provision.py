"""A gateway device is made or found, its token fetched, and the login shown to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.thingsboard import ThingsBoard

from dlmslite_daemon.cli.provision import checked, provision
from dlmslite_daemon.errors import BridgeError, ConfigError, SecretError


def made(there: ThingsBoard, password: str = "", device: str = "gw") -> object:
    return provision(there.url, there.user, password or there.password, device)


def test_a_gateway_device_is_made_and_its_token_fetched() -> None:
    with ThingsBoard() as there:
        gateway = provision(there.url, there.user, there.password, "gw")
        assert (gateway.name, gateway.token, gateway.made) == ("gw", "token-of-id-gw", True)
        assert there.bodies[1]["additionalInfo"] == {"gateway": True}
        assert there.asked == [
            "POST /api/auth/login",
            "GET /api/tenant/devices",
            "POST /api/device",
            "GET /api/device/id-gw/credentials",
        ]
    assert "token-of" not in repr(gateway)


def test_one_that_is_there_is_taken() -> None:
    with ThingsBoard(devices={"gw": "id-old"}) as there:
        gateway = provision(there.url, there.user, there.password, "gw")
        assert (gateway.token, gateway.made) == ("token-of-id-old", False)


def test_a_wrong_login_is_told_and_the_password_is_not_repeated() -> None:
    with ThingsBoard() as there:
        with pytest.raises(BridgeError) as refused:
            made(there, "planted-wrong")
        assert refused.value.code == "E-TB-LOGIN"
        assert "planted" not in str(refused.value)
        assert there.asked == ["POST /api/auth/login"]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/api/auth/login", 200, "<html>"),
        ("/api/auth/login", 200, "[]"),
        ("/api/auth/login", 200, "{}"),
        ("/api/auth/login", 302, "{}"),
        ("/api/device", 500, "{}"),
        ("/api/device", 200, '{"id": {}}'),
    ],
)
def test_what_is_no_thingsboard_is_told(path: str, status: int, text: str) -> None:
    with ThingsBoard(answers={path: (status, text)}) as there:
        with pytest.raises(BridgeError) as refused:
            made(there)
        assert refused.value.code == "E-TB-ANSWER"


def test_a_device_that_shows_a_certificate_has_no_token() -> None:
    certificate = "X509_CERTIFICATE"
    with ThingsBoard(kind=certificate) as there, pytest.raises(BridgeError, match=certificate):
        made(there)


def test_nobody_there_is_told() -> None:
    with pytest.raises(BridgeError) as refused:
        provision("http://127.0.0.1:1", "u", "planted", "gw")
    assert refused.value.code == "E-TB-UNREACHABLE"


def test_certificates_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        provision("https://tb.example", "u", "planted", "gw", str(tmp_path / "ca.pem"))


@pytest.mark.parametrize(
    "url",
    ["https://tb.example", "https://tb.example:8443", "http://[::1]:8080", "http://localhost"],
)
def test_a_login_travels_sealed_or_not_at_all(url: str) -> None:
    assert checked(url)


@pytest.mark.parametrize(
    "url", ["http://tb.example", "http://10.0.0.5:8080", "tb.example", "ftp://h", "https://h:x", ""]
)
def test_a_url_that_is_none_or_open_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        checked(url)


def test_a_secret_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(SecretError) as refused:
        checked("https://u:planted@tb.example")
    assert "planted" not in str(refused.value)
