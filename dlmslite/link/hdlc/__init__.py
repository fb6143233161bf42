"""HDLC as IEC 62056-46 uses it: frames delimited by length, check sequences, windows, segments.

Enters: octets of a serial line or a TCP tunnel of one, and the time. Leaves: whole APDUs, events,
octets to send. Knows nothing of what an APDU means. ``link.py`` is the conductor; every other
module is read and tested alone.
"""
