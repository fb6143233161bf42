"""The page in a real browser, over a daemon with a mosquitto and ten meters."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from rig.browser import Browser, Tab, browsing
from rig.daemon import until
from rig.running_bridge import RunningBridge

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(process: Browser) -> Iterator[Browser]:
    """Without a tab of another test."""
    yield process
    process.close_tabs()


@pytest.fixture
def tab(browser: Browser, bridge: RunningBridge) -> Iterator[Tab]:
    """Signed in, on the fleet; whatever the page complains of fails the test."""
    tab = browser.tab()
    link = bridge.api("POST", "/api/session/link")[1]["link"]
    tab.open(link)
    tab.until("document.querySelector('.live.on')")
    yield tab
    assert tab.complaints(forgive=("ERR_INTERNET_DISCONNECTED",)) == []


def id_of(bridge: RunningBridge, name: str) -> int:
    return int(bridge.meter(name)["id"])


def test_run_prints_a_link_that_signs_in_once(browser: Browser, bridge: RunningBridge) -> None:
    (link,) = re.findall(r"^page +(\S+)", bridge.daemon.said(), re.MULTILINE)
    first, second = browser.tab(), browser.tab()
    first.open(link)
    assert first.text("h1") == "Fleet"
    second.open(link)
    assert second.text("h1") == "Sign in"
    assert "was used already" in second.text(".note")


def test_a_meter_is_paused_seen_to_go_and_resumed(tab: Tab, bridge: RunningBridge) -> None:
    number = id_of(bridge, "m2")
    watcher = "document.querySelector('#meter-{} .badge').textContent.trim()"
    state = watcher.format(number)
    assert tab.run(state) == "online"
    tab.leave_by(lambda: tab.click(f"#meter-{number} a"))
    assert tab.text("h1") == f"m2 #{number}"

    tab.click("button[value=pause]")
    tab.until("document.getElementById('ask').open")
    assert tab.run("document.activeElement.closest('dialog')?.id") == "ask"
    tab.leave_by(lambda: tab.click("#ask button[value=yes]"))
    assert "m2 is being paused." in tab.text(".note")
    # It goes live, without a reload: the badge, the buttons, the table of another viewer.
    tab.until("document.querySelector('#meter-state .badge').textContent.trim() === 'paused'")
    tab.until("document.querySelector('button[value=resume]')")
    assert bridge.meter("m2")["observed"] == "paused"
    tab.open(bridge.address)
    tab.until(f"{state} === 'paused'")

    tab.open(f"{bridge.address}/meters/{number}")
    tab.leave_by(lambda: tab.click("button[value=resume]"))
    tab.until("document.querySelector('#meter-state .badge').textContent.trim() === 'online'")
    tab.until("document.querySelector('button[value=pause]')")


def test_a_test_climbs_to_the_first_value(tab: Tab, bridge: RunningBridge) -> None:
    tab.open(f"{bridge.address}/meters/{id_of(bridge, 'm4')}")
    tab.leave_by(lambda: tab.click("button[value=test]"))
    tab.until("document.querySelector('#meter-operation .operation.good')", 40.0)
    assert "meter test: passed" in tab.text("#meter-operation")
    tab.click("#meter-operation summary")
    assert "register" in tab.text("#meter-operation .rungs")


def test_values_move_without_a_reload(tab: Tab, bridge: RunningBridge) -> None:
    tab.open(f"{bridge.address}/meters/{id_of(bridge, 'm1')}")
    tab.run("window.__same = true")
    before = tab.text("#meter-values .time time")
    tab.until(
        f"document.querySelector('#meter-values .time time').textContent !== {before!r}",
    )
    assert tab.run("window.__same") is True
    tab.until("document.querySelectorAll('#meter-charts svg').length === 4")


def test_a_meter_without_power_is_seen_to_go(tab: Tab, bridge: RunningBridge) -> None:
    badge = f"document.querySelector('#meter-{id_of(bridge, 'm7')} .badge').textContent.trim()"
    bridge.meters["m7"].pull_the_plug()
    try:
        tab.until(f"{badge} !== 'online'")
        assert "m7" in tab.text("#fleet-summary .reasons")
    finally:
        bridge.meters["m7"].plug_in()
    tab.until(f"{badge} === 'online'", 60.0)


def test_an_alarm_is_acknowledged(tab: Tab, bridge: RunningBridge) -> None:
    # The clock of that simulator of others stands still: an alarm from the first poll on.
    until(lambda: bridge.meter("f3")["alarms"] > 0, "an alarm of f3")
    tab.open(f"{bridge.address}/alarms")
    (alarm, *_) = bridge.api("GET", "/api/alarms", query={"meter": "f3"})[1]["alarms"]
    row = f"#alarm-{alarm['id']}"
    tab.leave_by(lambda: tab.click(f"{row} form button"))
    assert "signed-in" in tab.text(row)
    assert not tab.run(f"document.querySelector('{row} form')")
    (alarm, *_) = bridge.api("GET", "/api/alarms", query={"meter": "f3"})[1]["alarms"]
    assert alarm["acknowledged"]


def test_the_log_follows_and_loses_and_repeats_nothing(tab: Tab, bridge: RunningBridge) -> None:
    number = id_of(bridge, "m3")
    tab.open(f"{bridge.address}/meters/{number}")
    tab.until("document.querySelector('.live.on')")
    for verb in ("pause", "resume", "pause", "resume"):
        assert bridge.api("POST", f"/api/meters/m3/{verb}")[0] == 200
        bridge.wait_for("m3", "paused" if verb == "pause" else "online")
    lines = bridge.api("GET", "/api/meters/m3/logs", query={"lines": 1000})[1]["logs"]
    tab.until(f"document.querySelectorAll('#log li').length >= {min(len(lines), 100)}")
    numbers = tab.run("[...document.querySelectorAll('#log li')].map(li => Number(li.id.slice(4)))")
    assert numbers == sorted(set(numbers))
    events = tab.run(
        "[...document.querySelectorAll('#log .said')].map(it => it.firstChild.textContent.trim())"
    )
    assert events[-len(lines) :] == [line["event"] for line in lines][-len(events) :]
    assert tab.run("(b => b.scrollHeight - b.scrollTop - b.clientHeight < 30)(box)")


def test_a_lost_connection_is_shown_and_comes_back(tab: Tab) -> None:
    tab.offline(True)
    tab.run("leave(), listen()")
    tab.until("document.querySelector('.live.lost')")
    assert "Connection lost" in tab.text("#live")
    tab.offline(False)
    tab.until("document.querySelector('.live.on')")


def test_signing_out_ends_the_other_windows_too(tab: Tab, bridge: RunningBridge) -> None:
    tab.click(".menu summary")
    tab.leave_by(lambda: tab.click("form[action='/logout'] button"))
    assert "You are signed out." in tab.text(".note")
    tab.open(bridge.address)
    assert tab.text("h1") == "Sign in"


def test_frames_are_explained_as_they_pass(tab: Tab, bridge: RunningBridge) -> None:
    tab.open(f"{bridge.address}/meters/{id_of(bridge, 'm1')}?frames=1")
    tab.until("document.querySelectorAll('#meter-frames details').length > 3")
    first = tab.run("document.querySelector('#meter-frames details').id")
    tab.until(f"document.querySelector('#meter-frames details').id !== {first!r}")
    tab.click("#frames-follow")
    tab.click("#meter-frames summary")
    assert "apdu" in tab.text("#meter-frames details[open]")


@pytest.mark.parametrize("path", ["/", "/meters/1", "/alarms", "/delivery", "/reports"])
def test_every_screen_works_without_a_script(
    browser: Browser, bridge: RunningBridge, path: str
) -> None:
    tab = browser.tab()
    tab.open(bridge.api("POST", "/api/session/link")[1]["link"])
    tab.scripts(False)
    tab.send("Page.navigate", url=bridge.address + path)
    tab.until("document.readyState === 'complete' && !document.querySelector('.scripted')")
    assert tab.text("h1")
