"""A browser without scripts: keeps cookies, sends forms, reads pages as text and elements."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from typing import Any

import httpx
from attrs import Factory, define
from rig.bridge import Bridge

from dlmslite_daemon.api.auth import through
from dlmslite_daemon.api.caller import Caller, Role

OURS = {"Origin": "http://bridge"}
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "path",
        "circle",
        "rect",
        "text",
        "source",
    ]
)


@define
class Element:
    """One element of a page.

    Attributes:
        name: Its tag.
        attributes: Its attributes; one without a value has an empty text.
        words: What it says.
    """

    name: str
    attributes: dict[str, str]
    words: list[str] = Factory(list)

    @property
    def text(self) -> str:
        """What it says, in one line."""
        return " ".join(" ".join(self.words).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.name == tag for element in self._open):
            while self._open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)


def elements(html: str) -> list[Element]:
    """Every element of a page or a piece of one."""
    reader = _Reader()
    reader.feed(html)
    return reader.elements


def texts(html: str, tag: str) -> list[str]:
    """What every element of one kind says."""
    return [element.text for element in elements(html) if element.name == tag]


class Visitor:
    """Somebody who looks at the page.

    Args:
        parts: The bridge.
        role: Signed in as; None for not at all.
        headers: What his browser says of itself.
    """

    def __init__(
        self, parts: Bridge, role: Role | None = Role.ADMIN, headers: dict[str, str] | None = None
    ) -> None:
        self._app = through(parts.app, local=False)
        self._headers = {"Accept": "text/html", **(headers or {})}
        self.cookies = httpx.Cookies()
        if role is not None:
            code = parts.services.sessions.make_link(Caller("maria", role))
            assert self.get(f"/signin?code={code}").headers["location"] == "/welcome"

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Look at a page."""
        return self.ask("GET", path, **more)

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of our own page."""
        return self.ask("POST", path, data=fields, headers=OURS)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; redirects are not followed."""

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport,
                base_url="http://bridge",
                cookies=self.cookies,
                headers=self._headers,
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(go())
