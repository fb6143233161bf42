"""A real mosquitto on a free loopback port, and a subscriber that knows nothing of our code."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from rig.ports import free_port
from rig.required import program


class Broker:
    """Mosquitto; stopped and started again on the same port at will.

    Args:
        folder: Where its configuration stands.
        options: More lines of configuration.
        port: Its port; a free one unless told.
    """

    def __init__(self, folder: Path, options: str = "", port: int = 0) -> None:
        self.port = port or free_port()
        self._program = program("mosquitto")
        self._file = folder / f"mosquitto-{self.port}.conf"
        listener = f"listener {self.port} 127.0.0.1\n"
        rights = "" if "allow_anonymous" in options else "allow_anonymous true\n"
        # Broker and test share a user: without this a mosquitto that root starts drops to its own.
        self._file.write_text(f"{listener}{rights}user root\n{options}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 30.0
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("mosquitto did not start")

    def stop(self) -> None:
        """End it; harmless when it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def kill(self) -> None:
        """``kill -9``: it writes nothing more."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)
        self._process = None

    def freeze(self) -> None:
        """Stop it from doing anything, its sockets left open (faults.md 23)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class Subscriber:
    """An independent paho client with a persistent QoS 1 session that writes down what arrives.

    Args:
        port: The broker's.
        topics: The topic filter.
    """

    def __init__(self, port: int, topics: str = "#") -> None:
        self.messages: list[MQTTMessage] = []
        self._ready = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="independent", clean_session=False
        )
        self._client.reconnect_delay_set(min_delay=1, max_delay=1)
        self._client.on_connect = lambda client, *_: client.subscribe(topics, qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _client, _data, message: self.messages.append(message)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._ready.wait(30), "the subscription was not confirmed"
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_for(self, count: int, topic: str = "", seconds: float = 30.0) -> list[MQTTMessage]:
        """The messages whose topic contains ``topic``, once there are so many; or what there is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [message for message in self.messages if topic in message.topic]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        return [message for message in self.messages if topic in message.topic]
