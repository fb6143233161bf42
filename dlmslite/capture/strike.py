"""Strikes secrets and serial numbers out of one APDU; its length and its structure stay.

Struck out are: in the association, passwords, challenges and proofs, certificates, a dedicated key,
and system titles beyond the three letters of the maker; the data of every request to objects that
hold keys and secrets, and of their answers; what the meter answers when it is asked who it is, and
the same octets wherever they come again; the texts of pushes. Ciphered APDUs stay as they are, for
their keys are not in them. An APDU that is not understood is struck out behind its tag.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from attrs import Factory, field

from dlmslite.apdu import base
from dlmslite.apdu.get import GetRequestNormal, GetRequestWithList
from dlmslite.encoding.axdr import decode_length
from dlmslite.errors import DecodeError
from dlmslite.records import define
from dlmslite.values.kinds import FIXED_FORMATS, TIME_OCTETS, DataType
from dlmslite.values.obis import Obis

STAR = 0x2A  # an asterisk stands where a character was
KNOWN_MIN = 4  # octets: a shorter serial number or password is found in everything
MAKER = 3  # octets of a system title that name the maker, not the meter

AARQ, AARE, RLRQ, RLRE = range(0x60, 0x64)
GET_REQUEST, SET_REQUEST, EVENT, ACTION_REQUEST, GET_RESPONSE, SET_RESPONSE = range(0xC0, 0xC6)
ACTION_RESPONSE = 0xC7
DATA_NOTIFICATION, CONFIRMED_ERROR, EXCEPTION = 0x0F, 0x0E, 0xD8
NORMAL, WITH_DATABLOCK, WITH_LIST = 1, 2, 3
# Ciphered with global or dedicated keys, and general protection (Green Book 9.5).
_CIPHERED = {0x21, 0x28, *range(0xC8, 0xD8), 0xDB, 0xDC, 0xDD, 0xDF, 0xE0}
_HARMLESS = {RLRQ, RLRE, GET_REQUEST, SET_RESPONSE, CONFIRMED_ERROR, EXCEPTION, *_CIPHERED}

# Fields of an association that tell who somebody is, or prove it (Green Book 9.5).
_TITLES = {AARQ: {0xA2, 0xA6}, AARE: {0xA4}}
_PROOFS = {AARQ: {0xA3, 0xA7, 0xAC}, AARE: {0xA5, 0xAA}}
_USER_INFORMATION = 0xBE

# Keys, passwords and PINs (Blue Book 4): association SN, local port, PPP, GPRS, SMTP, security.
_SECRET_CLASSES = {12, 19, 44, 45, 46, 64}
_ASSOCIATION_LN, _ITS_SECRET = 15, 7
_SAP_ASSIGNMENT = 17
_DATA_AT = 13  # of SET and ACTION: behind tag, choice, invoke-id, reference and a flag
_TEXTS = {DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING}
_SIZES: dict[int, int] = {
    DataType.NULL_DATA: 0,
    DataType.DONT_CARE: 0,
    DataType.BOOLEAN: 1,
    **{tag: struct.calcsize(f">{code}") for tag, code in FIXED_FORMATS.items()},
    **TIME_OCTETS,
}

Reference = tuple[int, Obis, int]  # class, object, attribute
Value = tuple[int, int, int]  # type, and where its contents begin and end


@define
class Known:
    """What one capture has told so far.

    Attributes:
        words: Passwords and serial numbers, to be found wherever they come again.
        asked: What the last request of each connection asked for; None where it was not
            understood.
    """

    words: set[bytes] = field(factory=set, repr=False)
    asked: dict[int, list[Reference] | None] = Factory(dict)


def learn(apdu: bytes, connection: int, known: Known) -> None:
    """Note what is asked for, and who the meter says it is."""
    tag = apdu[0] if apdu else 0
    if tag in {GET_REQUEST, SET_REQUEST, ACTION_REQUEST}:
        if apdu[1:2] != b"\x02" or tag != GET_REQUEST:  # the next block is of the same answer
            known.asked[connection] = _references(apdu)
        return
    try:
        if tag in {AARQ, AARE}:
            found = [apdu[start:end] for _, start, end in _proofs(apdu)]
        elif tag == GET_RESPONSE:
            values = _told(apdu, known.asked.get(connection, []))
            found = [apdu[start:end] for kind, start, end in values if kind in _TEXTS]
        else:
            return
    except DecodeError:
        return  # nothing is learned from it; it is struck out as a whole
    known.words |= {word for word in found if len(word) >= KNOWN_MIN and word.strip(b"\x00 ")}


def strike(apdu: bytes, connection: int, known: Known) -> bytes:
    """The APDU without what it must not tell, as long as it was.

    Args:
        apdu: The APDU.
        connection: On which it was said.
        known: What ``learn`` has noted of the whole capture; what was asked is noted here anew.
    """
    octets = bytearray(apdu)
    learn(apdu, connection, known)
    tag = apdu[0] if apdu else 0
    try:
        if tag in {AARQ, AARE}:
            for field_tag, start, end in _proofs(apdu):
                _star(octets, start + (MAKER if field_tag in _TITLES[tag] else 0), end)
        elif tag in {SET_REQUEST, ACTION_REQUEST}:
            _strike_request(octets)
        elif tag == GET_RESPONSE:
            _star_values(octets, _told(apdu, known.asked.get(connection, [])))
        elif tag == ACTION_RESPONSE:
            _strike_action_response(octets, known.asked.get(connection))
        elif tag in {DATA_NOTIFICATION, EVENT}:
            _strike_push(octets)
        elif tag not in _HARMLESS:
            _star(octets, 1, len(octets))
    except DecodeError:
        _star(octets, 1, len(octets))
    for word in known.words:
        place = octets.find(word)
        while place >= 0:
            _star(octets, place, place + len(word))
            place = octets.find(word, place + len(word))
    return bytes(octets)


def names_the_meter(obis: Obis) -> bool:
    """Whether an object tells which meter this is.

    Device ids 0.b.96.1.e and 1.b.0.0.e, logical device names 0.0.42.0.0, SAP assignments
    0.0.41.0.0 (Blue Book 6.2 and 6.3).
    """
    a, _, c, d, _, _ = obis.octets
    return (c, d) == (96, 1) or (a, c, d) == (1, 0, 0) or (a in {0, 1} and c in {41, 42})


# ---------------------------------------------------------------- associations


def _proofs(apdu: bytes) -> Iterator[Value]:
    """The fields of AARQ or AARE that are struck out: tag, and where their contents are."""
    tag = apdu[0]
    length, offset = decode_length(apdu, 1)
    if offset + length != len(apdu):
        raise DecodeError("bad-length", "an APDU of another length", offset=1)
    while offset < len(apdu):
        kind = apdu[offset]
        size, start = decode_length(apdu, offset + 1)
        offset = start + size
        if offset > len(apdu):
            raise DecodeError("truncated", "a field that goes on", offset=start)
        if kind in _TITLES[tag] | _PROOFS[tag]:
            yield kind, min(decode_length(apdu, start + 1)[1], offset), offset
        elif kind == _USER_INFORMATION and apdu[start + 2 : start + 4] == b"\x01\x01":
            # An initiate-request that says that a dedicated key follows.
            size, key = decode_length(apdu, start + 4)
            yield kind, min(key, offset), min(key + size, offset)


# ---------------------------------------------------------------- services


def _references(apdu: bytes) -> list[Reference] | None:
    """What a request names; None when it is not understood."""
    if apdu[0] == GET_REQUEST:
        try:
            request = base.decode(apdu, lenient=True)
        except DecodeError:
            return None
        match request:
            case GetRequestNormal(attribute=one):
                attributes: Iterable[object] = (one,)
                return [(one.class_id, one.obis, one.attribute)]
            case GetRequestWithList(attributes=attributes):
                return [(item.class_id, item.obis, item.attribute) for item in attributes]
        return None
    if apdu[1:2] == b"\x01" and len(apdu) > _DATA_AT - 2:
        return [(int.from_bytes(apdu[3:5]), Obis(apdu[5:11]), apdu[11])]
    return None


def _keeps_secrets(reference: Reference) -> bool:
    class_id, _, attribute = reference
    return class_id in _SECRET_CLASSES or (class_id, attribute) == (_ASSOCIATION_LN, _ITS_SECRET)


def _tells(reference: Reference) -> bool:
    class_id, obis, _ = reference
    return _keeps_secrets(reference) or class_id == _SAP_ASSIGNMENT or names_the_meter(obis)


def _strike_request(octets: bytearray) -> None:
    """SET and ACTION: data for objects with secrets, and all that is in a list or in blocks."""
    asked = _references(bytes(octets))
    if asked is None:
        _star(octets, 3, len(octets))
    elif asked[0][0] == _ASSOCIATION_LN or _tells(asked[0]):
        _star(octets, _DATA_AT, len(octets))


def _told(apdu: bytes, asked: list[Reference] | None) -> list[Value]:
    """The values of an answer that are struck out.

    Raises:
        DecodeError: It is no sound answer.
    """
    choice = apdu[1] if len(apdu) > 3 else 0
    if choice == WITH_DATABLOCK:
        # Data that is cut anywhere: where it tells something, nothing of it stays.
        if asked is not None and not any(_tells(reference) for reference in asked):
            return []
        return [(DataType.BIT_STRING, min(9, len(apdu)), len(apdu))]
    if choice not in {NORMAL, WITH_LIST}:
        raise DecodeError("bad-choice", f"an answer of kind {choice}", offset=1)
    count, offset = (1, 3) if choice == NORMAL else decode_length(apdu, 3)
    found: list[Value] = []
    for number in range(count):
        if apdu[offset : offset + 1] != b"\x00":
            offset += 2  # an error code
            continue
        values, offset = _values(apdu, offset + 1)
        if asked is None or number >= len(asked) or _tells(asked[number]):
            found += values
    return found


def _strike_action_response(octets: bytearray, asked: list[Reference] | None) -> None:
    if asked is None or asked[0][0] == _ASSOCIATION_LN or _tells(asked[0]):
        _star(octets, 6, len(octets))


def _strike_push(octets: bytearray) -> None:
    """Who pushes says who he is, in a place that only its maker knows: all texts are struck out."""
    apdu = bytes(octets)
    if apdu[0] == EVENT:
        _star(octets, 2 + (apdu[2] if apdu[1:2] == b"\x01" and len(apdu) > 2 else 0), len(octets))
        return
    length, offset = decode_length(apdu, 5)  # behind the long invoke-id: the time, if any
    values, _ = _values(apdu, offset + length)
    _star_values(octets, [value for value in values if value[0] in _TEXTS])


def _values(apdu: bytes, offset: int) -> tuple[list[Value], int]:
    """The simple values inside one Data, and the offset behind it."""
    found: list[Value] = []
    pending = 1
    while pending:
        if offset >= len(apdu):
            raise DecodeError("truncated", "data that goes on", offset=offset)
        tag = apdu[offset]
        offset += 1
        pending -= 1
        if tag in {DataType.ARRAY, DataType.STRUCTURE}:
            count, offset = decode_length(apdu, offset)
            pending += count
            continue
        if tag in _TEXTS or tag == DataType.BIT_STRING:
            size, offset = decode_length(apdu, offset)
            size = (size + 7) // 8 if tag == DataType.BIT_STRING else size
        elif tag in _SIZES:
            size = _SIZES[tag]
        else:
            raise DecodeError("unknown-type", offset=offset - 1)
        found.append((tag, offset, min(offset + size, len(apdu))))
        offset += size
    return found, offset


def _star_values(octets: bytearray, values: Iterable[Value]) -> None:
    for kind, start, end in values:
        if kind in _TEXTS or kind == DataType.BIT_STRING:
            _star(octets, start, end)
        else:
            octets[start:end] = bytes(end - start)  # a number, where an asterisk would be one


def _star(octets: bytearray, start: int, end: int) -> None:
    start = min(start, end)
    octets[start:end] = bytes([STAR]) * (end - start)
