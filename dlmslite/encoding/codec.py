"""Runs a construct and turns every way it can fail into DecodeError or EncodeError.

The only place that runs construct. A declaration says what octets look like; a codec is that
declaration with our errors, our offsets, and the rule that nothing may stand behind a value.
"""

from __future__ import annotations

import io
from typing import Any

import construct

from dlmslite.errors import DecodeError, DlmsError, EncodeError

# What a declaration may raise to name the fault exactly; anything else gets a code by its kind.
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (construct.StreamError, "truncated"),
    (construct.TerminatedError, "trailing-bytes"),
    (construct.ConstError, "bad-constant"),
    (construct.SwitchError, "bad-choice"),
    (construct.MappingError, "bad-enum"),
    (construct.ExplicitError, "refused"),
    (construct.CheckError, "refused"),
    (construct.ValidationError, "refused"),
)


def parse(wire: Any, octets: bytes, *, what: str = "value", **context: Any) -> Any:
    """Decode all of ``octets`` by a declaration.

    Args:
        wire: The construct declaration.
        octets: The whole input; nothing may be left over.
        what: What it is, for the error message.
        context: Further names that the declaration reads from its context.

    Raises:
        DecodeError: The octets do not fit; ``offset`` is where.
    """
    value, offset = parse_from(wire, octets, 0, what=what, **context)
    if offset != len(octets):
        raise DecodeError(
            "trailing-bytes",
            f"{what}: {len(octets) - offset} octets behind its end",
            offset=offset,
        )
    return value


def parse_from(
    wire: Any, octets: bytes, offset: int, *, what: str = "value", **context: Any
) -> tuple[Any, int]:
    """Decode one value from ``offset`` on; return it and the offset behind it.

    Raises:
        DecodeError: The octets do not fit; ``offset`` is where.
    """
    stream = io.BytesIO(octets)
    stream.seek(offset)
    try:
        value = wire.parse_stream(stream, **context)
    except DlmsError:
        raise
    except Exception as error:
        raise _decode_error(error, what, stream.tell()) from error
    return value, stream.tell()


def build(wire: Any, value: Any, *, what: str = "value", **context: Any) -> bytes:
    """Encode a value by a declaration.

    Raises:
        EncodeError: The declaration has no octets for it.
    """
    try:
        return bytes(wire.build(value, **context))
    except DlmsError:
        raise
    except Exception as error:
        raise EncodeError(f"{what} cannot be encoded: {_reason(error)}") from error


def _decode_error(error: Exception, what: str, offset: int) -> DecodeError:
    for kind, code in _CODES:
        if isinstance(error, kind):
            return DecodeError(code, f"{what}: {code.replace('-', ' ')}", offset=offset)
    return DecodeError("malformed", f"{what}: {_reason(error)}", offset=offset)


def _reason(error: Exception) -> str:
    # construct puts its path on a first line of its own; the reason is the last line.
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
