"""Writes the page of the state tables: a diagram drawn from each, and the table itself.

``python tests/rig/diagrams.py`` writes ``docs/explanation/the-tables.md`` and one drawing for each
table beside it; ``tests/house/test_diagrams.py`` fails while they are not current.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from html import escape
from pathlib import Path

from attrs import frozen

from dlmslite.association.state import ASSOCIATION, SERVICE
from dlmslite.link.hdlc.state import MODE, SEGMENT, TURN

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "explanation"
PAGE = FOLDER / "the-tables.md"

CHAR = 6.4  # width of a character in the drawing
LINE = 14  # and the height of a line
BOX = 34  # height of a state
BEND = 0.16  # how far an arrow bends, as a share of its length
ALONG = 0.27  # where on its arrow a label stands: off the middle, where arrows cross

HEAD = """# The tables

[The byte's way](the-bytes-way.md) passes five small machines. Each is a table in one file, and the
same table serves the client and the meter. This page is drawn from the tables themselves
(`make conformance`); a test fails while it is not current. What a table does not list is not legal
there and moves nothing.
"""


@frozen
class Machine:
    """One table and what is said of it.

    Attributes:
        name: As the code calls it.
        source: The file.
        about: One sentence.
        moves: From state to state, and by what.
    """

    name: str
    source: str
    about: str
    moves: Mapping[str, Mapping[str, str]]

    @property
    def drawing(self) -> str:
        """The name of its drawing."""
        return f"table-{self.name.lower()}.svg"


def words(table: Mapping[object, Mapping[object, object]]) -> dict[str, dict[str, str]]:
    """A table in words."""
    return {
        word(state): {word(event): word(after) for event, after in row.items()}
        for state, row in table.items()
    }


def word(item: object) -> str:
    """What a state or an event is called."""
    return str(getattr(item, "value", None) or getattr(item, "__name__", item))


MACHINES = (
    Machine(
        "Mode",
        "dlmslite/link/hdlc/state.py",
        "Whether there is an HDLC link, moved by the types of the frames that pass.",
        words(MODE),
    ),
    Machine(
        "Turn",
        "dlmslite/link/hdlc/state.py",
        "Who may speak on it: the primary is the client, the secondary the meter.",
        words(TURN),
    ),
    Machine(
        "Segment",
        "dlmslite/link/hdlc/state.py",
        "Whether an APDU is under way, once for each direction.",
        words(SEGMENT),
    ),
    Machine(
        "Association",
        "dlmslite/association/state.py",
        "Who is connected.",
        words(ASSOCIATION),
    ),
    Machine(
        "Service",
        "dlmslite/association/state.py",
        "Where one request is, once for each invoke-id.",
        words(SERVICE),
    ),
)


def page() -> str:
    """The whole page."""
    return HEAD + "".join(map(section, MACHINES))


def section(machine: Machine) -> str:
    """What the page says of one table."""
    rows = "".join(
        f"| {state} | {', '.join(events)} | {after} |\n"
        for state, row in machine.moves.items()
        for after, events in by_end(row).items()
    )
    return (
        f"\n## {machine.name}\n\n{machine.about} `{machine.source}`\n\n"
        f"![The table {machine.name} as a diagram]({machine.drawing})\n\n"
        f"| state | what passes | then |\n| --- | --- | --- |\n{rows}"
    )


def by_end(row: Mapping[str, str]) -> dict[str, list[str]]:
    """A row of a table by where it leads."""
    ends: dict[str, list[str]] = {}
    for event, after in row.items():
        ends.setdefault(after, []).append(event)
    return ends


def drawing(machine: Machine) -> str:
    """A diagram of one table: states on an ellipse, an arrow for each pair that is joined."""
    states = list(machine.moves)
    radius = 110 + 30 * len(states)
    width, height = 2 * radius + 330, round(1.5 * radius) + 190
    angles = {s: 2 * math.pi * n / len(states) - math.pi / 2 for n, s in enumerate(states)}
    places = {
        state: (width / 2 + radius * math.cos(a), height / 2 + 0.75 * radius * math.sin(a))
        for state, a in angles.items()
    }
    parts, labels = [], []
    for state, row in machine.moves.items():
        for after, events in by_end(row).items():
            if after == state:
                labels.append(loop(places[state], angles[state], events))
            else:
                path, said = arrow(places[state], places[after], events)
                parts.append(path)
                labels.append(said)
    parts += [box(state, place) for state, place in places.items()] + labels
    return SVG.format(width=width, height=height, parts="\n".join(parts))


SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" \
font-family="sans-serif" font-size="12">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" \
orient="auto"><path d="M0 0 8 4 0 8z" fill="#456"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
{parts}
</svg>
"""


def box(state: str, place: tuple[float, float]) -> str:
    """A state."""
    x, y = place
    w = half_width(state) * 2
    return (
        f'<rect x="{x - w / 2:.0f}" y="{y - BOX / 2:.0f}" width="{w:.0f}" height="{BOX}" rx="8" '
        f'fill="#e8f0f8" stroke="#456"/><text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" '
        f'font-weight="bold">{escape(state)}</text>'
    )


def half_width(state: str) -> float:
    """Half of the width of a state's box."""
    return CHAR * len(state) / 2 + 14


def arrow(
    start: tuple[float, float], end: tuple[float, float], events: list[str]
) -> tuple[str, str]:
    """An arrow that bends to its right, so that the one back has a way of its own."""
    (x1, y1), (x2, y2) = start, end
    bend_x = (x1 + x2) / 2 - (y2 - y1) * BEND * 2
    bend_y = (y1 + y2) / 2 + (x2 - x1) * BEND * 2
    first, last = edge(start, (bend_x, bend_y)), edge(end, (bend_x, bend_y))
    shares = ((1 - ALONG) ** 2, 2 * ALONG * (1 - ALONG), ALONG**2)
    points = (first, (bend_x, bend_y), last)
    at = tuple(sum(s * p[axis] for s, p in zip(shares, points, strict=True)) for axis in (0, 1))
    path = (
        f'<path d="M{first[0]:.0f} {first[1]:.0f} Q{bend_x:.0f} {bend_y:.0f} '
        f'{last[0]:.0f} {last[1]:.0f}" fill="none" stroke="#456" marker-end="url(#tip)"/>'
    )
    return path, label((at[0], at[1]), events)


def edge(place: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    """Where a line from the middle of a state leaves it."""
    dx, dy = towards[0] - place[0], towards[1] - place[1]
    length = math.hypot(dx, dy) or 1.0
    reach = BOX / 2 + 8 + 28 * abs(dx) / length
    return place[0] + dx / length * reach, place[1] + dy / length * reach


def loop(place: tuple[float, float], angle: float, events: list[str]) -> str:
    """What a state stays in by, written on its outer side."""
    above = math.sin(angle) <= 0.0
    said = ["↻ " + events[0], *events[1:]]
    away = BOX / 2 + 12 + LINE * (len(wrapped(said)) - 1) / 2
    return label((place[0], place[1] - away if above else place[1] + away), said)


def label(place: tuple[float, float], events: list[str]) -> str:
    """What moves the machine, a few words a line."""
    x, y = place
    lines = wrapped(events)
    top = y - LINE * (len(lines) - 1) / 2 + 4
    texts = "".join(
        f'<tspan x="{x:.0f}" y="{top + LINE * n:.0f}">{escape(line)}</tspan>'
        for n, line in enumerate(lines)
    )
    return (
        f'<text text-anchor="middle" fill="#123" stroke="#fff" stroke-width="4" '
        f'paint-order="stroke">{texts}</text>'
    )


def wrapped(events: list[str], width: int = 20) -> list[str]:
    """Words in lines of about so many characters."""
    return textwrap.wrap(", ".join(events), width)


def files() -> dict[Path, str]:
    """Every file that is written here, with its text."""
    drawings = {FOLDER / machine.drawing: drawing(machine) for machine in MACHINES}
    return {PAGE: page(), **drawings}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
