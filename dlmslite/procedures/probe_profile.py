"""What to do with what a probe found: commands for a shell, and a device profile as TOML.

Neither holds a secret: commands ask for the password, and a profile has no place for one. A profile
is of a kind of meter, so neither address of the network nor serial number stand in it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

import attrs

from dlmslite.procedures.probe_report import (
    AddressForm,
    ClientFinding,
    End,
    Origin,
    ProbeReport,
)
from dlmslite.procedures.read import VALUE_CLASSES
from dlmslite.quirks import STANDARD
from dlmslite.values.obis import Obis

SERIES_MAX = 64  # series in a proposed profile
CURRENT_VALUE = 255  # group F of a present value
SERIAL_DIGITS = 4  # last digits of a serial number that some meters take as physical address
POLL_SECONDS = 60  # the bridge's default interval (bridge.md 13)
_SLUG = re.compile(r"[^a-z0-9]+")


def entry_of(report: ProbeReport) -> ClientFinding | None:
    """The client to read as: the one that proved itself, else the first that got in."""
    inside = [client for client in report.clients if client.end is End.ASSOCIATED]
    return max(inside, key=lambda client: client.proved, default=None)


# ---------------------------------------------------------------- commands


def commands(report: ProbeReport) -> tuple[str, ...]:
    """What to type next, quoted for the shell."""
    entry = entry_of(report)
    if report.form is None or entry is None:
        return ()
    who = ["--client", str(entry.address), "--server", report.form.option]
    if entry.proved:
        who += ["--auth", "lls", "--password-prompt"]
    sizes = _sizes(report)
    names = [str(reading.obis) for reading in report.survey.readings]
    told = []
    if names:
        told.append(["dlmslite", "read", report.url, *names, *who, *sizes])
    told.append(["dlmslite", "objects", report.url, *who, *sizes])
    if not isinstance(report.form.server, tuple):  # the bridge's --server is one number
        series = [
            word
            for reading in report.survey.readings
            for word in ("--series", f"{reading.key}={reading.obis}")
        ]
        add = ["dlmslite-bridge", "meter", "add", _name(report), report.url, *who]
        told.append([*add, *series, "--every", str(POLL_SECONDS)])
    return tuple(shlex.join(words) for words in told)


def _sizes(report: ProbeReport) -> list[str]:
    """What keeps frames below a small buffer on the command line."""
    if not report.quirks.small_buffer:
        return []
    # A frame is its information and at most 15 octets around it: flags, addresses, checks.
    return ["--max-info", str(report.quirks.small_buffer - 15)]


def _name(report: ProbeReport) -> str:
    """A name for the bridge: the logical device name, as far as it survives a topic."""
    return _slug(report.survey.identity.get("logical_device_name", "")) or "meter"


def _slug(text: str) -> str:
    slug = _SLUG.sub("-", text.lower()).strip("-")[:40]
    return f"meter-{slug}" if slug.isdecimal() else slug


# ---------------------------------------------------------------- the profile


def profile_text(report: ProbeReport) -> str:
    """A device profile; empty where nothing answered."""
    if report.form is None:
        return ""
    maker = re.match("[A-Za-z]{3}", report.survey.identity.get("logical_device_name", ""))
    name = f"probed-{maker[0].lower()}" if maker else "probed-meter"
    lines = [
        "# Proposed by `dlmslite probe`: check it before you give it to others.",
        _line("name", name),
        _line("kind", "meter"),
        _line("title", f"A meter{f' of {maker[0].upper()}' if maker else ''} as it was probed"),
        _line("sources", [f"probe: one meter, on {report.when.date().isoformat()}"]),
        _line("framing", report.framing),
        *_server(report, report.form),
        *_clients(report),
        *_table("limits", _limit_values(report)),
        *_table("quirks", attrs.asdict(report.quirks, filter=_is_departure)),
        *_series(report),
    ]
    return "\n".join(lines) + "\n"


def _server(report: ProbeReport, form: AddressForm) -> Iterator[str]:
    logical, physical = form.server if isinstance(form.server, tuple) else (form.server, None)
    yield from ("", "[[servers]]", _line("logical", logical))
    if physical is not None:
        by_serial = form.origin is Origin.SERIAL or physical == _last_digits(report)
        yield _line("physical", "serial-last-4" if by_serial else physical)
    if form.octets:
        yield _line("octets", form.octets)
    yield _line("note", "probe: answers")


def _last_digits(report: ProbeReport) -> int | None:
    digits = re.sub("[^0-9]", "", report.survey.identity.get("serial_number", ""))
    return int(digits[-SERIAL_DIGITS:]) if len(digits) >= SERIAL_DIGITS else None


def _clients(report: ProbeReport) -> Iterator[str]:
    """The clients whose way in is known; what was only refused is not."""
    inside = {c.address: c for c in report.clients if c.end is End.ASSOCIATED}
    for client in inside.values():
        yield from ("", "[[clients]]", _line("address", client.address))
        yield _line("auth", "lls" if client.proved else "none")
        yield _line("access", "probe: lets itself be read")


def _limit_values(report: ProbeReport) -> dict[str, int]:
    link = report.link
    values = {
        "max_info": min(link["max_info_transmit"], link["max_info_receive"]) if link else 0,
        "window": min(link["window_transmit"], link["window_receive"]) if link else 0,
        "max_pdu": report.max_pdu,
    }
    return {name: value for name, value in values.items() if value}


def _is_departure(attribute: attrs.Attribute[object], value: object) -> bool:
    return bool(value != getattr(STANDARD, attribute.name))


def _series(report: ProbeReport) -> Iterator[str]:
    units = {
        reading.obis: getattr(reading.value, "unit", None) for reading in report.survey.readings
    }
    values = [
        item
        for item in report.survey.objects or ()
        if item.class_id in VALUE_CLASSES and item.class_id != 1 and _is_present(item.obis)
    ]
    named = {item.name: item for item in reversed(values) if item.name}
    for key, item in list(reversed(named.items()))[:SERIES_MAX]:
        yield from ("", "[[series]]", _line("key", key), _line("obis", str(item.obis)))
        if item.class_id != VALUE_CLASSES[0]:
            yield _line("class", item.class_id)
        unit = units.get(item.obis)
        if unit is not None:
            yield _line("unit", unit.symbol)


def _is_present(obis: Obis) -> bool:
    return obis.octets[5] == CURRENT_VALUE


def _table(name: str, values: dict[str, int]) -> Iterator[str]:
    if values:
        yield from ("", f"[{name}]", *(_line(key, value) for key, value in values.items()))


def _line(key: str, value: object) -> str:
    """One key of TOML; JSON writes texts, numbers, booleans and lists of texts the same way."""
    return f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
