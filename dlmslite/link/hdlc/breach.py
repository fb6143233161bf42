"""What a secondary must reject: frames that no repetition can heal (IEC 62056-46, 6.4.3.8).

A frame with sound check sequences that is wrong all the same was meant so, and its sender must be
told: by an FRMR, which takes the link out of order until it is set up again. Only a secondary
rejects; a primary sets the link up again.
"""

from __future__ import annotations

from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import Rejection, addresses_and_control
from dlmslite.link.hdlc.window import Window

_REASONS = {
    "bad-control": {"w": True},
    "unexpected-information": {"w": True, "x": True},  # X never stands alone
    "too-long": {"y": True},
    "never-sent": {"z": True},
}


def reject(body: bytes, why: str, window: Window) -> tuple[Address, Address, Rejection] | None:
    """Whom to tell what about a frame; None where nobody has to be told.

    Args:
        body: The frame without its flags.
        why: The code of the ``FramingError``, or ``too-long`` for an information field longer
            than was agreed, or ``never-sent`` for the acknowledgement of a frame never sent.
        window: The counters of the side that rejects.

    Returns:
        The address that was meant, that of the sender, and what the FRMR says.
    """
    bits = _REASONS.get(why)
    destination, source, control = addresses_and_control(body)
    if bits is None or not control & 0x10:  # a secondary answers only when it is polled (I04)
        return None
    flags = {"w": False, "x": False, "y": False, "z": False} | bits
    said = Rejection(rejected_control=control, vs=window.vs, vr=window.vr, cr=False, **flags)
    return destination, source, said
