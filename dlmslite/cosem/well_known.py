"""OBIS codes that have a name.

In: an OBIS code. Out: its usual name, such as ``active_energy_import_t1`` or ``voltage_l1``; made
from value groups where the standard makes the code from them (IEC 62056-6-1, tables of groups C, D
and E for electricity), and from tables for single objects (IEC 62056-6-2, clause 6). Group B, the
channel, does not change a name, and neither does F = 255, the present value.
"""

from __future__ import annotations

from dlmslite.values.obis import Obis

ABSTRACT = 0  # group A: objects that belong to no medium
ELECTRICITY = 1
CURRENT_VALUE = 255  # group F
HISTORY_MAX = 126  # group F up to here counts billing periods back


def name_of(obis: Obis) -> str:
    """The name of a code; empty for those without one."""
    medium, _, c, d, e, f = obis.octets
    name = ""
    if medium == ABSTRACT:
        name = _single(_ABSTRACT, _ABSTRACT_SERIES, (c, d, e))
    elif medium == ELECTRICITY:
        name = _single(_ELECTRICITY, _ELECTRICITY_SERIES, (c, d, e)) or _electricity(c, d, e)
    if name and f <= HISTORY_MAX:
        return f"{name}_history_{f}"
    return name if f == CURRENT_VALUE else ""


# ---------------------------------------------------------------- electricity

# Group C of the sum of all phases: a power, or its integral over time, an energy.
_POWERS = {
    1: ("active", "import"),
    2: ("active", "export"),
    3: ("reactive", "import"),
    4: ("reactive", "export"),
    5: ("reactive", "q1"),
    6: ("reactive", "q2"),
    7: ("reactive", "q3"),
    8: ("reactive", "q4"),
    9: ("apparent", "import"),
    10: ("apparent", "export"),
    15: ("active", "absolute"),
    16: ("active", "net"),
}
_LEVELS = {11: "current", 12: "voltage", 13: "power_factor", 14: "frequency"}  # group C as well
# The same for one phase stand 20, 40 and 60 further on.
_PHASES = {0: "", 1: "_l1", 2: "_l2", 3: "_l3"}
_NEUTRAL = {91: "current_neutral", 92: "voltage_neutral"}

# Group D: how the value was made. The measuring periods 1, 2 and 3 have the same four each.
_INSTANT = 7
_PROCESSINGS = {0: "billing_average", 27: "average_5", 28: "average_6"} | {
    first + offset: f"{word}{period}"
    for first, period in ((1, ""), (11, "_2"), (21, "_3"))
    for offset, word in enumerate(
        (
            "cumulative_minimum",
            "cumulative_maximum",
            "minimum",
            "average",
            "last_average",
            "maximum",
        )
    )
}
_INTEGRALS = {8: "", 9: "_billing", 29: "_interval"}  # since the start, the period, the interval
_LIMITS = {32: "under_limit_count", 36: "over_limit_count"}  # of levels: sags and swells

# Group E of angles: tens is what they are measured from, ones what they are measured to.
_ANGLE = 81
_ANGLE_ENDS = {
    0: "voltage_l1", 1: "voltage_l2", 2: "voltage_l3",
    4: "current_l1", 5: "current_l2", 6: "current_l3", 7: "current_neutral",
}  # fmt: skip


