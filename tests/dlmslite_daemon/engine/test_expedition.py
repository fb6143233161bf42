"""The ladder against real sockets: for every cause of the meter's side, something that has it."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from rig.converter import Converter
from rig.daemon import until
from rig.engine import FakeLocks
from rig.ladder import VOLTAGE, Climber, answers, between, gives, place, says
from rig.ports import free_port

from dlmslite.codes import DataAccessResult
from dlmslite.link.hdlc.frames import DM, SNRM, UA, Frame
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.meter import SimulatedMeter, SimulatedObject
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite.values.obis import Obis
from dlmslite_daemon.causes import RUNGS, Cause, Confidence
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.finding import Finding, Step
from dlmslite_daemon.meters import judge, ladder

PASSWORD = "22222222"  # of client 1 of the simulator
METER = single_phase(days=1)


def steps(finding: Finding) -> dict[str, Step]:
    return {rung.name: rung.step for rung in finding.rungs}


def test_a_sound_meter_passes_every_rung_with_its_octets_and_times() -> None:
    with serve(METER) as meter:
        climber = Climber(meter.url, PASSWORD)
        brought = climber.climb()
    finding = climber.conclude(brought)

    assert finding.healthy, finding.evidence
    assert [rung.name for rung in finding.rungs] == [
        "line", "name", "route", "host", "connect", "banner", "link", "public",
        "association", "clock", "register", "identity",
    ]  # fmt: skip
    link = next(rung for rung in finding.rungs if rung.name == "link")
    assert (link.octets_sent > 0, link.octets_received > 0) == (True, True)
    assert link.sent.startswith("7ea0")
    assert link.received.startswith("7ea0")
    (value,) = brought.values
    assert (value.key, value.unit, value.error) == ("voltage", "V", "")
    assert all(
        rung.cause is None or rung.cause in RUNGS[rung.name].proves for rung in finding.rungs
    )


def proved(finding: Finding, cause: Cause, rung: str) -> None:
    """The cause was found by that rung, the last one of the climb unless it only noted it."""
    assert finding.cause is cause, finding
    deciding = next(one for one in finding.rungs if one.cause is cause)
    assert deciding.name == rung
    assert cause in RUNGS[rung].proves
    assert deciding.step is Step.NOTED or finding.rungs[-1] is deciding
    assert not any(line.startswith(f"{cause.value}:") for line in finding.ruled_out)


# ---------------------------------------------------------------- host and port


def test_a_name_without_address() -> None:
    finding = Climber("tcp+hdlc://meter.invalid:3333").found()

    proved(finding, Cause.NAME_UNRESOLVED, "name")


def test_a_closed_port() -> None:
    finding = Climber(f"tcp+hdlc://127.0.0.1:{free_port()}").found()

    proved(finding, Cause.REFUSED, "connect")
    assert "3 times" in finding.evidence[0]
    assert any(line.startswith("name-unresolved:") for line in finding.ruled_out)


def test_a_port_that_answers_nothing_at_all() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as held:
        for _ in range(3):  # the kernel drops what comes beyond the backlog, as a filter does
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"tcp+hdlc://127.0.0.1:{full.getsockname()[1]}"
        finding = Climber(url, timeout=1.0).found()

    proved(finding, Cause.FILTERED, "connect")


def test_another_process_has_the_line() -> None:
    climber = Climber("tcp+hdlc://127.0.0.1:1")
    climber.locks = FakeLocks(shell="dlmslite (process 7)")
    finding = climber.found()

    proved(finding, Cause.LINE_IN_USE, "line")
    assert "process 7" in finding.evidence[0]


# ---------------------------------------------------------------- who speaks


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (b"Port already in use\r\n", Cause.PORT_BUSY),
        (b"Port's device already in use\r\n", Cause.PORT_BUSY),
        (b"Port's device failed open\r\n", Cause.CONVERTER_DEVICE),
        (b"Closing socket due to inactivity (30 sec)\n", Cause.CONVERTER_IDLE_TEXT),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Cause.OTHER_PROTOCOL),
    ],
)
def test_somebody_says_what_he_is(text: bytes, cause: Cause) -> None:
    with place(says(text)) as url:
        finding = Climber(url).found()

    proved(finding, cause, "banner")
    assert text.strip().decode() in finding.evidence[0]


def test_the_first_converter_of_the_field_with_another_client() -> None:
    busy = b"Port already in use\r\n"
    with Converter(refuses=busy) as converter, other_client(converter):
        finding = Climber(converter.url, PASSWORD).found()

    proved(finding, Cause.PORT_BUSY, "banner")


def test_an_accepted_connection_that_is_closed_at_once() -> None:
    with place(lambda _client: None) as url:
        finding = Climber(url).found(quick=True)

    proved(finding, Cause.HUNG_UP, "link")


# ---------------------------------------------------------------- the link


def test_a_silent_meter_behind_a_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "QUEUE_SECONDS", 0.5)
    with Converter(is_mute=True) as converter:
        climber = Climber(converter.url, timeout=0.2)
        quick = climber.found()
        whole = climber.found(quick=False)

    proved(quick, Cause.METER_SILENT, "link")
    assert quick.confidence is Confidence.LOW
    assert quick.next_action == "dlmslite-bridge diagnose kitchen"
    proved(whole, Cause.METER_SILENT, "queue")
    assert whole.confidence is Confidence.MEDIUM


def test_the_second_converter_of_the_field_has_a_queue_of_one() -> None:
    with Converter() as converter, other_client(converter):
        finding = Climber(converter.url, timeout=0.2).found(quick=False)

    proved(finding, Cause.PORT_HELD_SILENTLY, "link")
    assert finding.confidence is Confidence.MEDIUM


def test_a_longer_queue_is_waited_for_until_the_other_client_leaves() -> None:
    with serve(METER) as meter, place(between(meter.url, lambda _frame: None)) as url:
        host, _, port = url.rpartition("/")[2].partition(":")
        other = socket.create_connection((host, int(port)))
        climber = Climber(url, timeout=0.2)
        climber.when("waiting 40 s: link", threading.Timer(0.4, other.close).start)
        finding = climber.found(quick=False)

    proved(finding, Cause.PORT_HELD_SILENTLY, "queue")
    assert finding.confidence is Confidence.HIGH


def test_a_meter_at_another_address() -> None:
    with serve(METER, server=(1, 1234)) as meter:
        finding = Climber(meter.url, serial="MS00991234", timeout=1.0).found(quick=False)

    proved(finding, Cause.WRONG_ADDRESS, "link")
    assert "server 1,1234 in 4 octets" in finding.evidence[0]
    assert finding.next_action == ("dlmslite-bridge meter set kitchen --server 1 --physical 1234")


def test_a_logical_device_that_knows_no_public_client_is_no_wrong_address() -> None:
    """The public client is let into the management device alone, as the standard wants it."""

    def two_devices(frame: Frame) -> bytes:
        here = (frame.destination.upper, frame.source.upper) in {(1, 16), (2, 1)}
        return UA(frame.source, frame.destination).encode() if here else b""

    with place(answers(two_devices)) as url:
        climber = Climber(url, PASSWORD, server=2, timeout=1.0)
        finding = climber.found(quick=False)

    assert steps(finding)["link"] is Step.PASSED


def test_a_meter_that_knows_no_parameters() -> None:
    def bare(frame: Frame) -> bytes:
        if isinstance(frame, SNRM) and frame.information:
            return b""
        return UA(frame.source, frame.destination).encode()

    with place(answers(bare)) as url:
        finding = Climber(url, timeout=1.0).found()

    proved(finding, Cause.LINK_PARAMETERS, "link")


def test_a_line_that_damages_frames() -> None:
    with serve(METER, faults=FaultPlan(corruption=1.0, seed=3)) as meter:
        finding = Climber(meter.url, timeout=1.0).found()

    proved(finding, Cause.LINE_NOISE, "link")
    assert "received 7e" in finding.evidence[0]


def test_another_speed_makes_octets_that_are_no_frames() -> None:
    with place(gives(lambda octets: bytes(7 * octet % 251 for octet in octets))) as url:
        finding = Climber(url, timeout=1.0).found()

    proved(finding, Cause.FRAMING, "link")


def test_an_association_that_another_client_holds() -> None:
    with place(answers(dm)) as url:
        finding = Climber(url, timeout=1.0).found()

    proved(finding, Cause.ASSOCIATION_HELD, "link")


# ---------------------------------------------------------------- the association


def test_a_wrong_password_and_the_guard_that_ends_the_tries() -> None:
    with serve(METER) as meter:
        climber = Climber(meter.url, "11111111", client=1)
        findings = [climber.found() for _ in range(3)]

    for finding in findings[:2]:
        proved(finding, Cause.WRONG_PASSWORD, "association")
        assert finding.confidence is Confidence.HIGH
        assert "11111111" not in finding.text()
    proved(findings[2], Cause.CREDENTIAL_GUARDED, "association")


def test_a_meter_behind_the_wrapper() -> None:
    with serve(METER, framing="wrapper") as meter:
        assert Climber(meter.url, PASSWORD).found().healthy
        wrong = Climber(meter.url, "11111111", client=1).found()
        unknown = Climber(meter.url, client=33).found()
        address = Climber(meter.url, server=5, timeout=1.0).found(quick=False)

    proved(wrong, Cause.WRONG_PASSWORD, "association")
    proved(unknown, Cause.WRONG_SAP, "association")
    proved(address, Cause.WRONG_ADDRESS, "link")


def test_a_client_that_the_meter_does_not_know() -> None:
    with serve(METER) as meter:
        finding = Climber(meter.url, client=33).found()

    proved(finding, Cause.WRONG_SAP, "association")


def test_a_meter_that_wants_a_password_where_none_is_configured() -> None:
    with serve(METER) as meter:
        finding = Climber(meter.url, client=1).found()

    proved(finding, Cause.UNSUPPORTED_MECHANISM, "association")


# ---------------------------------------------------------------- what it says


def test_an_object_that_the_meter_has_not() -> None:
    with serve(METER) as meter:
        series = (SeriesSettings("voltage_l2", "1.1.52.7.0.255"), VOLTAGE)
        climber = Climber(meter.url, PASSWORD, series=series)
        finding = climber.found()

    proved(finding, Cause.OBJECT_UNDEFINED, "register")
    assert "voltage_l2" in finding.evidence[0]


def test_an_object_that_this_client_may_not_read() -> None:
    denied = SimulatedObject(
        3, Obis.parse(VOLTAGE.obis), {2: lambda *_: DataAccessResult.READ_WRITE_DENIED}
    )
    with serve(SimulatedMeter(objects=(denied,))) as meter:
        finding = Climber(meter.url, PASSWORD).found()

    proved(finding, Cause.ACCESS_DENIED, "register")


def test_a_meter_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "SLOW_SECONDS", 0.05)
    with serve(METER, faults=FaultPlan(delay_seconds=0.06)) as meter:
        finding = Climber(meter.url, PASSWORD).found()

    proved(finding, Cause.SLOW, "register")


def test_another_meter_at_a_known_address() -> None:
    with serve(METER) as meter:
        finding = Climber(meter.url, PASSWORD, serial="MS00990001").found()

    proved(finding, Cause.IDENTITY_CHANGED, "identity")
    assert "MS00990001" in finding.evidence[0]


def test_a_clock_that_is_wrong() -> None:
    an_hour = dt.timedelta(hours=1)
    with serve(METER, wall_clock=lambda: dt.datetime.now(dt.UTC) + an_hour) as meter:
        finding = Climber(meter.url, PASSWORD).found()

    proved(finding, Cause.CLOCK_DRIFT, "clock")
    assert "3600 s ahead" in finding.evidence[0]


# ---------------------------------------------------------------- the long run


def test_thirty_reads_and_every_gap_of_a_sound_meter() -> None:
    with serve(METER) as meter:
        brought = Climber(meter.url, PASSWORD).climb(quick=False, reads=30, gaps=(0.2, 0.4), rows=5)

    assert brought.pace is not None
    assert (brought.pace.count, brought.pace.lost) == (30, 0)
    assert [gap.survived for gap in brought.gaps] == [True, True]
    assert brought.profile is not None
    assert (brought.profile.rows, brought.profile.period) == (5, 900)
    assert [rung.step for rung in brought.rungs[-2:]] == [Step.PASSED, Step.PASSED]


def test_the_second_converter_ends_an_idle_connection() -> None:
    with Converter() as converter:
        climber = Climber(converter.url, PASSWORD)
        climber.when("idle for 9 s", lambda: setattr(converter, "idle", 0.1))
        finding = climber.found(reads=1, gaps=(2.0, 9.0, 20.0))

    proved(finding, Cause.CONVERTER_IDLE_LIMIT, "idle")
    assert "outlived 2 s of silence and not 9 s" in finding.evidence[0]
    assert "inactivity" in finding.evidence[0]
    assert finding.next_action == "dlmslite-bridge meter set kitchen --release-after 2"


def test_a_meter_that_drops_an_idle_association() -> None:
    forgotten = threading.Event()

    def forgets(frame: Frame) -> bytes | None:
        if isinstance(frame, SNRM):
            forgotten.clear()
        return dm(frame) if forgotten.is_set() else None

    with serve(METER) as meter, place(between(meter.url, forgets)) as url:
        climber = Climber(url, PASSWORD)
        climber.when("idle for 9 s", forgotten.set)
        finding = climber.found(reads=1, gaps=(2.0, 9.0))

    proved(finding, Cause.METER_IDLE_LIMIT, "idle")


def test_a_line_that_loses_requests() -> None:
    number = itertools.count()
    losing = threading.Event()

    def loses(_frame: Frame) -> bytes | None:
        return b"" if losing.is_set() and next(number) % 10 == 4 else None

    with serve(METER) as meter, place(between(meter.url, loses)) as url:
        climber = Climber(url, PASSWORD, timeout=2.0)
        climber.when("read 1 of", losing.set)
        finding = climber.found(reads=30)

    proved(finding, Cause.RANDOM_LOSS, "reads")
    assert "of 30 reads had no sound answer" in finding.evidence[0]


# ---------------------------------------------------------------- the end from outside


def test_it_ends_at_once_when_it_is_broken_off_in_the_longest_wait() -> None:
    with Converter(is_mute=True) as converter:
        climber = Climber(converter.url, timeout=0.2)
        climber.when(
            "waiting 40 s: link",
            lambda: threading.Timer(0.3, climber.expedition.abort).start(),
        )
        begun = climber.clock.monotonic()
        with pytest.raises(BridgeError) as ended:
            climber.climb(quick=False)

    assert ended.value.code == "E-DIAGNOSIS-ENDED"
    assert climber.clock.monotonic() - begun < 15.0


# ---------------------------------------------------------------- helpers


@contextlib.contextmanager
def other_client(converter: Converter) -> Iterator[Callable[[], None]]:
    """Somebody else on the converter; gives what makes him leave."""
    host, _, port = converter.url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port))) as other:
        until(lambda: converter.connections, "the converter has taken it")
        yield other.close


def dm(frame: Frame) -> bytes:
    """What a meter says that has no time for us, or does not know of a link."""
    return DM(frame.source, frame.destination).encode()
