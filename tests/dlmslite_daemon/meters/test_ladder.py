"""What a climb does with what the library's probe brings, without a wire."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from attrs import evolve
from rig.engine import settings_of

from dlmslite.procedures.probe_report import AddressForm, Attempt, End, Exchange, Origin, Outcome
from dlmslite_daemon.causes import Cause
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.finding import Step
from dlmslite_daemon.meters.failure import Failure, FailureKind, MeterFailed
from dlmslite_daemon.meters.host import Senses
from dlmslite_daemon.meters.identity import Told
from dlmslite_daemon.meters.ladder import QUEUE_SECONDS, QUICK_SECONDS, REST, MeterLadder, Route

CONNECT = Exchange(step="connect", told="", seconds=0.01)
LISTEN = Exchange(step="listen", told="", seconds=0.3)
LINK = Exchange(
    step="link", told="", seconds=0.2, sent=b"\x7e\xa0", received=b"\x7e", octets=(9, 9)
)
ENTRY = Exchange(step="association", told="", seconds=0.4, octets=(60, 50))
FORM = AddressForm(1, origin=Origin.NAMED)
REACHED = Outcome(
    attempt=Attempt(form=FORM, client=16),
    end=End.ASSOCIATED,
    exchanges=(CONNECT, LISTEN, LINK, ENTRY),
)


class Report:
    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = outcomes


class Climb:
    """A climb with a scripted probe."""

    def __init__(self, *outcomes: Outcome, **more: Any) -> None:
        self.options: dict[str, Any] = {}

        def probe(_url: str, **options: Any) -> Report:
            self.options = options
            return Report(*outcomes)

        def refuse() -> Any:
            raise more.get("refusal") or BridgeError("no secret", code="E-SECRET")

        settings = settings_of("kitchen", server=1, client=1, **more.get("settings", {}))
        senses = Senses(
            resolve=lambda _host: ["10.0.0.5"],
            route=lambda *_: None,
            echo=lambda *_: more.get("echo"),
            neighbour=lambda _address: more.get("neighbour"),
            gateway=lambda _address: "",
        )
        route = Route(
            settings=settings, open=refuse, probe=probe, senses=senses,
            quick=more.get("quick", True), alone=more.get("alone", True),
            known=Told(more.get("serial", "")),
        )  # fmt: skip
        self.ladder = MeterLadder(route, FakeClock(), threading.Event())
        self.ladder._clock = _Hasty()
        self.sound = self.ladder.climb()
        self.rungs = {rung.name: rung for rung in self.ladder.rungs}


class _Hasty(FakeClock):
    def wait(self, event: threading.Event, seconds: float) -> bool:
        del event
        self.advance(seconds)
        return False


def test_a_quick_climb_asks_less_of_the_probe() -> None:
    quick = Climb(REACHED, serial="MS00991234").options
    whole = Climb(REACHED, quick=False, serial="12").options

    assert (quick["within"], quick["queue_wait"], quick["everybody"]) == (QUICK_SECONDS, 0.0, False)
    assert (whole["within"], whole["queue_wait"], whole["everybody"]) == (0.0, QUEUE_SECONDS, True)
    assert (quick["pause"], quick["surveys"], quick["clients"]) == (REST, False, (1,))
    assert (quick["serial"], whole["serial"]) == ("MS00991234", None)  # two digits make no address
    assert "auth" not in quick


def test_everybody_is_never_called_where_other_meters_are_on_the_line() -> None:
    assert Climb(REACHED, quick=False, alone=False).options["everybody"] is False


def test_each_rung_has_the_octets_and_times_of_its_step() -> None:
    rungs = Climb(REACHED).rungs

    assert rungs["banner"].seconds == 0.3
    assert (rungs["link"].octets_sent, rungs["link"].sent) == (9, "7ea0")
    assert (rungs["public"].octets_sent, rungs["public"].octets_received) == (60, 50)


@pytest.mark.parametrize(
    ("cause", "more", "expected"),
    [
        ("host-unreachable", {"neighbour": False}, Cause.HOST_DOWN),
        ("host-unreachable", {"echo": True}, Cause.FILTERED),
        ("timeout", {"echo": True}, Cause.FILTERED),
        ("timeout", {"neighbour": False}, Cause.HOST_DOWN),
    ],
)
def test_a_connection_that_fails_is_read_with_what_the_host_showed(
    cause: str, more: dict[str, Any], expected: Cause
) -> None:
    away = evolve(REACHED, end=End.UNREACHABLE, cause=cause, why="away", exchanges=(CONNECT,))
    climb = Climb(away, away, away, serial="MS00991234", **more)

    assert not climb.sound
    assert climb.rungs["connect"].cause is expected
    command = "dlmslite-bridge scan 10.0.0.0/24 --port 3333 --serial MS00991234"
    assert climb.rungs["connect"].command == command
    assert climb.rungs["connect"].told.startswith("away, 3 times")
    assert "banner" not in climb.rungs


def test_without_a_route_no_scan_is_advised() -> None:
    away = evolve(REACHED, end=End.UNREACHABLE, cause="no-route", why="away", exchanges=(CONNECT,))
    rung = Climb(away).rungs["connect"]

    assert (rung.cause, rung.command) == (Cause.NO_ROUTE, "")


def test_what_one_try_was_told_holds_for_those_that_heard_nothing() -> None:
    said = evolve(REACHED, end=End.UNREACHABLE, cause="refused", why="no", exchanges=(CONNECT,))
    silent = evolve(said, cause="timeout", why="nobody answered")
    rung = Climb(silent, said, silent).rungs["connect"]

    assert (rung.cause, rung.told) == (Cause.REFUSED, "no, 1 of 3 times")


def test_a_public_client_that_is_not_let_in_fails_nothing() -> None:
    refused = evolve(REACHED, end=End.REJECTED, why="not today")
    rungs = Climb(refused).rungs

    assert (rungs["public"].step, rungs["public"].told) == (Step.SKIPPED, "not today")


def test_a_link_that_answers_only_without_parameters_is_fine_where_that_is_known() -> None:
    bare = evolve(REACHED, attempt=evolve(REACHED.attempt, proposes=False))

    assert Climb(bare).rungs["link"].cause is Cause.LINK_PARAMETERS
    known = Climb(bare, settings={"quirks": {"no_snrm_parameters": True}})
    assert known.rungs["link"].step is Step.PASSED


def test_a_secret_that_cannot_be_had_is_said_and_nothing_is_made_of_it() -> None:
    rung = Climb(REACHED).rungs["association"]

    assert (rung.step, rung.cause, rung.told) == (Step.FAILED, Cause.UNKNOWN, "no secret")


def test_a_closed_guard_is_its_own_cause() -> None:
    failure = Failure(FailureKind.SETTINGS, "E-METER-GUARD", "two proofs were refused")
    rung = Climb(REACHED, refusal=MeterFailed(failure)).rungs["association"]

    assert rung.cause is Cause.CREDENTIAL_GUARDED
