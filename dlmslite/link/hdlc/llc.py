"""The three LLC octets before every APDU (IEC 62056-46, 5.3.2).

They stand once, in the first segment of an APDU; never on UA, SNRM or RR.
"""

from __future__ import annotations

from dlmslite.role import Role

COMMAND = b"\xe6\xe6\x00"  # from the client: destination LSAP E6, source LSAP E6, quality 0
RESPONSE = b"\xe6\xe7\x00"  # from the server: the lowest bit of the source LSAP says "response"
SIZE = 3  # octets

_HEADERS = {Role.CLIENT: COMMAND, Role.SERVER: RESPONSE}


def split(information: bytes) -> tuple[bytes, bytes]:
    """The LLC header and what stands behind it; an empty header where there is none."""
    if information.startswith((COMMAND, RESPONSE)):
        return information[:SIZE], information[SIZE:]
    return b"", information


def join(sender: Role, apdu: bytes) -> bytes:
    """An APDU with the header that its sender writes."""
    return _HEADERS[sender] + apdu
