"""A secret leaves by an explicit call and in no other way."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlmslite_daemon.config.secrets import Secret, Secrets
from dlmslite_daemon.errors import SecretError

PLANTED = "hunter2-planted"


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "bridge.key", {"PW": PLANTED, "CREDENTIALS_DIRECTORY": str(tmp_path)})


def code_of(secrets: Secrets, reference: str) -> str:
    with pytest.raises(SecretError) as caught:
        secrets.reveal(reference, "meters.kitchen.password")
    assert caught.value.key in {"meters.kitchen.password", "secrets.key_file"}
    # Neither the error nor what a traceback shows of its causes may hold it.
    shown = "".join(traceback.format_exception(caught.value))
    assert PLANTED not in shown
    return caught.value.code


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(PLANTED)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>20}",
        json.dumps({"s": secret}, default=str),
        repr({"s": [secret]}),
        repr(Secret.__slots__),
        logging.Formatter().format(logging.LogRecord("x", 20, "", 1, "%s", (secret,), None)),
    ]
    assert PLANTED not in "".join(shown)
    assert secret.reveal() == PLANTED


@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy, copy.copy])
def test_a_secret_is_not_written_anywhere(write: object) -> None:
    with pytest.raises(SecretError):
        write(Secret(PLANTED))


def test_secrets_are_compared_by_what_they_are() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")


def test_the_places(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text(f"{PLANTED}\nsecond line\n")
    assert secrets.reveal("").reveal() == ""
    for reference in ("env:PW", f"file:{tmp_path / 'pw'}", "credential:pw"):
        assert secrets.reveal(reference).reveal() == PLANTED
    assert secrets.reveal(secrets.seal(Secret(PLANTED))).reveal() == PLANTED


def test_places_that_lead_nowhere(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "long").write_text(PLANTED * 1000)
    (tmp_path / "binary").write_bytes(PLANTED.encode() + b"\xff")
    assert code_of(secrets, "env:NOPE") == "E-SECRET-ENV"
    assert code_of(secrets, f"file:{tmp_path / 'nope'}") == "E-SECRET-FILE"
    assert code_of(secrets, f"file:{tmp_path / 'long'}") == "E-SECRET-FILE"
    assert code_of(secrets, f"file:{tmp_path / 'binary'}") == "E-SECRET-FILE"
    assert code_of(secrets, f"file:{tmp_path}") == "E-SECRET-FILE"
    assert code_of(secrets, "credential:nope") == "E-SECRET-FILE"
    assert code_of(secrets, "credential:../pw") == "E-SECRET-CREDENTIAL"
    assert code_of(Secrets(tmp_path / "k", {}), "credential:pw") == "E-SECRET-CREDENTIAL"
    assert code_of(secrets, PLANTED) == "E-SECRET-PLAIN"


def test_an_empty_file_is_an_empty_secret(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    assert not secrets.reveal(f"file:{tmp_path / 'empty'}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_sealed_comes_back_and_never_looks_alike(secrets: Secrets, text: str) -> None:
    one, other = secrets.seal(Secret(text)), secrets.seal(Secret(text))
    assert one != other
    assert len(text) < 8 or text not in one
    assert secrets.reveal(one).reveal() == secrets.reveal(other).reveal() == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), flip=st.integers(1, 63))
def test_a_sealed_secret_that_was_touched_does_not_open(
    secrets: Secrets, place: int, flip: int
) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = secrets.seal(Secret("12345678")).removeprefix("sealed:")  # 36 octets: no spare bits
    at = place % len(text)
    touched = alphabet[(alphabet.index(text[at]) + flip) % 64]
    with pytest.raises(SecretError) as caught:
        secrets.reveal(f"sealed:{text[:at]}{touched}{text[at + 1 :]}")
    assert caught.value.code == "E-SECRET-SEAL"


@pytest.mark.parametrize("text", ["x", "AAAA", "not base64 !", "é", "A" * 40])
def test_nonsense_does_not_open(secrets: Secrets, text: str) -> None:
    assert code_of(secrets, f"sealed:{text}") == "E-SECRET-SEAL"


def test_the_key_file_is_made_once_for_its_owner_only(secrets: Secrets, tmp_path: Path) -> None:
    path = tmp_path / "bridge.key"
    assert not path.exists()
    sealed = secrets.seal(Secret(PLANTED))
    assert path.stat().st_mode & 0o777 == 0o600
    again = Secrets(path, {})
    assert again.reveal(sealed).reveal() == PLANTED
    other = Secrets(tmp_path / "other.key", {})
    assert code_of(other, sealed) == "E-SECRET-SEAL"


def test_two_daemons_that_make_the_key_at_once_agree(tmp_path: Path) -> None:
    one, other = Secrets(tmp_path / "k", {}), Secrets(tmp_path / "k", {})
    assert other._read_key() is None
    sealed = one.seal(Secret(PLANTED))
    assert other._make_key() == one._own_key()
    assert other.reveal(sealed).reveal() == PLANTED


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 50])
def test_a_key_file_without_a_key_is_not_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k"
    path.write_bytes(content)
    with pytest.raises(SecretError) as caught:
        Secrets(path, {}).seal(Secret(PLANTED))
    assert caught.value.code == "E-SECRET-KEY-FILE"
    assert path.read_bytes() == content


@pytest.mark.parametrize("place", [".", "no/such/folder/k"])
def test_a_key_file_that_cannot_be_used(tmp_path: Path, place: str) -> None:
    with pytest.raises(SecretError) as caught:
        Secrets(tmp_path / place, {}).seal(Secret(PLANTED))
    assert caught.value.code == "E-SECRET-KEY-FILE"


def test_a_fingerprint_tells_credentials_apart_and_nothing_else(
    secrets: Secrets, tmp_path: Path
) -> None:
    marks = {secrets.fingerprint(Secret(text)) for text in ("00000001", "00000002", "")}
    assert len(marks) == 3
    assert secrets.fingerprint(Secret("00000001")) in marks
    # Another key, another fingerprint: a table of all eight-digit passwords is of no use.
    assert Secrets(tmp_path / "other.key", {}).fingerprint(Secret("00000001")) not in marks
