"""A whole probe, in every situation that a place may be in."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import socket
import threading
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rig.desk import NOW
from rig.ports import free_port
from rig.probing import PASSWORD, Frames, Street, is_list, proposes, says_dm

import dlmslite
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import GetRequestWithList, GetResponseNormal
from dlmslite.clock import SystemClock
from dlmslite.codes import DataAccessResult, ServiceErrorReason, StateError
from dlmslite.errors import ConfigurationError
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import DM, UA
from dlmslite.procedures.probe_report import ClientFinding, End, Origin, ProbeReport, Verdict
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.meter import SimulatedMeter, SimulatedObject
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.time_policy import TimePolicy

REFUSAL = ExceptionResponse(
    state_error=StateError.SERVICE_UNKNOWN, service_error=ServiceErrorReason.SERVICE_NOT_SUPPORTED
)
TINY = SimulatedMeter(objects=())
BOGOTA = dt.timezone(dt.timedelta(hours=-5))
WRITES = {0x01, 0x06, 0xC1, 0xC3, 0xD1, 0xD3}  # WRITE, unconfirmed WRITE, SET, ACTION


def with_lists(meter: SimulatedMeter | None = None) -> SimulatedMeter:
    meter = meter or single_phase(days=1)
    return evolve(meter, conformance=meter.conformance | Conformance.MULTIPLE_REFERENCES)


def with_clock(policy: TimePolicy) -> SimulatedMeter:
    name = Obis.parse("0.0.1.0.0.255")
    shown = Data.of(DataType.OCTET_STRING, policy.from_aware(NOW).encode())
    return SimulatedMeter(objects=(SimulatedObject(8, name, {2: shown}),))


def client_of(report: ProbeReport, address: int, *, proved: bool = False) -> ClientFinding:
    (found,) = (c for c in report.clients if c.address == address and c.proved is proved)
    return found


# ---------------------------------------------------------------- who answers


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_plain_meter_is_found_and_described(framing: str) -> None:
    report = Street(framing=framing).probe()

    assert report.verdict is Verdict.READABLE
    assert report.form is not None
    assert report.form.server == 1
    assert report.survey.identity["logical_device_name"] == "MSESIM00000001"
    assert report.survey.identity["serial_number"] == "SIM00000001"
    assert len(report.survey.objects or ()) == 12
    (profile,) = report.survey.profiles
    assert (profile.period, len(profile.columns)) == (900, 5)
    assert [reading.key for reading in report.survey.readings] == [
        "active_energy_import", "active_power_import", "voltage_l1", "current_l1", "frequency",
    ]  # fmt: skip
    assert report.survey.blocks == 2
    assert report.survey.released is True
    assert report.max_pdu == 0x1900
    assert not report.survey.missing


def test_the_limits_of_the_link_are_told_with_the_longest_frames_that_passed() -> None:
    report = Street().probe()

    assert report.link == {
        "max_info_transmit": 128, "max_info_receive": 128,
        "window_transmit": 1, "window_receive": 1,
    }  # fmt: skip
    assert report.longest_received == 139  # 128 and the frame around it
    assert report.longest_sent > 40


def test_a_meter_that_takes_its_serial_number_as_address_is_found_by_it() -> None:
    street = Street(server=(1, 1234))
    report = street.probe(serial="MS-00991234")

    assert report.form is not None
    assert (report.form.server, report.form.octets, report.form.origin) == (
        (1, 1234), 4, Origin.SERIAL,
    )  # fmt: skip
    assert bytes.fromhex("000212A5") in street.opened[-1][1].sent[0]
    assert "server 1 in 1 octet, client 16: silence" in report.ruled_out


def test_a_wrong_address_is_silence_and_every_form_was_tried_with_and_without_parameters() -> None:
    street = Street(server=9)
    report = street.probe(servers=(5,), serial="1234")

    assert report.verdict is Verdict.SILENT
    assert [(o.attempt.form.server, o.attempt.proposes) for o in report.outcomes] == [
        (5, True), (5, False), (1, True), (1, False), ((1, 1234), True), ((1, 1234), False),
    ]  # fmt: skip
    assert all(len(wire.sent) == 1 for _, wire in street.opened), "one SNRM a connection"
    assert report.commands == ()
    assert report.profile == ""
    assert "--serial" in report.next_action


def test_the_address_that_the_operator_names_comes_first() -> None:
    report = Street(server=5).probe(servers=(5,))

    assert len({o.attempt.form for o in report.outcomes}) == 1
    assert report.form is not None
    assert report.form.origin is Origin.NAMED


def test_everybody_is_called_only_if_asked_and_the_answer_tells_the_address() -> None:
    def answers(octets: bytes) -> bytes:
        # It hears the all-station address and answers from its own.
        is_called = octets[3:4] in {b"\xff", Address(9).octets}
        return UA(Address(16), Address(9)).encode() if is_called else b""

    street = Street(answers=answers)
    assert street.probe().verdict is Verdict.SILENT
    assert not any(octets[3] in {0xFD, 0xFF} for octets in street.sent)

    asked = Street(answers=answers)
    report = asked.probe(everybody=True)
    calls = [octets[3] for octets in asked.sent if octets[3] in {0xFD, 0xFF}]
    assert calls == [0xFD, 0xFF]  # calling stations, all stations: once each
    assert report.form is not None
    assert (report.form.server, report.form.origin) == (9, Origin.ANSWERED)


def test_a_meter_that_stays_silent_on_parameters_is_asked_twice_before_that_is_a_quirk() -> None:
    street = Street()
    meter = street.meter

    def deaf_to_parameters(octets: bytes) -> bytes:
        street.answers = None
        wire = street.opened[-1][1]
        if not (octets[5:6] == b"\x93" and proposes(octets)):
            wire._pass(octets)
        street.answers = deaf_to_parameters
        return b""

    street.answers = deaf_to_parameters
    report = street.probe()

    assert meter is street.meter
    assert report.quirks.no_snrm_parameters
    asked = [o for o in report.outcomes if o.attempt.proposes]
    assert [o.end for o in asked] == [End.SILENT, End.SILENT]
    assert tomllib.loads(report.profile)["quirks"]["no_snrm_parameters"] is True


def test_one_lost_frame_is_no_quirk() -> None:
    street = Street()

    def loses_the_first(octets: bytes) -> bytes:
        street.answers = None
        return b""

    street.answers = loses_the_first
    report = street.probe()

    assert not report.quirks.no_snrm_parameters
    assert report.link["max_info_receive"] == 128
    assert report.outcomes[0].end is End.SILENT


# ---------------------------------------------------------------- who does not


def test_dm_means_that_the_link_is_held_and_no_other_address_is_tried() -> None:
    street = Street(answers=Frames(says_dm))
    report = street.probe(serial="1234", clients=(1,))

    assert report.verdict is Verdict.HELD
    assert {o.end for o in report.outcomes} == {End.HELD}
    assert [o.attempt.client for o in report.outcomes] == [16, 1]
    assert "release" in report.next_action
    assert "no meter, no power, a broken wire: it answers" in report.ruled_out


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (b"Port already in use\r\n", Verdict.BUSY),
        (b"Closing socket due to inactivity (30 sec)\n", Verdict.BUSY),
        (b"220 mail ready\r\n", Verdict.OTHER_PROTOCOL),
    ],
)
def test_a_banner_is_told_as_such_and_nothing_is_sent(said: bytes, verdict: Verdict) -> None:
    street = Street(banner=said)
    report = street.probe()

    assert report.verdict is verdict
    assert report.outcomes[0].banner == said.decode().strip()
    assert len(report.outcomes) == 1
    assert street.sent == []


def test_text_instead_of_an_answer_is_a_banner_too() -> None:
    report = Street(answers=lambda _octets: b"Port's device already in use\r\n").probe()

    assert report.verdict is Verdict.BUSY


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_silence_may_be_a_queue_and_waiting_in_it_tells(framing: str) -> None:
    street = Street(framing=framing, queue_until=45.0)
    report = street.probe(queue_wait=60.0)

    assert report.verdict is Verdict.READABLE
    silent = 2 if framing == "hdlc" else 1
    assert [o.late for o in report.outcomes[: silent + 2]] == [False] * silent + [True, False]
    assert any("behind another client" in line for line in report.ruled_out)


def test_nobody_waits_in_a_queue_unasked() -> None:
    report = Street(queue_until=45.0).probe()

    assert report.verdict is Verdict.SILENT
    assert "--wait" in report.next_action


def test_a_port_that_refuses_is_tried_three_times() -> None:
    street = Street(refuses=True)
    report = street.probe(clients=(1, 2))

    assert report.verdict is Verdict.UNREACHABLE
    assert [o.end for o in report.outcomes] == [End.UNREACHABLE] * 3
    assert report.ruled_out == ()


@pytest.mark.parametrize(
    ("framing", "said", "hint"),
    [
        ("hdlc", b"\x00\xfe\x80\x9b\x01", "without a sound frame"),
        ("hdlc", b"\x00\x01\x00\x01\x00\x10\x00\x02\x61\x00", "tcp:// instead"),
        ("wrapper", UA(Address(16), Address(1)).encode(), "tcp+hdlc:// instead"),
    ],
)
def test_octets_that_are_no_answer_are_told_as_what_they_look_like(
    framing: str, said: bytes, hint: str
) -> None:
    report = Street(framing=framing, answers=lambda _octets: said).probe()

    assert report.verdict is Verdict.NOISE
    assert hint in report.outcomes[0].why


# ---------------------------------------------------------------- who gets in


def test_a_client_that_needs_a_password_is_told_with_its_diagnostic_and_no_proof_is_made_up() -> (
    None
):
    street = Street()
    report = street.probe(clients=(1, 32))

    for address in (1, 32):
        client = client_of(report, address)
        assert (client.end, client.diagnostic) == (End.REJECTED, 12)
        assert client.needs == "a password or key"
        assert "authentication-mechanism-name-required" in client.why
    assert client_of(report, 16).needs == "nothing"
    # calling-authentication-value (AC) and mechanism-name (8B) stand in no AARQ.
    assert not any(b"\x8b\x07\x60\x85\x74" in octets for octets in street.sent)


def test_the_password_is_tried_once_for_its_client_and_never_shown() -> None:
    street = Street()
    report = street.probe(password=PASSWORD, proof_client=1)

    assert sum(PASSWORD in octets for octets in street.sent) == 1
    assert client_of(report, 1, proved=True).end is End.ASSOCIATED
    assert PASSWORD.decode() not in repr(report)
    assert PASSWORD.hex() not in repr(report).lower()
    assert not any(
        PASSWORD in exchange.sent + exchange.received
        for outcome in report.outcomes
        for exchange in outcome.exchanges
    )
    assert any("--password-prompt" in line for line in report.commands)


def test_a_wrong_password_is_tried_once_and_no_more() -> None:
    street = Street()
    report = street.probe(password=b"wrongwrong", proof_client=1)

    assert sum(b"wrongwrong" in octets for octets in street.sent) == 1
    refused = client_of(report, 1, proved=True)
    assert (refused.end, refused.diagnostic) == (End.REJECTED, 13)
    assert report.verdict is Verdict.READABLE  # as the public client
    assert all("--client 16" in line for line in report.commands)


def test_a_password_that_was_accepted_is_used_again_where_a_measurement_needs_it() -> None:
    meter = evolve(single_phase(days=1), credentials={1: PASSWORD}, max_info=500)
    report = Street(meter=meter, buffer=127).probe(password=PASSWORD, proof_client=1)

    assert report.quirks.small_buffer == 127
    assert report.survey.blocks == 2
    assert [o.end for o in report.outcomes if o.attempt.proves] == [End.ASSOCIATED] * 4


def test_a_meter_without_a_public_client_is_no_entry() -> None:
    meter = evolve(single_phase(days=1), credentials={1: PASSWORD})
    report = Street(meter=meter).probe(clients=(1,))

    assert report.verdict is Verdict.NO_ENTRY
    assert client_of(report, 16).diagnostic == 1
    assert report.form is not None
    assert report.link


# ---------------------------------------------------------------- what is odd


def test_a_meter_that_answers_lists_is_measured() -> None:
    report = Street(meter=with_lists()).probe()

    assert report.survey.lists is not None
    assert (report.survey.lists.offered, report.survey.lists.longest) == (True, 20)
    assert not report.quirks.no_with_list
    assert report.quirks.with_list_limit == 0


@pytest.mark.parametrize(
    "refusal",
    [
        lambda _request: REFUSAL,
        # An answer that does not fit the request: the conversation breaks, and is begun anew.
        lambda request: GetResponseNormal(request.invoke_id, DataAccessResult.OTHER_REASON),
    ],
    ids=["exception", "normal"],
)
def test_lists_that_are_offered_and_fail_are_a_quirk(
    refusal: Callable[[GetRequestWithList], Apdu],
) -> None:
    street = Street(meter=with_lists(), odd=lambda r: refusal(r) if is_list(r) else None)
    report = street.probe()

    assert report.quirks.no_with_list
    assert report.verdict is Verdict.READABLE
    assert report.survey.readings
    assert not report.survey.broke


def test_the_longest_list_that_passes_is_found() -> None:
    def odd(request: Apdu) -> Apdu | None:
        return REFUSAL if is_list(request, 6) else None

    report = Street(meter=with_lists(), odd=odd).probe()

    assert report.quirks.with_list_limit == 5
    assert tomllib.loads(report.profile)["quirks"]["with_list_limit"] == 5


def test_a_converter_with_a_small_buffer_is_found_by_smaller_frames() -> None:
    street = Street(meter=evolve(single_phase(days=1), max_info=500), buffer=127)
    report = street.probe()

    assert report.quirks.small_buffer == 127
    assert report.verdict is Verdict.READABLE
    assert len(report.survey.objects or ()) == 12
    assert report.longest_received <= 127
    assert [o.attempt.small_buffer for o in report.outcomes][:3] == [0, 256, 127]
    assert any("--max-info 112" in line for line in report.commands)


def test_a_clock_with_the_other_sign_is_found() -> None:
    odd = Street(meter=with_clock(TimePolicy(BOGOTA, inverted_deviation=True))).probe()
    plain = Street(meter=with_clock(TimePolicy(BOGOTA))).probe()

    assert odd.quirks.inverted_deviation
    assert not plain.quirks.inverted_deviation
    for report in (odd, plain):
        assert report.survey.clock_finding is not None
        assert report.survey.clock_finding.ahead == dt.timedelta(0)


def test_a_meter_without_release_is_found() -> None:
    street = Street()

    def loses_releases(octets: bytes) -> bytes:
        street.answers = None
        if b"\xe6\xe6\x00\x62" not in octets:
            street.opened[-1][1]._pass(octets)
        street.answers = loses_releases
        return b""

    street.answers = loses_releases
    assert street.probe().quirks.no_release


def test_what_a_meter_refuses_is_told_and_the_rest_is_read() -> None:
    meter = single_phase(days=1)
    objects = tuple(item for item in meter.objects if item.class_id != 8)
    report = Street(meter=evolve(meter, objects=objects)).probe()

    assert "object-undefined" in report.survey.missing["clock"]
    assert report.survey.readings


# ---------------------------------------------------------------- how it goes about


def test_one_connection_at_a_time_with_a_pause_between_two() -> None:
    street = Street(server=9)
    street.probe(serial="1234", pause=2.5)

    starts = [at for at, _ in street.opened]
    # 0.3 s for a banner, 3 s for an answer, the pause.
    assert [later - at for at, later in itertools.pairwise(starts)] == pytest.approx([5.8] * 3)
    assert not any(wire.is_open for _, wire in street.opened)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_nothing_is_ever_written(framing: str) -> None:
    street = Street(framing=framing, meter=with_lists())
    street.probe(password=PASSWORD, proof_client=1, clients=(32,))

    start = b"\xe6\xe6\x00" if framing == "hdlc" else b""
    tags = {
        octets.partition(start)[2][0] if start else octets[8]
        for octets in street.sent
        if start in octets
    }
    assert tags <= {0x60, 0x62, 0xC0}, f"{tags & WRITES} writes"


def test_progress_is_told_while_it_runs() -> None:
    told: list[str] = []
    Street().probe(progress=told.append)

    assert told[0] == "client 16, server 1 in 1 octet: connect"
    assert "client 16, server 1 in 1 octet: objects" in told


def test_the_evidence_has_octets_and_times() -> None:
    report = Street(answers=lambda _octets: b"").probe()
    link = next(e for e in report.outcomes[0].exchanges if e.step == "link")

    assert link.sent.startswith(b"\x7e\xa0")
    assert link.octets == (len(link.sent), 0)
    assert link.seconds == pytest.approx(3.0)


HOSTILE = FaultPlan(loss=0.1, corruption=0.1, noise=0.2, late=0.05, cut=0.05, delay_seconds=0.1)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_whatever_the_wire_does_a_report_comes_and_a_password_is_tried_once(
    framing: str, seed: int
) -> None:
    street = Street(framing=framing, meter=with_lists(), faults=evolve(HOSTILE, seed=seed))
    report = street.probe(clients=(32,), password=PASSWORD, proof_client=1)

    proofs = [o.end for o in report.outcomes if o.attempt.proves]
    assert End.ASSOCIATED in proofs[:1] or len(proofs) <= 1
    assert PASSWORD.decode() not in repr(report)
    assert not any(wire.is_open for _, wire in street.opened)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6))
def test_whatever_octets_come_a_report_comes(pieces: list[bytes]) -> None:
    turn = itertools.cycle(pieces)
    report = Street(meter=TINY, answers=lambda _octets: next(turn)).probe(clients=(1,))

    assert report.verdict is not Verdict.UNREACHABLE
    assert report.ruled_out


# ---------------------------------------------------------------- the public function


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0.0},
        {"pause": 0.5},
        {"auth": dlmslite.Lls("x")},
        {"auth_client": 1},
        {"clients": (0,)},
        {"serial": "12"},
        {"servers": (0,)},
        {"servers": ((1, 2, 3),)},
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_opened(
    options: dict[str, object],
) -> None:
    with pytest.raises((ConfigurationError, ValueError)):
        dlmslite.probe("tcp+hdlc://127.0.0.1:1", **options)


def test_over_tcp_with_a_password() -> None:
    with serve(single_phase(days=1)) as meter:
        report = dlmslite.probe(
            meter.url, auth=dlmslite.Lls("22222222"), auth_client=1, clock=QuickClock()
        )

    assert report.is_readable
    assert client_of(report, 1, proved=True).end is End.ASSOCIATED
    assert meter.connections == len(report.outcomes)
    assert abs(report.survey.clock_finding.ahead) < dt.timedelta(seconds=5)


def test_over_tcp_a_busy_converter_and_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=_say_busy, args=(listener,))
        thread.start()
        busy = dlmslite.probe(f"tcp+hdlc://127.0.0.1:{port}", clock=QuickClock())
        thread.join()
    closed = dlmslite.probe(f"tcp+hdlc://127.0.0.1:{free_port()}", clock=QuickClock())

    assert busy.verdict is Verdict.BUSY
    assert closed.verdict is Verdict.UNREACHABLE


class QuickClock(SystemClock):
    """The real clock, without the pauses between connections."""

    def wait(self, seconds: float) -> None:
        pass


def _say_busy(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"Port already in use\r\n")


def test_the_report_has_no_secret_in_any_form() -> None:
    report = Street().probe(password=PASSWORD, proof_client=1)
    dump = io.StringIO()
    print(report, file=dump)

    assert not re.search("22222222|3232323232323232", dump.getvalue())


# ---------------------------------------------------------------- no more than an answer


def test_without_a_survey_it_ends_with_the_first_answer() -> None:
    street = Street()
    report = street.probe(surveys=False, clients=(1,))

    (outcome,) = report.outcomes
    assert outcome.end is End.ASSOCIATED
    assert outcome.survey.released is True
    assert [step.step for step in outcome.exchanges] == [
        "connect", "listen", "link", "association", "release",
    ]  # fmt: skip
    assert report.verdict is Verdict.READABLE


def test_without_a_survey_the_others_only_set_the_link_up() -> None:
    asked: list[int] = []

    def only_client_one(frame: Any) -> bytes:
        client = frame.source.upper
        asked.append(client)
        if client != 1:
            return DM(frame.source, frame.destination).encode()
        return UA(frame.source, frame.destination).encode()

    street = Street(answers=Frames(only_client_one))
    report = street.probe(surveys=False, clients=(1,))

    assert [outcome.end for outcome in report.outcomes] == [End.HELD, End.LINKED]
    assert not any(b"\xe6\xe6\x00\x60" in octets for octets in street.sent[-2:])  # no AARQ
    assert set(asked) == {16, 1}


def test_without_a_survey_an_address_is_tried_for_everybody_before_the_next() -> None:
    street = Street(answers=lambda _octets: b"")
    report = street.probe(surveys=False, servers=(2,), clients=(1,), everybody=True)
    asked = [
        (attempt.form.option, attempt.client, attempt.proposes)
        for attempt in (outcome.attempt for outcome in report.outcomes)
    ]

    assert asked == [
        ("2", 16, True), ("2", 1, True), ("2", 16, False), ("2", 1, False),
        ("1", 16, True), ("1", 1, True), ("1", 16, False), ("1", 1, False),
        ("126", 16, False), ("127", 16, False),
    ]  # fmt: skip


def test_no_connection_is_begun_when_the_time_is_over() -> None:
    street = Street(answers=lambda _octets: b"")
    report = street.probe(within=8.0)

    assert len(street.opened) == 2
    assert report.verdict is Verdict.SILENT


def test_an_address_may_be_named_in_a_longer_form() -> None:
    street = Street(server=(1, 17), answers=lambda _octets: b"")
    street.probe(servers=((1, 17),), octets=4, within=0.1)

    assert bytes.fromhex("00020023") in street.sent[0]


def test_what_ends_a_connection_has_a_stable_name() -> None:
    busy = Street(banner=b"Port already in use\r\n").probe(surveys=False)
    other = Street(banner=b"SSH-2.0-OpenSSH_9.2\r\n").probe(surveys=False)

    assert [outcome.cause for outcome in busy.outcomes] == ["port-busy"]
    assert [outcome.cause for outcome in other.outcomes] == [""]


def test_what_progress_raises_ends_the_probe() -> None:
    street = Street()

    def enough(text: str) -> None:
        if text.endswith("association"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        street.probe(progress=enough)
    assert not any(wire.is_open for _, wire in street.opened)


def test_a_connection_can_be_broken_off_from_another_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        interrupts: list[Callable[[], None]] = []
        told: list[str] = []

        def progress(text: str) -> None:
            told.append(text)
            if text.endswith("link"):
                threading.Timer(0.1, interrupts[-1]).start()

        begun = SystemClock().monotonic()
        report = dlmslite.probe(
            f"tcp+hdlc://127.0.0.1:{silent.getsockname()[1]}",
            timeout=20.0,
            within=0.01,
            progress=progress,
            on_wire=interrupts.append,
        )

    assert SystemClock().monotonic() - begun < 5.0
    assert len(interrupts) == 1
    assert report.outcomes[0].end is End.CLOSED
