"""Closes an association politely: RLRQ, and whatever the meter answers to it.

IEC 62056-5-3 (Green Book 9.3.3). Meters that know no release answer with an error or not at all;
the association then ends with the link.
"""

from __future__ import annotations

from dlmslite.apdu.rlrq import Rlrq
from dlmslite.codes import ReleaseRequestReason
from dlmslite.errors import ServiceError
from dlmslite.procedures.base import Ask, Procedure


def release() -> Procedure[bool]:
    """Ask for the end of the association; whether the meter agreed."""
    try:
        yield Ask(Rlrq(reason=ReleaseRequestReason.NORMAL))
    except ServiceError:
        return False
    return True
