"""The fleet: every meter in a table that can be found in, sorted and narrowed to what is bad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from attrs import frozen

from dlmslite_daemon.api.page.screens.base import SCREENS, Asked, Look, Pages, Screen, Shown, chosen
from dlmslite_daemon.engine.health import Observed, Overall

PAGE_ROWS = 100  # a page of them; more would only be scrolled past
FIND_MAX = 100  # characters
REASONS_SHOWN = 4

ORDERS = ("id", "name", "line", "desired", "observed", "age", "success", "pending", "alarms")
"""The columns; each can be sorted by."""

# The states, worst first: what an operator sorts by when he sorts by state.
_WORST = (
    Observed.AUTH_ERROR,
    Observed.BREAKER_OPEN,
    Observed.OFFLINE,
    Observed.BACKOFF,
    Observed.DEGRADED,
    Observed.BUSY,
    Observed.CONNECTING,
    Observed.ONLINE,
    Observed.PAUSED,
)
_FINE = frozenset({"online", "paused", "connecting"})


@frozen
class View:
    """Which rows are wanted, and in which order.

    Attributes:
        find: Text that name, number, line or serial number must hold.
        state: A state, ``bad``, or ``all``.
        sort: One of ``ORDERS``.
        down: Whether the largest comes first.
        page: Which page, from 1.
    """

    find: str = ""
    state: str = "all"
    sort: str = "id"
    down: bool = False
    page: int = 1

    @classmethod
    def of(cls, asked: Asked) -> View:
        """What an address asks for; what makes no sense is left out."""
        page = asked.get("page", "")
        return cls(
            find=asked.get("find", "").strip()[:FIND_MAX],
            state=chosen(asked, "state", ("all", "bad", *(state.value for state in Observed))),
            sort=chosen(asked, "sort", ORDERS),
            down=asked.get("down") == "1",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        )

    def url(self, **changes: Any) -> str:
        """The address of this view with changes; only what is not usual stands in it."""
        usual = View()
        wanted = {
            "find": self.find,
            "state": self.state,
            "sort": self.sort,
            "down": self.down,
            "page": self.page,
            **changes,
        }
        query = {
            key: 1 if value is True else value
            for key, value in wanted.items()
            if value != getattr(usual, key)
        }
        return f"/?{urlencode(query)}" if query else "/"

    def sorted_by(self, column: str) -> str:
        """The address that sorts by a column; the same column again turns the order around."""
        return self.url(sort=column, down=column == self.sort and not self.down, page=1)


def load(pages: Pages, look: Look, asked: Asked) -> Shown:
    """The table, the counts above it and the verdict."""
    rows = pages.rows()
    view = View.of(asked)
    fitting = _sorted([row for row in rows if _fits(row, view)], view)
    last = max(1, -(-len(fitting) // PAGE_ROWS))
    page = min(max(1, view.page), last)
    health = pages.services.health()
    states = Counter(str(row["observed"] or "unknown") for row in rows)
    context = {
        "view": view,
        "rows": fitting[(page - 1) * PAGE_ROWS : page * PAGE_ROWS],
        "fitting": len(fitting),
        "total": len(rows),
        "page": page,
        "pages": last,
        "columns": ORDERS,
        "choices": tuple(state.value for state in Observed),
        "states": [(state.value, states[state.value]) for state in _WORST if states[state.value]],
        "overall": (health.overall if health else Overall.FAILED).name.lower(),
        "reasons": _reasons(rows, health.reasons if health else ()),
        "reasons_shown": REASONS_SHOWN,
    }
    return Shown(look.words("fleet.title"), context, ("fleet/summary", "fleet/table"))


def is_bad(row: dict[str, Any]) -> bool:
    """Whether an operator should look at a meter; the same as ``list --bad``."""
    return str(row["observed"]) not in _FINE or row["alarms"] > 0


def _reasons(rows: Sequence[dict[str, Any]], reasons: Sequence[str]) -> list[dict[str, Any]]:
    """The reasons of the verdict, each with the meter that it is about, if it is about one."""
    by_name = {row["name"]: row for row in rows}
    found = []
    for reason in reasons:
        words = reason.split(" ", 2)
        row = by_name.get(words[1]) if len(words) == 3 and words[0] == "meter" else None
        found.append({"text": reason, "meter": row["id"] if row else None})
    return found


def _fits(row: dict[str, Any], view: View) -> bool:
    if view.state == "bad" and not is_bad(row):
        return False
    if view.state not in {"all", "bad"} and str(row["observed"]) != view.state:
        return False
    text = f"{row['id']} {row['name']} {row['line']} {row['serial_number'] or ''}".casefold()
    return view.find.casefold() in text


def _sorted(rows: list[dict[str, Any]], view: View) -> list[dict[str, Any]]:
    """In the wanted order; of equals by number, and what is not known comes last either way."""
    key = {"age": "last_reading", "success": "success_1h"}.get(view.sort, view.sort)
    known = [row for row in rows if row[key] is not None]
    unknown = [row for row in rows if row[key] is None]

    def order(row: dict[str, Any]) -> Any:
        value = row[key]
        if key == "observed":
            return _WORST.index(Observed(value))
        if key == "last_reading":
            return -value  # the youngest has the smallest age
        return value.casefold() if isinstance(value, str) else value

    rank: list[dict[str, Any]] = sorted(known, key=lambda row: row["id"])
    rank.sort(key=order, reverse=view.down)
    return rank + unknown


SCREENS.add("fleet", Screen("/", "fleet", load, "fleet.html"))