def _electricity(c: int, d: int, e: int) -> str:
    if c == _ANGLE and d == _INSTANT and {e // 10, e % 10} <= _ANGLE_ENDS.keys():
        return f"angle_{_ANGLE_ENDS[e % 10]}_from_{_ANGLE_ENDS[e // 10]}"
    if c in _NEUTRAL:
        return _level(_NEUTRAL[c], d, e)
    phase, quantity = divmod(c - 1, 20)
    if phase not in _PHASES:
        return ""
    if quantity + 1 in _LEVELS:
        return _level(_LEVELS[quantity + 1] + _PHASES[phase], d, e)
    if quantity + 1 in _POWERS:
        return _power(*_POWERS[quantity + 1], _PHASES[phase], d, e)
    return ""


def _level(name: str, d: int, e: int) -> str:
    if d == _INSTANT:
        return f"{name}_harmonic_{e}" if e else name
    how = _PROCESSINGS.get(d) or _LIMITS.get(d)
    return f"{name}_{how}{_tariff(e)}" if how else ""


def _power(kind: str, direction: str, phase: str, d: int, e: int) -> str:
    if d in _INTEGRALS:
        return f"{kind}_energy_{direction}{phase}{_INTEGRALS[d]}{_tariff(e)}"
    power = f"{kind}_power_{direction}{phase}"
    if d == _INSTANT:
        return "" if e else power
    return f"{power}_{_PROCESSINGS[d]}{_tariff(e)}" if d in _PROCESSINGS else ""


def _tariff(e: int) -> str:
    return f"_t{e}" if e else ""


# ---------------------------------------------------------------- single objects, by C, D, E

_ELECTRICITY = {
    (0, 1, 0): "billing_period_count",
    (0, 1, 1): "billing_periods_available",
    (0, 1, 2): "last_billing_time",
    (0, 2, 0): "firmware_version",
    (0, 2, 1): "parameter_version",
    (0, 2, 8): "firmware_signature",
    (0, 3, 0): "active_led_constant",
    (0, 3, 1): "reactive_led_constant",
    (0, 3, 3): "active_pulse_constant",
    (0, 3, 4): "reactive_pulse_constant",
    (0, 4, 2): "current_transformer_numerator",
    (0, 4, 3): "voltage_transformer_numerator",
    (0, 4, 5): "current_transformer_denominator",
    (0, 4, 6): "voltage_transformer_denominator",
    (0, 6, 0): "nominal_voltage",
    (0, 6, 1): "nominal_current",
    (0, 6, 2): "nominal_frequency",
    (0, 6, 3): "maximum_current",
    (0, 8, 0): "measuring_period",
    (0, 8, 4): "load_profile_period",
    (0, 9, 1): "local_time",
    (0, 9, 2): "local_date",
}

_ABSTRACT = {
    (1, 0, 0): "clock",
    (10, 0, 0): "global_reset_script",
    (10, 0, 1): "end_of_billing_script",
    (10, 0, 100): "tariff_script",
    (10, 0, 106): "disconnect_script",
    (10, 0, 107): "image_activation_script",
    (10, 0, 108): "push_script",
    (11, 0, 0): "special_days",
    (13, 0, 0): "activity_calendar",
    (15, 0, 0): "end_of_billing_schedule",
    (15, 0, 1): "disconnect_schedule",
    (15, 0, 2): "image_activation_schedule",
    (15, 0, 4): "push_schedule",
    (20, 0, 0): "optical_port_setup",
    (20, 0, 1): "electrical_port_setup",
    (22, 0, 0): "hdlc_setup",
    (24, 1, 0): "mbus_client",
    (25, 0, 0): "tcp_udp_setup",
    (25, 1, 0): "ipv4_setup",
    (25, 4, 0): "gprs_modem_setup",
    (25, 6, 0): "gsm_diagnostic",
    (25, 7, 0): "ipv6_setup",
    (41, 0, 0): "sap_assignment",
    (42, 0, 0): "logical_device_name",
    (96, 2, 0): "configuration_count",
    (96, 2, 1): "last_configuration_time",
    (96, 3, 1): "input_state",
    (96, 3, 2): "output_state",
    (96, 3, 10): "disconnect_control",
    (96, 6, 0): "battery_use_time",
    (96, 6, 3): "battery_voltage",
    (96, 6, 6): "battery_remaining_time",
    (96, 7, 0): "power_failures",
    (96, 7, 1): "power_failures_l1",
    (96, 7, 2): "power_failures_l2",
    (96, 7, 3): "power_failures_l3",
    (96, 7, 21): "power_failures_any_phase",
    (96, 9, 0): "ambient_temperature",
    (96, 13, 0): "consumer_message",
    (96, 13, 1): "consumer_message_code",
    (96, 14, 0): "active_tariff",
    (96, 20, 0): "meter_cover_count",
    (96, 20, 1): "meter_cover_time",
    (96, 20, 5): "terminal_cover_count",
    (96, 20, 6): "terminal_cover_time",
}

# Objects of which there may be several: group E counts them, by C and D. Codes that the standard
# leaves to manufacturers (96.50 to 96.99, C from 128 on) mean something else on each meter.
_ELECTRICITY_SERIES = {
    (0, 0): "electricity_id",
    (97, 97): "error_register",
    (98, 1): "billing_profile",
    (98, 2): "second_billing_profile",
    (99, 1): "load_profile",
    (99, 2): "second_load_profile",
    (99, 98): "event_log",
}
_ABSTRACT_SERIES = {
    (14, 0): "register_activation",
    (16, 0): "register_monitor",
    (17, 0): "limiter",
    (25, 9): "push_setup",
    (40, 0): "association",
    (43, 0): "security_setup",
    (43, 1): "invocation_counter",
    (44, 0): "image_transfer",
    (96, 1): "device_id",
    (96, 5): "operating_status",
    (96, 8): "operating_time",
    (96, 10): "status_register",
    (96, 11): "event_code",
    (97, 97): "error_register",
    (97, 98): "alarm_register",
    (98, 1): "billing_profile",
    (98, 2): "second_billing_profile",
    (99, 98): "event_log",
}


def _single(
    objects: dict[tuple[int, int, int], str],
    series: dict[tuple[int, int], str],
    groups: tuple[int, int, int],
) -> str:
    c, d, e = groups
    if groups in objects:
        return objects[groups]
    name = series.get((c, d), "")
    return f"{name}_{e}" if name and e else name
