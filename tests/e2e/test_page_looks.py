"""How the page looks, measured in a browser: contrast, names, headings, width, keys, shifts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig.browser import Browser, Tab, browsing
from rig.gallery import SCREENS, Gallery, gallery

pytestmark = pytest.mark.e2e

WIDE, NARROW = (1280, 900), (360, 740)

# The lowest contrast of each text with what is behind it; blended where a ground is translucent.
CONTRAST = r"""
(() => {
  const channel = (c) =>
    c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = (text) => {
    const [r, g, b, a] = text.match(/[\d.]+/g).map(Number);
    return [r, g, b, a ?? 1];
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const one = colour(getComputedStyle(at).backgroundColor);
      layers.push(one);
      if (one[3] === 1) break;
    }
    return layers.reduceRight(
      (under, over) => under.map((u, i) => u * (1 - over[3]) + over[i] * over[3]),
      [255, 255, 255],
    );
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('.sr, dialog, .skip')) continue;
    const style = getComputedStyle(element);
    const ink = colour(element instanceof SVGElement ? style.fill : style.color);
    const behind = ground(element);
    const [a, b] = [light(ink), light(behind)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return poor;
})()
"""

# What somebody who does not see, or does not use a mouse, would stumble over.
STUMBLES = r"""
(() => {
  const found = [];
  const by = (ids) => (ids ?? '').split(' ').filter(Boolean).map((id) => {
    const it = document.getElementById(id);
    if (!it) found.push(`nothing is ${id}`);
    return it?.textContent ?? '';
  }).join(' ');
  const name = (it) => (it.getAttribute('aria-label') || by(it.getAttribute('aria-labelledby'))
    || it.labels?.[0]?.textContent || it.textContent || '').trim();
  const named = 'a, button, input:not([type=hidden]), select, summary, nav, [role=img],'
    + ' [role=log], [role=region], dialog';
  for (const it of document.querySelectorAll(named)) {
    if (!name(it)) found.push(`no name: ${it.outerHTML.slice(0, 90)}`);
  }
  for (const it of document.querySelectorAll('table')) {
    const title = it.getAttribute('aria-labelledby') || it.caption?.textContent;
    if (!title && !it.closest('[role=region]')) found.push('a table without a title');
  }
  for (const it of document.querySelectorAll('th')) {
    if (!it.scope) found.push(`no scope: ${it.textContent}`);
  }
  let level = 0;
  for (const it of document.querySelectorAll('main :is(h1, h2, h3, h4)')) {
    const own = Number(it.nodeName[1]);
    if (own > level + 1) found.push(`a level is left out before: ${it.textContent}`);
    level = own;
  }
  for (const one of ['h1', 'main', 'html[lang]']) {
    if (document.querySelectorAll(one).length !== 1) found.push(`not one ${one}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((it) => it.id);
  found.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `twice: ${id}`));
  for (const it of document.querySelectorAll('.badge')) {
    if (!it.querySelector('svg') || !it.textContent.trim()) found.push(`colour alone: ${it.id}`);
  }
  for (const it of document.querySelectorAll('.card .grid, .card .facts')) {
    if (it.closest('.wide')) continue;
    const card = it.closest('.card').getBoundingClientRect();
    const own = it.getBoundingClientRect();
    const room = it.matches('.facts') ? 8 : -1; // a table fills its card, text keeps off its edge
    if (own.left < card.left + room || own.right > card.right - room) {
      found.push(`sticks out of its card: ${it.outerHTML.slice(0, 60)}`);
    }
  }
  const hit = 'button, summary, .button, nav a, select, input[type=search], input[type=password]';
  for (const it of document.querySelectorAll(hit)) {
    const { width, height } = it.getBoundingClientRect();
    if (!width || !it.checkVisibility() || it.closest('dialog')) continue;
    if (width < 24 || height < 24) found.push(`too small to hit: ${it.outerHTML.slice(0, 60)}`);
  }
  return found;
})()
"""


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(process: Browser) -> Iterator[Browser]:
    """Without a tab of another test."""
    yield process
    process.close_tabs()


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gallery, Gallery]]:
    """One that has seen everything, and one where nothing has happened yet."""
    with contextlib.ExitStack() as stack:
        yield (
            stack.enter_context(gallery(tmp_path_factory.mktemp("full"))),
            stack.enter_context(gallery(tmp_path_factory.mktemp("empty"), empty=True)),
        )


@pytest.fixture
def place(places: tuple[Gallery, Gallery]) -> Gallery:
    return places[0]


def visit(tab: Tab, place: Gallery, path: str) -> None:
    tab.open(place.address + path)
    tab.until("!document.getElementById('live') || document.querySelector('.live.on')")


def every_screen(tab: Tab, places: tuple[Gallery, Gallery]) -> Iterator[str]:
    """Every screen of both, and the sign-in, one after the other."""
    for number, place in enumerate(places):
        tab.open(place.link())
        for name, path in SCREENS.items():
            if number == 0 or path in {"/", "/alarms", "/delivery", "/reports"}:
                visit(tab, place, path)
                yield f"{name} of {number}"
    visit(tab, places[0], "/login?reason=code")
    yield "login"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everything_can_be_read_and_nothing_has_to_be_scrolled_sideways(
    browser: Browser, places: tuple[Gallery, Gallery], dark: bool
) -> None:
    for width, height in (WIDE, NARROW):
        tab = browser.tab(width, height, dark=dark)
        for name in every_screen(tab, places):
            assert tab.run(CONTRAST) == [], f"{name}, {width}"
            assert tab.run("document.documentElement.scrollWidth") <= width, f"{name}, {width}"
        assert tab.complaints(forgive=("404 (Not Found)",)) == []


def test_spanish_fits_on_a_phone_too(browser: Browser, places: tuple[Gallery, Gallery]) -> None:
    tab = browser.tab(*NARROW)
    tab.open(places[0].address + "/login")
    tab.run("document.cookie = 'language=es; Path=/'")
    for name in every_screen(tab, places):
        assert tab.run("document.documentElement.lang") == "es", name
        assert tab.run("document.documentElement.scrollWidth") <= NARROW[0], name


def test_nothing_is_asked_of_anybody_else(
    browser: Browser, places: tuple[Gallery, Gallery]
) -> None:
    tab = browser.tab()
    for _ in every_screen(tab, places):
        pass
    asked = {
        event["params"]["request"]["url"]
        for event in browser.events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert len(asked) > 20
    ours = tuple(f"{place.address}/" for place in places)
    assert [url for url in asked if not url.startswith((*ours, "about:"))] == []


def test_nobody_stumbles(browser: Browser, places: tuple[Gallery, Gallery]) -> None:
    for width, height in (WIDE, NARROW):
        tab = browser.tab(width, height)
        for name in every_screen(tab, places):
            assert tab.run(STUMBLES) == [], f"{name}, {width}"


def test_a_choice_of_theme_is_stronger_than_the_systems(browser: Browser, place: Gallery) -> None:
    tab = browser.tab(dark=True)
    tab.open(place.link())
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = tab.run(ground)
    tab.click(".menu summary")
    tab.click("input[name=theme][value=light]")
    tab.leave_by(lambda: tab.click("form[action='/page/display'] button"))
    light = tab.run(ground)
    assert light != dark
    tab.dark(False)
    assert tab.run(ground) == light


def test_the_page_speaks_spanish_when_asked(browser: Browser, place: Gallery) -> None:
    tab = browser.tab()
    tab.open(place.link())
    tab.click(".menu summary")
    tab.click("input[name=language][value=es]")
    tab.leave_by(lambda: tab.click("form[action='/page/display'] button"))
    assert tab.text("h1") == "Flota"
    assert tab.run("document.documentElement.lang") == "es"
    tab.until("document.querySelector('.live.on')")
    assert tab.text("#live .text") == "En vivo"


def test_the_keyboard_reaches_everything_in_order_and_is_seen(
    browser: Browser, place: Gallery
) -> None:
    tab = browser.tab()
    tab.open(place.link())
    visit(tab, place, "/")
    tab.press("Tab")
    assert tab.run("document.activeElement.className") == "skip"
    assert tab.run("document.activeElement.getBoundingClientRect().top") >= 0
    seen: list[str] = []
    for _ in range(40):
        tab.press("Tab")
        here: dict[str, Any] = tab.run(
            "(it => ({name: it.name || it.textContent, ring: getComputedStyle(it).outlineStyle,"
            " top: it.getBoundingClientRect().top, bottom: it.getBoundingClientRect().bottom}))"
            "(document.activeElement)"
        )
        assert here["ring"] == "solid", here
        assert here["top"] >= 0, here
        assert here["bottom"] <= 900, here
        seen.append(" ".join(here["name"].split()))
    assert seen[:5] == ["dlmslite", "Fleet", "Alarms", "Delivery", "Reports"]
    assert seen.index("find") < seen.index("state") < seen.index("kitchen") < seen.index("lift")


def test_single_keys_lead_around_and_can_be_switched_off(browser: Browser, place: Gallery) -> None:
    tab = browser.tab()
    tab.open(place.link())
    visit(tab, place, "/")
    tab.press("j")
    tab.press("j")
    assert tab.run("document.activeElement.textContent") == "workshop"
    tab.press("k")
    assert tab.run("document.activeElement.textContent") == "kitchen"
    tab.leave_by(lambda: tab.press("Enter"))
    assert tab.text("h1") == "kitchen #1"
    tab.press("g")
    tab.leave_by(lambda: tab.press("a"))
    assert tab.text("h1") == "Alarms"
    tab.leave_by(lambda: tab.press("/"))
    tab.press("/")
    assert tab.run("document.activeElement.name") == "find"
    tab.type("lab-2")
    tab.until("document.querySelectorAll('[data-row]').length === 1")
    assert tab.run("location.search") == "?find=lab-2"
    tab.run("document.activeElement.blur()")
    tab.press("?")
    tab.until("document.getElementById('keys').open")
    tab.click("#keys-off")
    tab.press("Escape")
    tab.until("!document.getElementById('keys').open")
    tab.press("?")
    tab.press("j")
    assert not tab.run("document.getElementById('keys').open")


def test_a_report_is_asked_for_another_window(browser: Browser, place: Gallery) -> None:
    tab = browser.tab()
    tab.open(place.link())
    visit(tab, place, "/reports/qos")
    tab.run("document.querySelector('select[name=window]').value = '7d'")
    tab.leave_by(lambda: tab.click(".filter button"))
    assert "7 d:" in tab.text(".title .fine")
    assert tab.run("document.querySelector('select[name=window]').value") == "7d"


def test_cancelling_a_question_does_nothing(browser: Browser, place: Gallery) -> None:
    tab = browser.tab()
    tab.open(place.link())
    visit(tab, place, "/meters/1")
    for leave in (lambda: tab.press("Escape"), lambda: tab.click("#ask [value=no]")):
        tab.click("button[value=restart]")
        tab.until("document.getElementById('ask').open")
        assert "Restart kitchen?" in tab.text("#ask")
        leave()
        tab.until("!document.getElementById('ask').open")
    assert place.parts.control.calls == []


def test_news_move_nothing_that_somebody_is_reading(browser: Browser, place: Gallery) -> None:
    tab = browser.tab()
    tab.open(place.link())
    visit(tab, place, "/meters/5")
    tab.run(
        "window.shift = 0, new PerformanceObserver(list => {"
        " for (const one of list.getEntries()) window.shift += one.value; })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    tab.run("document.querySelector('button[value=pause]').focus(), window.__same = true")
    ring = place.parts.services.log.ring
    assert ring is not None
    for number in range(3):
        place.parts.clock.advance(5.0)
        ring.add(place.parts.clock.utc_ms(), "info", f"news {number}", "boiler-room", {})
        tab.until(f"document.getElementById('log').textContent.includes('news {number}')")
    assert tab.run("document.activeElement.value") == "pause"
    assert tab.run("window.__same") is True
    assert tab.run("window.shift") < 0.02


def test_a_session_that_ends_is_told(browser: Browser, place: Gallery) -> None:
    token = place.parts.token("leaving")
    tab = browser.tab()
    visit(tab, place, "/login")
    tab.run(f"document.getElementById('token').value = {token!r}")
    tab.leave_by(lambda: tab.click("main button"))
    tab.until("document.querySelector('.live.on')")
    place.parts.store.remove_token("leaving")
    tab.until("document.querySelector('.live.lost')")
    assert tab.text("#live .text") == "Signed out"
    tab.leave_by(lambda: tab.click("#live a"))
    assert "Your session is over" in tab.text(".note")


def test_pictures_are_taken(browser: Browser, place: Gallery, tmp_path: Path) -> None:
    tab = browser.tab()
    tab.open(place.link())
    tab.screenshot(tmp_path / "fleet.png")
    assert (tmp_path / "fleet.png").read_bytes().startswith(b"\x89PNG")
