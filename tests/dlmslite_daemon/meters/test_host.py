"""A host is looked at without touching the meter's port; an echo that is missing proves nothing."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.finding import Step
from dlmslite_daemon.meters import host
from dlmslite_daemon.meters.host import (
    Senses,
    gateway,
    look,
    look_again,
    neighbour,
    resolve,
    route,
)

ARP = """IP address       HW type     Flags       HW address            Mask     Device
192.168.1.128    0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0
192.168.1.127    0x1         0x0         00:00:00:00:00:00     *        eth0
"""


def senses(**more: Any) -> Senses:
    usual: dict[str, Any] = {
        "resolve": lambda _host: ["192.0.2.7"],
        "route": lambda _address, _port: None,
        "echo": lambda _address, _seconds: True,
        "neighbour": lambda _address: None,
        "gateway": lambda _address: "",
    }
    return Senses(**{**usual, **more})


def fails(error: OSError) -> object:
    def sense(*_given: object) -> None:
        raise error

    return sense


def test_a_host_that_shows_itself() -> None:
    seen = look("meter", 3333, FakeClock(), senses())

    assert [(rung.name, rung.step) for rung in seen.rungs] == [
        ("name", Step.PASSED), ("route", Step.PASSED), ("host", Step.PASSED),
    ]  # fmt: skip
    assert seen.address == "192.0.2.7"


def test_a_name_without_address_ends_it() -> None:
    error = socket.gaierror(-2, "Name or service not known")
    seen = look("meter", 3333, FakeClock(), senses(resolve=fails(error)))

    assert [rung.cause for rung in seen.rungs] == [Cause.NAME_UNRESOLVED]


def test_no_route_ends_it() -> None:
    seen = look(
        "meter", 1, FakeClock(), senses(route=fails(OSError(101, "Network is unreachable")))
    )

    assert seen.rungs[-1].cause is Cause.NO_ROUTE
    assert "unreachable" in seen.rungs[-1].told


@pytest.mark.parametrize(
    ("echoed", "known", "step", "words"),
    [
        (False, None, Step.SKIPPED, "proves nothing"),
        (None, None, Step.SKIPPED, "not permitted"),
        (False, False, Step.SKIPPED, "ARP has no answer"),
    ],
)
def test_a_missing_echo_fails_nothing(
    echoed: bool | None, known: bool | None, step: Step, words: str
) -> None:
    wanted = senses(echo=lambda *_: echoed, neighbour=lambda _address: known)
    seen = look("meter", 1, FakeClock(), wanted)

    assert (seen.rungs[-1].step, seen.rungs[-1].cause) == (step, None)
    assert words in seen.rungs[-1].told
    assert (seen.shown, seen.neighbour) == (False, known)


def test_who_answers_arp_now_has_shown_itself() -> None:
    answers = iter([None, True])
    seen = look(
        "m", 1, FakeClock(), senses(echo=lambda *_: None, neighbour=lambda _: next(answers))
    )

    assert (seen.shown, seen.rungs[-1].step) == (True, Step.PASSED)
    assert "ARP knows it" in seen.rungs[-1].told


def test_what_arp_knew_before_may_have_died_since() -> None:
    wanted = senses(echo=lambda *_: False, neighbour=lambda _address: True)
    seen = look("m", 1, FakeClock(), wanted)

    assert (seen.shown, seen.neighbour, seen.rungs[-1].step) == (False, True, Step.SKIPPED)
    assert "ARP knew it before, which proves nothing" in seen.rungs[-1].told
    gone = look_again(seen, senses(neighbour=lambda _address: False))
    assert (gone.neighbour, gone.shown, gone.address) == (False, False, "192.0.2.7")


@pytest.mark.parametrize(("known", "lost"), [(False, "10.0.0.1"), (True, ""), (None, "")])
def test_a_gateway_without_an_answer_to_arp_is_lost(known: bool | None, lost: str) -> None:
    wanted = senses(
        gateway=lambda _address: "10.0.0.1",
        neighbour=lambda address: known if address == "10.0.0.1" else None,
    )
    seen = look_again(look("m", 1, FakeClock(), wanted), wanted)

    assert (seen.lost_gateway, seen.neighbour) == (lost, None)


def test_the_narrowest_route_says_the_gateway(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(routes(), encoding="ascii")

    assert gateway("198.51.100.7", table) == "192.0.2.254"
    assert gateway("203.0.113.7", table) == "192.0.2.8"  # of two, that of the lower metric
    assert gateway("192.0.2.7", table) == ""
    assert gateway("::1", table) == ""
    assert gateway("192.0.2.7", tmp_path / "none") == ""


def routes() -> str:
    """A routing table as the kernel writes it: addresses are numbers of this machine."""

    def row(network: str, via: str, flags: int, metric: int, mask: str) -> str:
        numbers = [
            f"{int.from_bytes(socket.inet_aton(text), sys.byteorder):08X}"
            for text in (network, via, mask)
        ]
        return (
            f"eth0\t{numbers[0]}\t{numbers[1]}\t{flags:04X}\t0\t0\t{metric}\t{numbers[2]}\t0\t0\t0"
        )

    rows = [
        row("0.0.0.0", "192.0.2.254", 3, 100, "0.0.0.0"),
        row("192.0.2.0", "0.0.0.0", 1, 0, "255.255.255.0"),
        row("203.0.113.0", "192.0.2.9", 3, 50, "255.255.255.0"),
        row("203.0.113.0", "192.0.2.8", 3, 20, "255.255.255.0"),
    ]
    return "\n".join(["Iface Destination Gateway Flags", *rows, ""])


def test_the_arp_table_is_read(tmp_path: Path) -> None:
    table = tmp_path / "arp"
    table.write_text(ARP, encoding="ascii")

    assert neighbour("192.168.1.128", table) is True
    assert neighbour("192.168.1.127", table) is False
    assert neighbour("192.168.1.1", table) is None
    assert neighbour("192.168.1.1", tmp_path / "none") is None


def test_this_machine_has_a_name_and_a_route_to_itself() -> None:
    assert "127.0.0.1" in resolve("127.0.0.1")
    route("127.0.0.1", 9)
    assert host.echo("127.0.0.1", 0.5) in {True, None}
    assert host.echo("::1", 0.1) is None


def test_an_echo_request_has_a_sound_checksum() -> None:
    octets = host._echo_request(b"12345678")
    total = sum(int.from_bytes(octets[i : i + 2], "big") for i in range(0, len(octets), 2))

    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
