"""The container, the broker's configuration and the board of examples/daemon, without Docker.

The Dockerfile is read and its steps are done in a clean folder; mosquitto runs its configuration
and is killed; every metric that the board asks for is one that the daemon has.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import frozen
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rig.broker import Broker, Subscriber
from rig.daemon import until
from rig.required import missing

from dlmslite_daemon.api.routes import metrics as metrics_route
from dlmslite_daemon.config.load import load
from dlmslite_daemon.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "daemon"
MESSAGES = 200


@frozen
class Instruction:
    """One instruction of a Dockerfile."""

    word: str
    rest: str


def instructions() -> list[Instruction]:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    lines = [line.strip() for line in joined.splitlines() if line.strip()]
    return [Instruction(*line.split(maxsplit=1)) for line in lines]


def of(word: str) -> list[str]:
    return [one.rest for one in instructions() if one.word == word]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(" ".join(of("ENV"))))


# ---------------------------------------------------------------- the image


def test_every_instruction_is_one_of_docker_and_in_exec_form() -> None:
    known = {
        "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
        "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    assert {one.word for one in instructions()} <= known
    assert json.loads(of("ENTRYPOINT")[0]) == ["dlmslite-bridge"]
    assert json.loads(of("CMD")[0]) == ["run"]
    assert json.loads(of("HEALTHCHECK")[0].partition("CMD ")[2])[0] == "python"


def test_what_is_copied_is_there_and_nothing_of_the_tests() -> None:
    for rest in of("COPY"):
        words = rest.split()
        if words[0].startswith("--from="):
            assert words[0] == "--from=build"
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source


def test_it_does_not_run_as_root_and_stops_politely() -> None:
    assert of("USER") == ["dlmslite"]
    assert instructions().index(Instruction("USER", "dlmslite")) < len(instructions()) - 1
    assert of("STOPSIGNAL") == ["SIGTERM"]


def test_its_environment_is_a_sound_configuration() -> None:
    config = load(None, environment())
    assert config.store.path == "/data/bridge.db"
    assert config.log.format.value == "json"


def test_the_steps_of_its_build_give_a_program_that_runs(tmp_path: Path) -> None:
    source, prefix = tmp_path / "source", tmp_path / "dlmslite"
    source.mkdir()
    for rest in of("COPY"):
        words = rest.split()
        if not words[0].startswith("--from="):
            copy = ["cp", "--recursive", *(str(ROOT / one) for one in words[:-1])]
            target = source if words[-1] == "./" else source / words[-1]
            subprocess.run([*copy, str(target)], check=True)
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_NO_INPUT": "1"}
    steps = [rest for rest in of("RUN") if "/opt/dlmslite" in rest]
    assert len(steps) == 2
    for step in steps:
        command = step.replace("/opt/dlmslite", str(prefix)).replace(
            "python ", f"{sys.executable} "
        )
        done = subprocess.run(
            shlex.split(command),
            cwd=source,
            env=clean,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        if done.returncode and "No matching distribution" in done.stderr:
            missing("the package registry")
        assert done.returncode == 0, done.stderr[-2000:]
    said = subprocess.run(
        [str(prefix / "bin" / "dlmslite-bridge"), "run", "--check", "--json"],
        cwd=tmp_path,
        env={**clean, **environment(), "DLMSLITE_BRIDGE_STORE_PATH": str(tmp_path / "bridge.db")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["success"] is True


# ---------------------------------------------------------------- compose


def test_the_composition_names_what_is_there() -> None:
    composed: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    bridge, broker = composed["services"]["bridge"], composed["services"]["broker"]
    context = (FOLDER / bridge["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / bridge["build"]["dockerfile"]).exists()
    named = {mount.split(":")[0] for one in (bridge, broker) for mount in one["volumes"]}
    files = {name for name in named if name.startswith("./")}
    assert named - files == set(composed["volumes"])
    assert all((FOLDER / name).exists() for name in files)
    # Nothing is open to the network by itself.
    ports = [port for one in (bridge, broker) for port in one["ports"]]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    config = load(None, {**environment(), **bridge["environment"]})
    assert (config.api.host, config.api.port) == ("0.0.0.0", 5001)


# ---------------------------------------------------------------- the broker


def test_what_the_broker_acknowledged_survives_its_death(tmp_path: Path) -> None:
    text = (FOLDER / "mosquitto.conf").read_text(encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    lines = [
        line.replace("/mosquitto/data/", f"{data}/")
        for line in text.splitlines()
        if not line.startswith(("listener", "#"))
    ]
    with Broker(tmp_path, "\n".join(lines)) as broker:
        with Subscriber(broker.port):
            pass  # its session stays, and it is away
        client = Client(CallbackAPIVersion.VERSION2, client_id="publisher")
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        sent = [client.publish("m/x/state", str(n), qos=1) for n in range(MESSAGES)]
        for one in sent:
            one.wait_for_publish(20)
        assert all(one.is_published() for one in sent)
        until((data / "mosquitto.db").exists, "the broker writes")
        client.loop_stop()
        broker.kill()
        broker.start()
        with Subscriber(broker.port) as subscriber:
            arrived = {message.payload for message in subscriber.wait_for(MESSAGES, seconds=20)}
        assert arrived == {str(n).encode() for n in range(MESSAGES)}


# ---------------------------------------------------------------- the board


def metric_names() -> set[str]:
    """What the daemon counts, with the ends that Prometheus gives to histograms."""
    names = set()
    for family in Metrics().registry.collect():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        names |= {family.name + end for end in ends.get(family.type, ("",))}
    moment = Path(metrics_route.__file__).read_text(encoding="utf-8")
    names |= {f"dlmslite_{name}" for name in re.findall(r'_(?:one|family)\(\s*"(\w+)"', moment)}
    return names


def test_every_panel_asks_for_metrics_that_there_are() -> None:
    board = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked = {name for text in expressions for name in re.findall(r"dlmslite_\w+", text)}
    assert asked <= metric_names()
    assert len(asked) > 15


def test_the_board_can_be_imported_and_its_panels_do_not_overlap() -> None:
    board = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
    assert board["templating"]["list"][0]["type"] == "datasource"
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["title"]
        assert all(
            target["expr"].count("(") == target["expr"].count(")") for target in panel["targets"]
        )


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "mosquitto.conf"])
def test_a_file_says_what_it_is(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8").startswith("# ")
