"""A real browser, driven through a pipe: Chromium's own protocol over two file descriptors.

No driver, no port and no package stand between: what Debian installs as ``chromium`` is enough.
Whatever the pages write to the console or throw is kept, for a test to look at.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rig.required import program

OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # CI runs as root, where the sandbox does not
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
SECONDS = 20.0  # for whatever is waited for; two busy cores are slow


class BrowserError(Exception):
    """The browser refused a command, or did not answer."""


class Browser:
    """The process and its pipe.

    Args:
        folder: For its profile.
    """

    def __init__(self, folder: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        self._process = subprocess.Popen(
            # Chromium reads commands from descriptor 3 and writes answers to 4.
            [
                *("bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "browser"),
                *(program("chromium"), *OPTIONS, f"--user-data-dir={folder / 'profile'}"),
            ],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LANGUAGE": "en", "TZ": "Europe/Madrid"},
        )
        os.close(to_browser)
        os.close(from_browser)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._read, selectors.EVENT_READ)
        self._rest = b""
        self._number = 0
        self._tabs: list[str] = []
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End it and whatever it started."""
        with contextlib.suppress(BrowserError, OSError):
            self.send("Browser.close")
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._selector.close()
        os.close(self._read)
        os.close(self._write)

    def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """One command; what it answers."""
        self._number += 1
        number = self._number
        command: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._write, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            for message in self.receive(deadline - time.monotonic()):
                if message.get("id") == number:
                    if "error" in message:
                        raise BrowserError(f"{method}: {message['error']['message']}")
                    result: dict[str, Any] = message["result"]
                    return result
        raise BrowserError(f"{method}: no answer in {SECONDS:g} s")

    def receive(self, seconds: float) -> list[dict[str, Any]]:
        """What it says within some time; events are kept as well."""
        if not self._selector.select(max(0.0, seconds)):
            return []
        octets = os.read(self._read, 1 << 20)
        if not octets:
            raise BrowserError("the browser has ended")
        *whole, self._rest = (self._rest + octets).split(b"\0")
        messages = [json.loads(message) for message in whole]
        self.events += [message for message in messages if "method" in message]
        return messages

    def tab(self, width: int = 1280, height: int = 900, *, dark: bool = False) -> Tab:
        """A new tab, with cookies of its own."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = Tab(self, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.send(f"{domain}.enable")
        tab.size(width, height)
        tab.dark(dark)
        self._tabs.append(target["targetId"])
        return tab

    def close_tabs(self) -> None:
        """Close every tab; a page that nobody looks at need not go on."""
        for target in self._tabs:
            self.send("Target.closeTarget", targetId=target)
        self._tabs.clear()
        self.events.clear()


class Tab:
    """One page.

    Args:
        browser: The browser.
        session: The tab's session in it.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command to this tab."""
        return self._browser.send(method, self._session, **parameters)

    def size(self, width: int, height: int) -> None:
        """How large the window is; a narrow one is a phone."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def dark(self, wanted: bool) -> None:
        """What the system prefers."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.send("Emulation.setEmulatedMedia", features=[scheme, still])

    def scripts(self, wanted: bool) -> None:
        """Whether pages may run scripts."""
        self.send("Emulation.setScriptExecutionDisabled", value=not wanted)

    def offline(self, wanted: bool) -> None:
        """Whether the network is gone."""
        self.send(
            "Network.emulateNetworkConditions",
            offline=wanted,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def open(self, url: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.run(f"window.__left = true, location.assign({json.dumps(url)})")
        self.loaded()

    def loaded(self) -> None:
        """Wait until another page than the one that was left is loaded, and leads no further."""
        self.until(
            "!window.__left && document.readyState === 'complete'"
            " && !document.querySelector('meta[http-equiv=refresh]')"
        )

    def run(self, script: str) -> Any:
        """What an expression gives, as plain values."""
        answer = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def until(self, script: str, seconds: float = SECONDS) -> Any:
        """Wait until an expression is true; its value."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(BrowserError):  # a page that is just being left
                value = self.run(f"(it => it instanceof Node || it)({script})")
                if value:
                    return value
            self._browser.receive(0.05)
        raise AssertionError(f"within {seconds:g} s it did not become true: {script}")

    def click(self, selector: str) -> None:
        """Click in the middle of an element, as a mouse does."""
        x, y = self.until(
            f"(() => {{ const it = document.querySelector({json.dumps(selector)}); if (!it) return;"
            " it.scrollIntoView({block: 'center'}); const box = it.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def leave_by(self, action: Callable[[], None]) -> None:
        """Do what leads to another page, and wait for that."""
        self.run("window.__left = true")
        action()
        self.loaded()

    def press(self, key: str, *, shift: bool = False) -> None:
        """One key: a character, or a name such as ``Tab``."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        parameters: dict[str, Any] = {"key": key, "modifiers": 8 if shift else 0}
        if key in codes:
            parameters["windowsVirtualKeyCode"] = codes[key]
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **parameters)
        self.send("Input.dispatchKeyEvent", type="keyUp", **parameters)

    def type(self, text: str) -> None:
        """Characters into what has the focus."""
        self.send("Input.insertText", text=text)

    def text(self, selector: str) -> str:
        """What an element says; empty without it."""
        found = self.run(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''")
        return " ".join(str(found).split())

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """The page as a picture."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self, forgive: Sequence[str] = ()) -> list[str]:
        """What the console has of errors and warnings of this tab, and what was thrown."""
        found: list[str] = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            parameters = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(parameters["exceptionDetails"]))
            if event["method"] == "Log.entryAdded":
                entry = parameters["entry"]
                if entry["level"] in {"error", "warning"}:
                    found.append(f"{entry['text']} {entry.get('url', '')}")
            bad = parameters.get("type") in {"error", "warning", "assert"}
            if bad and event["method"] == "Runtime.consoleAPICalled":
                found.append(str(parameters["args"]))
        return [one for one in found if not any(text in one for text in forgive)]


@contextlib.contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """A browser for as long as a ``with`` lasts."""
    browser = Browser(folder)
    try:
        yield browser
    finally:
        browser.close()
