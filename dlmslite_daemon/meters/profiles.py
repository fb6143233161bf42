"""Device profiles as the settings of a meter: what is known of a kind of meter or converter.

A profile fills in what the operator did not say: addresses, pauses, limits, series. It never holds
a password, and what is said beside it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import asdict, frozen

import dlmslite
from dlmslite_daemon.errors import ConfigError

RELEASE_AFTER = 25.0  # s; what stands without a profile (bridge.md 13)
RELEASE_MARGIN = 5 / 6  # of a device's idle limit: 25 s of 30
SPACING = 2.0  # s between a close and the next connect; what stands without a profile


@frozen
class Advised:
    """What profiles say of one meter.

    Attributes:
        row: Fields of ``MeterSettings`` with their values.
        forms: Ways to address the meter, each as fields, in the order in which to try; the first is
            in ``row``.
        series: What is worth reading, as rows of a series.
    """

    row: Mapping[str, Any]
    forms: tuple[Mapping[str, Any], ...]
    series: tuple[Mapping[str, Any], ...]


def advised(names: Sequence[str], auth: str, serial: str = "") -> Advised:
    """What profiles say.

    Args:
        names: The profiles: a meter's, a converter's, or both.
        auth: ``none`` or ``lls``: which client is meant.
        serial: The meter's serial number, where it is known: some meters are addressed by it.

    Raises:
        ConfigError: There is no such profile, or it makes no sense.
    """
    try:
        advice = dlmslite.device_advice(*names)
    except dlmslite.ConfigurationError as error:
        raise ConfigError(str(error.args[0]), key="profile", hint=error.hint) from error
    row: dict[str, Any] = {"profile": " ".join(names)}
    client = advice.client_for(auth)
    if client is not None:
        row["client"] = client
    quirks = {key: value for key, value in asdict(advice.quirks).items() if value}
    pause = quirks.pop("request_pause", 0.0)
    if pause:
        row["pause"] = pause
    limits = advice.limits
    for name in ("max_info", "window"):
        if getattr(limits, name):
            row[name] = getattr(limits, name)
    if limits.idle and limits.idle * RELEASE_MARGIN < RELEASE_AFTER:
        row["release_after"] = limits.idle * RELEASE_MARGIN
    if limits.pause_between_connections > SPACING:
        row["policies"] = {"recovery": {"spacing": limits.pause_between_connections}}
    if advice.battery:
        row["battery"] = True
    forms = tuple(_forms(advice.servers, quirks, serial))
    row |= forms[0] if forms else ({"quirks": quirks} if quirks else {})
    series = tuple(
        {
            "key": one.key,
            "obis": str(one.obis),
            "class_id": one.class_id,
            "attribute": one.attribute,
            "unit": one.unit,
        }
        for one in advice.series
    )
    return Advised(row, forms, series)


def _forms(servers: Sequence[Any], quirks: Mapping[str, Any], serial: str) -> list[dict[str, Any]]:
    forms = []
    for server in servers:
        address = server.of(serial)
        if address is None:
            continue  # it needs a serial number that nobody gave
        logical, physical = address if isinstance(address, tuple) else (address, None)
        octets = server.octets or quirks.get("address_octets", 0)
        all_quirks = {**quirks, **({"address_octets": octets} if octets else {})}
        forms.append({"server": logical, "physical": physical, "quirks": all_quirks})
    return forms
