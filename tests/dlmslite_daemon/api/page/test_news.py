"""What changed on a page: all at first, then only that; the log without loss or repetition."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from dlmslite_daemon.api.logbook import Cursor
from dlmslite_daemon.api.page import news as module
from dlmslite_daemon.api.page.news import News, Seen
from dlmslite_daemon.api.streams import Event

BEGIN = Cursor(1, 0, 0)


def told(looks: Sequence[Seen | None], pace: float = 0.0) -> list[list[Event]]:
    """The events of one look after the other."""
    rest = list(looks)
    cursors: list[Cursor] = []

    def look(cursor: Cursor) -> Seen | None:
        cursors.append(cursor)
        return rest.pop(0)

    async def go() -> list[list[Event]]:
        news = News(look, BEGIN, pace)
        found: list[list[Event]] = []
        while rest:
            events = await news.news()
            if events:
                found.append(list(events))
            await asyncio.sleep(0.001)
        return found

    return asyncio.run(go())


def seen(**regions: str) -> Seen:
    return Seen(5, regions, BEGIN)


def test_all_regions_at_first_and_then_those_that_changed() -> None:
    first, second = told([seen(a="<p>1", b="<p>1"), seen(a="<p>1", b="<p>2")])
    assert [event.name for event in first] == ["hello", "regions"]
    assert first[0].data == {"now": 5}
    assert first[1].data == {"a": "<p>1", "b": "<p>1"}
    assert [(event.name, event.data) for event in second] == [("regions", {"b": "<p>2"})]


def test_how_long_ago_something_was_is_no_news() -> None:
    old = '<time datetime="x" data-moving="{} ago">1 s ago</time>'
    assert len(told([seen(a=old), seen(a=old.replace("1 s", "2 s"))])) == 1
    assert len(told([seen(a=old), seen(a=old.replace('"x"', '"y"'))])) == 2


def test_lines_of_the_log_carry_the_cursor_after_them() -> None:
    after = Cursor(1, 9, 0)
    (events,) = told([Seen(5, {}, after, "<li>", gap=True)])
    assert [(event.name, event.id) for event in events[1:]] == [("gap", ""), ("log", "1-9-0")]


def test_a_viewer_who_is_signed_in_no_more_is_told_so_and_nothing_else() -> None:
    async def go() -> list[str]:
        news = News(lambda _: None, BEGIN, 0.0)
        return [event.name for _ in range(3) for event in await news.news()]

    assert asyncio.run(go()) == ["ended"]


def test_a_quiet_page_beats() -> None:
    async def go() -> list[str]:
        news = News(lambda _: seen(), BEGIN, 0.0)
        names = [event.name for event in await news.news()]
        news._spoken -= module.BEAT_SECONDS
        news._due = 0.0
        await asyncio.sleep(0.01)
        return names + [event.name for event in await news.news()]

    assert asyncio.run(go()) == ["hello", "beat"]


def test_a_dear_look_is_followed_by_a_longer_rest() -> None:
    looks: list[float] = []

    async def go() -> None:
        loop = asyncio.get_running_loop()

        def look(cursor: Cursor) -> Seen:
            looks.append(loop.time())
            threading.Event().wait(0.05)
            return Seen(5, {}, cursor)

        news = News(look, BEGIN, 0.0)
        await news.news()
        await news.news()
        assert news._due - loop.time() > 0.2

    asyncio.run(go())
    assert len(looks) == 1
