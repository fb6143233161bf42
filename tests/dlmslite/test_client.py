"""What a caller sees: values with units, errors that say why, and few round trips."""

from __future__ import annotations

import pytest
from rig.datagrams import DatagramMeter, repeating
from rig.desk import NOW, Desk

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.conformance import Conformance
from dlmslite.client import connect
from dlmslite.codes import AcseUserDiagnostic, AssociationResult, DataAccessResult
from dlmslite.errors import (
    AssociationRejected,
    ConfigurationError,
    DeadlineExceeded,
    DlmsError,
    ServiceError,
    StateError,
    TransportError,
)
from dlmslite.link.hdlc.resync import Resync
from dlmslite.link.wrapper import Wpdu
from dlmslite.procedures.authentication import Lls
from dlmslite.quirks import Quirks
from dlmslite.simulator.models.single_phase import (
    CLOCK,
    ENERGY,
    PROFILE,
    SERIAL,
    VOLTAGE,
    Load,
    single_phase,
)
from dlmslite.simulator.serve import serve
from dlmslite.trace import Direction, TraceEvent
from dlmslite.values.quantity import Quantity
from dlmslite.values.selection import EntryDescriptor
from dlmslite.values.units import Unit

FRAMINGS = pytest.mark.parametrize("framing", ["hdlc", "wrapper"])


@FRAMINGS
def test_a_register_is_a_quantity_and_a_text_is_its_octets(framing: str) -> None:
    client = Desk(framing=framing).client()
    assert client.read("1.1.32.7.0.255") == Quantity(Load().voltage(NOW), -2, Unit.VOLT)
    assert client.read(SERIAL) == b"SIM00000001"
    assert client.read(SERIAL.octets) == b"SIM00000001"


def test_what_was_agreed_is_told() -> None:
    client = Desk().client()
    assert Conformance.GET in client.info.conformance
    assert client.info.max_pdu == 0x1900
    assert client.info.link["max_info_transmit"] == 128
    assert Desk(framing="wrapper").client().info.link == {}


def test_an_error_says_what_was_asked_and_why_not() -> None:
    with pytest.raises(ServiceError, match=r"1\.1\.52\.7\.0\.255: object-undefined") as caught:
        Desk().client().read("1.1.52.7.0.255")
    assert caught.value.result is DataAccessResult.OBJECT_UNDEFINED


def test_a_partial_failure_is_a_value() -> None:
    results = Desk().client().read_many(["1.1.52.7.0.255", "1.1.1.8.0.255"])
    assert [result.ok for result in results.values()] == [False, True]
    assert list(results) == ["1.1.52.7.0.255", "1.1.1.8.0.255"]


def test_a_second_read_is_one_round_trip() -> None:
    desk = Desk(framing="wrapper")
    client = desk.client()
    client.read(VOLTAGE)
    sent = len(desk.transport.sent)
    client.read(VOLTAGE)
    assert len(desk.transport.sent) == sent + 1


def test_one_attribute_is_its_plain_value() -> None:
    client = Desk().client()
    assert client.get(VOLTAGE, 3, class_id=3) == (-2, 35)
    assert len(client.get(PROFILE, class_id=7, selection=EntryDescriptor(1, 3))) == 3


def test_the_objects_are_the_meter_s_own_list() -> None:
    client = Desk().client()
    assert {item.obis for item in client.objects(class_id=8)} == {CLOCK}
    assert len(client.objects()) == 12


@FRAMINGS
def test_p06_a_wrong_password_is_a_rejection_with_its_cause(framing: str) -> None:
    desk = Desk(framing=framing)
    with pytest.raises(AssociationRejected) as caught:
        desk.client(b"wrong")
    assert caught.value.result is AssociationResult.REJECTED_PERMANENT
    assert caught.value.diagnostic is AcseUserDiagnostic.AUTHENTICATION_FAILURE
    assert "wrong" not in str(caught.value)
    assert not desk.transport.is_open


def test_the_end_is_polite() -> None:
    desk = Desk()
    with desk.client():
        pass
    assert desk.transport.sent[-2][8 + 3] == 0x62  # RLRQ, behind header and LLC
    assert desk.transport.sent[-1][5] == 0x53  # DISC
    assert not desk.transport.is_open


