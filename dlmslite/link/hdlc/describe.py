"""Frames, and streams of them, as plain names and values for people and for JSON.

The names are those that ``vectors/README.md`` gives for the layers ``hdlc`` and ``stream``; octets
are hexadecimal text.
"""

from __future__ import annotations

from attrs import asdict

from dlmslite.errors import FramingError
from dlmslite.link.hdlc import frames, llc
from dlmslite.link.hdlc.address import Address, addresses_end
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.resync import Resync

Description = dict[str, object]


def describe_frame(octets: bytes) -> Description:
    """Explain one frame with its flags.

    Raises:
        FramingError: The octets are not exactly one sound frame.
    """
    frame = frames.decode(octets)
    control = frame.control
    information = b"" if isinstance(frame, frames.RR | frames.RNR) else frame.information
    hcs = addresses_end(octets, 3) + 1
    described: Description = {
        "frame": frame.kind.value,
        "segmented": bool(octets[1] & 8),
        "length": len(octets) - 2,
        "destination": _address(frame.destination),
        "source": _address(frame.source),
        "control": f"{control.encode():02x}",
        "pf": control.pf,
        "ns": control.ns,
        "nr": control.nr,
        "hcs": octets[hcs : hcs + 2].hex() if information else None,
        "fcs": octets[-3:-1].hex(),
        "info": information.hex(),
    }
    if isinstance(frame, frames.I | frames.UI):
        described |= _llc(information)
    elif isinstance(frame, frames.SNRM | frames.UA) and information:
        described["parameters"] = _parameters(frame.parameters)
    elif isinstance(frame, frames.FRMR) and frame.rejection is not None:
        rejection = asdict(frame.rejection)
        described["frmr"] = rejection | {"rejected_control": f"{information[0]:02x}"}
    return described


def describe_stream(octets: bytes) -> Description:
    """Explain any octets: the frames that come out, what was thrown away, the APDUs after joining.

    Raises:
        FramingError: No frame came out: ``no-frame``, or what was wrong with the first that seemed
            to begin.
    """
    found, noise = Resync().flush(octets)
    errors = [entry.reason for entry in noise if entry.reason != "noise"]
    decoded: list[tuple[bytes, frames.Frame]] = []
    for body in found:
        try:
            decoded.append((body, frames.decode_sound(body)))
        except FramingError as error:
            errors.append(error.code)
    if not decoded:
        raise FramingError(errors[0] if errors else "no-frame", octets=octets)
    return {
        "transport": "hdlc",
        "frames": [f"7e{body.hex()}7e" for body, _ in decoded],
        "frame_types": [frame.kind.value for _, frame in decoded],
        "errors": errors,
        "lsdus": [apdu.hex() for apdu in _join([frame for _, frame in decoded])],
    }


def _join(received: list[frames.Frame]) -> list[bytes]:
    """The APDUs of both directions, in the order in which they were complete."""
    apdus: list[bytes] = []
    begun: dict[tuple[bytes, bytes, type], bytes] = {}
    for frame in received:
        if not isinstance(frame, frames.I | frames.UI):
            continue
        way = (frame.destination.octets, frame.source.octets, type(frame))
        joined = begun.pop(way, b"") + frame.information
        if frame.segmented:
            begun[way] = joined
        elif joined:
            apdus.append(llc.split(joined)[1])
    return apdus


def _address(address: Address) -> Description:
    return {
        "raw": address.octets.hex(),
        "size": address.size,
        "upper": address.upper,
        "lower": address.lower,
    }


def _llc(information: bytes) -> Description:
    header, lsdu = llc.split(information)
    if not header:
        return {}
    names = zip(("dsap", "ssap", "control"), header, strict=True)
    return {"llc": {name: f"{octet:02x}" for name, octet in names}, "lsdu": lsdu.hex()}


def _parameters(parameters: Parameters) -> Description:
    values = {
        "max-info-field-transmit": parameters.max_info_transmit,
        "max-info-field-receive": parameters.max_info_receive,
        "window-size-transmit": parameters.window_transmit,
        "window-size-receive": parameters.window_receive,
    }
    described: Description = {name: value for name, value in values.items() if value is not None}
    for identifier, octets in parameters.unknown:
        described[f"unknown-{identifier}"] = int.from_bytes(octets)
    return described
