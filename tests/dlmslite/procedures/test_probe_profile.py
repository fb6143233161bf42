"""What is proposed can be used as it stands: commands parse, the profile loads, no secret is in."""

from __future__ import annotations

import datetime as dt
import importlib
import shlex
import tomllib

import click
import pytest
from attrs import evolve

from dlmslite.cosem.object_list import CosemObject
from dlmslite.procedures.probe_advice import conclude
from dlmslite.procedures.probe_profile import commands, entry_of, profile_text
from dlmslite.procedures.probe_report import (
    AddressForm,
    Attempt,
    End,
    Origin,
    Outcome,
    ProbeReport,
    Reading,
    Survey,
)
from dlmslite.quirks import Quirks
from dlmslite.values.obis import Obis
from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit
from dlmslite_daemon.config.schema import check_name

WHEN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
LINK = {
    "max_info_transmit": 128, "max_info_receive": 200,
    "window_transmit": 1, "window_receive": 7,
}  # fmt: skip
VOLTAGE = Obis.parse("1.0.32.7.0.255")
PEAK = Obis.parse("1.0.1.6.0.255")
NAME = 'XYZ "1"; rm -rf $HOME\n'


def found(form: AddressForm | None = None, *, proves: bool = True) -> ProbeReport:
    survey = Survey(
        identity={"logical_device_name": NAME, "serial_number": "A-0098 1234"},
        objects=(
            CosemObject(VOLTAGE, 3),
            CosemObject(PEAK, 4),
            CosemObject(Obis.parse("1.0.1.8.0.101"), 3),  # history
            CosemObject(Obis.parse("0.0.96.1.0.255"), 1),  # no measurement
        ),
        readings=(Reading("voltage_l1", VOLTAGE, 3, Quantity(2301, -1, Unit.VOLT)),),
    )
    attempt = Attempt(form=form or AddressForm(1, 1), client=1, proves=proves)
    outcome = Outcome(attempt=attempt, end=End.ASSOCIATED, link=LINK, survey=survey, max_pdu=500)
    return conclude("tcp+hdlc://meter:4059", "hdlc", [outcome], WHEN)


@pytest.mark.parametrize("proves", [False, True])
@pytest.mark.parametrize("form", [AddressForm(1, 1), AddressForm((1, 1234), 4, Origin.SERIAL)])
def test_every_command_is_understood_by_the_program_it_is_for(
    form: AddressForm, *, proves: bool
) -> None:
    report = found(form, proves=proves)

    for line in report.commands:
        program, verb, *words = shlex.split(line)
        package = {"dlmslite": "dlmslite", "dlmslite-bridge": "dlmslite_daemon"}[program]
        module = importlib.import_module(f"{package}.cli.commands.{verb}")
        command = module.command if program == "dlmslite" else module.meter
        if isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        context = command.make_context(verb, words)
        assert context.params["url"] == "tcp+hdlc://meter:4059"
        assert context.params["client"] == 1
        assert str(context.params["server"]) == form.option
        assert bool(context.params["password_prompt"]) is proves


def test_the_name_for_the_bridge_is_one_that_it_takes() -> None:
    for name in (NAME, "12345678", "", "ÄÖ", "x" * 99):
        report = evolve(
            found(), survey=evolve(found().survey, identity={"logical_device_name": name})
        )
        check_name(shlex.split(commands(report)[-1])[3])


def test_the_bridge_has_no_command_for_a_pair() -> None:
    report = found(AddressForm((1, 17)))

    assert not any(line.startswith("dlmslite-bridge") for line in report.commands)


def test_who_proved_himself_reads() -> None:
    report = found()
    both = evolve(
        report, clients=(*report.clients, evolve(report.clients[0], address=99, proved=False))
    )

    entry = entry_of(both)
    assert entry is not None
    assert entry.address == 1


def test_where_nobody_got_in_nothing_is_proposed() -> None:
    attempt = Attempt(form=AddressForm(1), client=16)
    report = conclude("x", "hdlc", [Outcome(attempt=attempt, end=End.SILENT)], WHEN)

    assert entry_of(report) is None
    assert commands(report) == ()
    assert profile_text(report) == ""


def test_the_profile_says_what_was_found() -> None:
    table = tomllib.loads(found().profile)

    assert (table["name"], table["kind"], table["framing"]) == ("probed-xyz", "meter", "hdlc")
    assert table["servers"] == [{"logical": 1, "octets": 1, "note": "probe: answers"}]
    assert [(c["address"], c["auth"]) for c in table["clients"]] == [(1, "lls")]
    assert table["limits"] == {"max_info": 128, "window": 1, "max_pdu": 500}
    assert table["sources"] == ["probe: one meter, on 2026-03-01"]
    assert "quirks" not in table
    assert [(s["key"], s["obis"], s.get("class"), s.get("unit")) for s in table["series"]] == [
        ("voltage_l1", "1.0.32.7.0.255", None, "V"),
        ("active_power_import_maximum", "1.0.1.6.0.255", 4, None),
    ]


@pytest.mark.parametrize(
    ("form", "physical"),
    [
        (AddressForm((1, 77), 4, Origin.SERIAL), "serial-last-4"),
        (AddressForm((1, 1234), 4, Origin.NAMED), "serial-last-4"),  # those of its serial number
        (AddressForm((1, 17)), 17),
    ],
)
def test_a_physical_address_from_the_serial_number_is_told_as_such(
    form: AddressForm, physical: object
) -> None:
    (server,) = tomllib.loads(found(form).profile)["servers"]

    assert server["physical"] == physical


def test_a_profile_holds_neither_serial_number_nor_network_address() -> None:
    text = found().profile

    assert "1234" not in text
    assert "4059" not in text


def test_only_departures_are_quirks() -> None:
    report = evolve(found(), quirks=Quirks(no_with_list=True, request_pause=0.03))

    assert tomllib.loads(profile_text(report))["quirks"] == {
        "no_with_list": True,
        "request_pause": 0.03,
    }