def test_an_interrupted_release_still_disconnects() -> None:
    desk = Desk()
    client = desk.client()
    desk.transport.is_silent = True
    client.close()
    assert not desk.transport.is_open


@FRAMINGS
def test_connect_does_the_same_over_tcp(framing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METER_PASSWORD", "22222222")
    with serve(single_phase(days=1), framing=framing) as meter:
        auth = Lls("env:METER_PASSWORD")
        with connect(meter.url, client=1, auth=auth, timeout=5.0) as client:
            assert client.read(ENERGY).unit is Unit.WATT_HOUR
        assert meter.connections == 1


def test_a_port_where_nobody_listens_is_a_transport_error() -> None:
    with serve(single_phase(days=1)) as meter:
        url = meter.url
    with pytest.raises(TransportError):
        connect(url, timeout=2.0)


@pytest.mark.parametrize(
    "options",
    [{"timeout": 0.0}, {"client": 0}, {"server": 2**20}, {"window": 9}, {"max_info": 5000}],
)
def test_options_that_make_no_sense_are_refused_before_connecting(
    options: dict[str, object],
) -> None:
    with pytest.raises(ConfigurationError):
        connect("tcp+hdlc://192.0.2.1:4059", **options)  # type: ignore[arg-type] # that is the point


def test_the_wrapper_has_one_server_number() -> None:
    with pytest.raises(ConfigurationError, match="one number"):
        connect("tcp://192.0.2.1:4059", server=(1, 17))


@FRAMINGS
def test_l08_a_link_is_set_up_again_on_the_same_connection(framing: str) -> None:
    desk = Desk(framing=framing)
    client = desk.client()
    before = client.read(VOLTAGE)
    desk.transport.wire.send(b"\x7e\xa0 half a frame", desk.clock.now)
    client.relink()
    assert client.read(VOLTAGE) == before
    assert desk.transport.is_open


def test_a_link_that_has_failed_can_be_set_up_again() -> None:
    desk = Desk(timeout=2.0)
    client = desk.client()
    desk.transport.is_silent = True
    for _ in range(2):
        with pytest.raises(DlmsError):
            client.read(VOLTAGE)
    desk.transport.is_silent = False
    client.relink()
    assert client.read(VOLTAGE).unit is Unit.VOLT


def test_a_closed_client_is_not_set_up_again() -> None:
    client = Desk().client()
    client.close()
    with pytest.raises(StateError):
        client.relink()


def test_w06_the_timeout_may_change_between_two_exchanges() -> None:
    desk = Desk(timeout=10.0)
    client = desk.client()
    client.timeout = 1.5
    assert client.timeout == 1.5
    desk.transport.is_silent = True
    begun = desk.clock.now
    with pytest.raises(DlmsError):
        client.read(VOLTAGE)
    assert desk.clock.now - begun == pytest.approx(1.5)
    with pytest.raises(ConfigurationError):
        client.timeout = 0.0


def test_w04_a_meter_over_udp_is_read_one_apdu_in_each_datagram() -> None:
    sent: list[bytes] = []
    with DatagramMeter(single_phase(days=1)) as meter:

        def tap(event: TraceEvent) -> None:
            if event.direction is Direction.SENT:
                sent.append(event.octets)

        with connect(meter.url, timeout=3.0, trace=tap) as client:
            assert client.read(SERIAL) == b"SIM00000001"
            assert len(list(client.profile(PROFILE).rows())) == 96
    assert all(Wpdu.decode(octets).encode() == octets for octets in sent)


def test_w04_a_network_that_repeats_every_datagram_spoils_nothing() -> None:
    with (
        DatagramMeter(single_phase(days=1), repeating) as meter,
        connect(meter.url, timeout=3.0, max_pdu=256) as client,
    ):
        for _ in range(5):
            assert client.read(SERIAL) == b"SIM00000001"
            assert client.read(VOLTAGE).unit is Unit.VOLT
        assert len(list(client.profile(PROFILE).rows())) == 96


def test_w04_a_datagram_that_was_cut_is_no_answer_and_the_next_one_is() -> None:
    with (
        DatagramMeter(single_phase(days=1)) as meter,
        connect(meter.url, timeout=1.5) as client,
    ):
        meter.network = lambda datagram: [datagram[:-1]]
        with pytest.raises(DeadlineExceeded):
            client.read(SERIAL)
        meter.network = lambda datagram: [datagram[:12], datagram]
        assert client.read(SERIAL) == b"SIM00000001"


@FRAMINGS
def test_l11_link_and_association_are_opened_again_before_the_next_request(framing: str) -> None:
    desk = Desk(framing=framing)
    client = desk.client(inactivity=120.0)
    client.read(ENERGY)
    desk.clock.now += 119.0
    client.read(ENERGY)
    assert client.reopened == 0

    desk.clock.now += 121.0
    sent = len(desk.transport.sent)
    client.read(ENERGY)

    assert client.reopened == 1
    # Set-up and association came first, and nothing had to fail for it.
    assert len(desk.transport.sent) - sent == (3 if framing == "hdlc" else 2)
    client.read(ENERGY)
    assert client.reopened == 1


def test_l11_the_quirks_of_a_meter_may_say_when() -> None:
    desk = Desk(quirks=Quirks(inactivity=60.0))
    client = desk.client()
    desk.clock.now += 61.0
    list(client.profile(PROFILE).entries(1, 2))
    assert client.reopened == 1
    assert Desk(quirks=Quirks(inactivity=60.0)).client(inactivity=0.0).inactivity == 0.0


def test_l11_a_renewal_that_fails_is_the_error_of_the_request() -> None:
    desk = Desk(timeout=2.0)
    client = desk.client(inactivity=60.0)
    desk.clock.now += 61.0
    desk.transport.is_silent = True
    with pytest.raises(DeadlineExceeded, match=r"SNRM|set-up") as caught:
        client.read(ENERGY)
    assert caught.value.cause == "never-heard"


def test_l08_a_transient_refusal_is_tried_again_on_a_new_link() -> None:
    desk = Desk()
    refused = Aare(
        result=AssociationResult.REJECTED_TRANSIENT,
        diagnostic=AcseUserDiagnostic.NO_REASON_GIVEN,
    )
    answers = iter([refused])
    server = desk.transport.server
    associate = server._associate
    server._associate = lambda aarq, client: next(answers, None) or associate(aarq, client)

    assert desk.client().read(SERIAL) == b"SIM00000001"

    frames = [
        body[4] & 0xEF for octets in desk.transport.sent for body in Resync().flush(octets)[0]
    ]
    assert frames[:4] == [0x83, 0x00, 0x43, 0x83]  # SNRM, AARQ, DISC, SNRM


def test_l08_a_second_transient_refusal_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Aare(
        result=AssociationResult.REJECTED_TRANSIENT,
        diagnostic=AcseUserDiagnostic.NO_REASON_GIVEN,
    )
    for framing in ("hdlc", "wrapper"):
        desk = Desk(framing=framing)
        monkeypatch.setattr(desk.transport.server, "_associate", lambda _aarq, _client: refused)
        with pytest.raises(AssociationRejected):
            desk.client()


def test_w06_the_response_timeout_follows_the_meter() -> None:
    desk = Desk(timeout=12.0)
    client = desk.client()
    session = desk.pump.session
    for _ in range(9):
        client.read(ENERGY)
    assert session.response_timeout == 1.5
    client.timeout = 30.0
    assert session.response_timeout == 1.5
    fixed = Desk(timeout=12.0, adaptive=False)
    fixed.client().read(ENERGY)
    assert fixed.pump.session.response_timeout == 4.0


def test_w06_a_quick_meter_that_falls_silent_gets_the_whole_timeout() -> None:
    desk = Desk(timeout=60.0)
    client = desk.client()
    for _ in range(9):
        client.read(ENERGY)
    begun = desk.clock.now
    desk.transport.is_silent = True
    with pytest.raises(DeadlineExceeded) as caught:
        client.read(ENERGY)
    assert desk.clock.now - begun == pytest.approx(60.0)
    assert caught.value.cause == "fell-silent"


@pytest.mark.parametrize("options", [{"inactivity": -1.0}, {"keepalive": -1.0}])
def test_times_of_less_than_nothing_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="never"):
        connect("tcp://192.0.2.1", **options)  # type: ignore[arg-type] - each is a float
