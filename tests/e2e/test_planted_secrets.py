"""Secrets are planted everywhere they may stand, and looked for everywhere they may not (row 56).

Meters' passwords, one of them wrong, a sink's token, tokens of the API and a session: each is used,
and then every verb, every path of the API, every screen, the log, the metrics, what the broker got
and every file beside the store is searched for each of them, as text and in the usual disguises.
"""

from __future__ import annotations

import base64
import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from rig.daemon import until
from rig.running_bridge import LAB_PASSWORD, RunningBridge

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve

pytestmark = pytest.mark.e2e

RIGHT = "Planted/Right+Pw=1"
WRONG = "Planted/Wrong+Pw=2"
SINK = "Planted/Sink+Token=3"
SERIES = [{"key": "voltage", "obis": "1.1.32.7.0.255"}]
OURS_ALONE = {"api-token", "bridge.key", "bridge.sock"}  # what is there for a secret's sake
VERBS = (
    "list",
    "list --json",
    "status kept --json",
    "status wrong --json",
    "readings kept --limit 5 --json",
    "logs kept --lines 1000 --json",
    "logs kept --frames --json",
    "logs wrong --frames --json",
    "logs --lines 10000 --json",
    "test kept --json",
    "diagnose wrong --json",
    "health --json",
    "health --checklist",
    "series list kept --json",
    "sink list --json",
    "sink test board --json",
    "token list --json",
    "alarm list --json",
    "outbox status --json",
    "report qos --json",
    "report health --json",
    "plan --json",
    "config check --json",
    "diag kept",
    "diag wrong",
    "meter export --format toml",
    "meter export --format json",
    "meter export --format csv",
)


def disguises(secret: str) -> dict[str, bytes]:
    """A secret as text, and as what text is often turned into."""
    plain = secret.encode()
    return {
        "plain": plain,
        "hex": plain.hex().encode(),
        "spaced hex": plain.hex(" ").encode(),
        "base64": base64.b64encode(plain).rstrip(b"="),
        "in a URL": quote(secret, safe="").encode(),
        "reversed": plain[::-1],
    }


def plant(bridge: RunningBridge, url: str) -> list[str]:
    """Use a secret in each place; all of them."""
    for name, password in (("kept", RIGHT), ("wrong", WRONG)):
        body = {"name": name, "url": url, "client": 1, "auth": "lls", "password": password}
        more = {"series": SERIES, "every": 1.0, "force": True}
        status, started = bridge.api("POST", "/api/meters", {**body, **more})
        assert status == 202
        assert bridge.ended(started)["result"]["saved"] is True
        if name == "kept":
            bridge.wait_for("kept", "online")
    sink = {"name": "board", "kind": "thingsboard", "secret": SINK}
    options = {"host": "127.0.0.1", "port": bridge.broker.port}
    assert bridge.api("POST", "/api/sinks", {**sink, "options": options})[0] == 202
    viewer = bridge.shell("token", "add", "viewer").out.strip()
    with httpx.Client(trust_env=False) as browser:
        browser.get(bridge.shell("token", "link").out.strip())
        session = browser.cookies["dlmslite_session"]
    until(lambda: "alarm raised" in bridge.daemon.said(), "the wrong password is an alarm")
    # And where a request is refused, or goes to the wrong place.
    bridge.api("POST", "/api/meters", {"name": "x", "url": url, "password": [RIGHT]})
    bridge.api("POST", "/api/meters", {"name": "x", "url": f"tcp://u:{quote(RIGHT)}@h:1"})
    bridge.api("POST", "/api/sinks", {**sink, "name": "y", "options": {"host": "h", "token": SINK}})
    bridge.api("POST", "/api/session", {"token": f"{viewer}x"}, token=None)
    bridge.shell("meter", "add", "z", f"tcp://u:{quote(RIGHT)}@h:1")
    return [RIGHT, WRONG, SINK, LAB_PASSWORD, viewer, session, bridge.token]


def told(bridge: RunningBridge) -> Iterator[tuple[str, bytes]]:
    """Everything that is told to anybody: where, and what."""
    for words in VERBS:
        said = bridge.shell(*words.split())
        assert said.code in {0, 1, 2}, (words, said.err)
        yield f"dlmslite-bridge {words}", (said.out + said.err).encode()
    description = bridge.api("GET", "/api/openapi.json")[1]
    for path, methods in description["paths"].items():
        if "get" in methods and "/events/" not in path:
            asked = re.sub(r"\{meter\}", "kept", path)
            asked = re.sub(r"\{kind\}", "qos", re.sub(r"\{(number|name|sink|key)\}", "1", asked))
            answer = bridge.request("GET", asked)
            assert answer.status_code < 500, asked
            yield f"GET {asked}", answer.content
    yield from screens(bridge)
    for message in list(bridge.subscriber.messages):
        yield f"MQTT {message.topic}", message.topic.encode() + message.payload
    yield from files(bridge.folder)


def screens(bridge: RunningBridge) -> Iterator[tuple[str, bytes]]:
    """Every screen that a link leads to, from the first one on."""
    with httpx.Client(base_url=bridge.address, trust_env=False, follow_redirects=True) as browser:
        browser.get(bridge.shell("token", "link").out.strip().removeprefix(bridge.address))
        waiting, seen = ["/"], set[str]()
        while waiting and len(seen) < 60:
            path = waiting.pop()
            seen.add(path)
            answer = browser.get(path)
            yield f"the screen {path}", answer.content
            links = re.findall(r'href="(/[^"#?]*)"', answer.text)
            waiting += [link for link in dict.fromkeys(links) if link not in {*seen, *waiting}]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the daemon, archives opened."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name in OURS_ALONE:
            continue
        content = path.read_bytes()
        yield str(path), content
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                for member in archive.getmembers():
                    opened = archive.extractfile(member)
                    yield f"{path}: {member.name}", opened.read() if opened else b""
        elif zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield f"{path}: {name}", packed.read(name)


def test_56_planted_secrets_are_found_nowhere(bridge: RunningBridge) -> None:
    with serve(single_phase(days=1, credentials={1: RIGHT.encode(), 16: None})) as meter:
        planted = plant(bridge, meter.url)
        places = list(told(bridge))
        leaks = [
            f"{secret[:12]}… ({disguise}) in {where}: …{text[max(0, at - 60) : at]!r}"
            for where, text in places
            for secret in planted
            for disguise, octets in disguises(secret).items()
            if (at := text.find(octets)) >= 0
        ]
    assert not leaks, "\n".join(leaks)
    # The search itself finds what it looks for, and looked where it should have.
    assert disguises(bridge.token)["plain"] in (bridge.folder / "api-token").read_bytes()
    kinds = {where.split(" ")[0].split("/")[0] for where, _ in places}
    assert kinds >= {"dlmslite-bridge", "GET", "the", "MQTT", ""}
    assert len(places) > len(VERBS) + 60
