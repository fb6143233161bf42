"""Names for what a meter has: a key of a series by its OBIS code.

The groups of an electricity register say what it is: C the quantity and the phase, D how it was
made (7 now, 8 energy so far), E the tariff. The names are those of the device profiles and of the
old bridge. What has no well-known name is named by its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# C of all phases together; the same of phase L1 is 20 more, of L2 40, of L3 60.
_POWERS = {
    1: "active_power", 2: "active_power_export", 3: "reactive_power", 4: "reactive_power_export",
    9: "apparent_power", 10: "apparent_power_export", 11: "current", 12: "voltage",
    13: "power_factor", 14: "frequency", 15: "active_power_absolute", 16: "active_power_net",
}  # fmt: skip
_ENERGIES = {
    1: "active_energy_import", 2: "active_energy_export", 3: "reactive_energy_import",
    4: "reactive_energy_export", 5: "reactive_energy_q1", 6: "reactive_energy_q2",
    7: "reactive_energy_q3", 8: "reactive_energy_q4", 9: "apparent_energy_import",
    10: "apparent_energy_export", 15: "active_energy_absolute", 16: "active_energy_net",
}  # fmt: skip
_BY_D: dict[int, dict[int, str]] = {7: _POWERS, 8: _ENERGIES}
_OF_ITS_OWN = {
    (1, 1, 8, 0): "active_energy",  # the sum channel of the meters of the old bridge
    (0, 91, 7, 0): "current_neutral",
    (1, 91, 7, 0): "current_neutral",
}  # by B, C, D and E
_PHASES = 3
_ELECTRICITY, _NOW = 1, 255  # groups A and F


def keys(codes: Iterable[str]) -> Iterator[str]:
    """A key for each of a meter's OBIS codes, no two alike.

    Args:
        codes: ``A.B.C.D.E.F`` each.
    """
    taken: set[str] = set()
    for code in codes:
        key = well_known(code)
        if key is None or key in taken:
            key = f"obis_{code.replace('.', '_')}"
        taken.add(key)
        yield key


def well_known(code: str) -> str | None:
    """The well-known name of an OBIS code; None where it has none.

    Args:
        code: ``A.B.C.D.E.F``.
    """
    a, b, c, d, e, f = map(int, code.split("."))
    if a != _ELECTRICITY or b > 1 or f != _NOW:
        return None
    if own := _OF_ITS_OWN.get((b, c, d, e)):
        return own
    phase, quantity = divmod(c, 20)
    name = _BY_D.get(d, {}).get(quantity)
    if name is None or phase > _PHASES or (d == 7 and e):  # E counts harmonics there
        return None
    return f"{name}{f'_l{phase}' if phase else ''}{f'_t{e}' if e else ''}"
