"""Log lines and frames for people: one line each, and below a frame its octets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dlmslite_daemon.logs import iso_time

SHOWN = 24  # values of a frame; a long profile would fill the screen


def line_text(line: Mapping[str, Any]) -> str:
    """``2026-11-24T07:00:00.000Z warning kitchen: connect failed reason=refused``."""
    whom = f"{line['meter']}: " if line["meter"] else ""
    return f"{iso_time(line['ts'])} {line['level']} {whom}{line['message']}"


def frame_text(frame: Mapping[str, Any]) -> str:
    """A frame: when, which way, what it is, what it says; its octets below."""
    arrow = "→" if frame["direction"] == "sent" else "←"
    tree = frame["explained"]
    what = "not understood" if tree is None else " ".join(_words(tree))
    return f"{iso_time(frame['ts'])} {arrow} {frame['meter']}: {what}\n    {frame['octets']}"


def _words(tree: Mapping[str, Any]) -> Iterator[str]:
    """The frame's kind, and the APDU in it with its values."""
    yield str(tree.get("frame", tree["layer"]))
    apdu = tree.get("apdu")
    if not isinstance(apdu, Mapping):
        return
    yield str(apdu.get("apdu", ""))
    values = list(_leaves({key: value for key, value in apdu.items() if key != "apdu"}))
    yield from values[:SHOWN]
    if len(values) > SHOWN:
        yield f"… and {len(values) - SHOWN} more"


def _leaves(value: Any, key: str = "") -> Iterator[str]:
    """What stands at the ends of a tree, each with its name."""
    if isinstance(value, Mapping):
        for name, entry in value.items():
            if name != "raw":
                yield from _leaves(entry, str(name))
    elif isinstance(value, list):
        for entry in value:
            yield from _leaves(entry, key)
    elif value is not None:
        yield f"{key}={value}"
