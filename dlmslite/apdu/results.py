"""The wire forms of the codes that services share.

What the standard does not define is refused, or kept where the caller decodes leniently. A result
is a choice: 00 and a Data, or 01 and a data-access-result.
Green Book 9.5 (Data-Access-Result, Get-Data-Result).
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import construct

from dlmslite.apdu.base import is_lenient
from dlmslite.codes import DataAccessResult, OpenEnum
from dlmslite.encoding import axdr
from dlmslite.errors import DecodeError
from dlmslite.values.data import Data

DATA = 0  # the choices of Get-Data-Result, and of the result in a block
DATA_ACCESS_RESULT = 1


class Coded(construct.Subconstruct):
    """A number as a member of an open enumeration, for declarations.

    Args:
        kind: The enumeration.
        number: What holds the number on the wire; one octet by default.
        code: The code of the error for an undefined number.
    """

    def __init__(
        self, kind: type[OpenEnum], number: Any = construct.Byte, *, code: str = "bad-enum"
    ) -> None:
        super().__init__(number)
        self._kind = kind
        self._code = code

    def _parse(self, stream: BytesIO, context: Any, path: str) -> OpenEnum:
        at = stream.tell()
        number = self.subcon._parsereport(stream, context, path)  # noqa: SLF001 - construct's protocol between constructs
        if number < 0 or not (is_lenient(context) or self._kind(number).is_defined):
            raise DecodeError(
                self._code, f"{self._kind.__name__} {number} is not defined", offset=at
            )
        return self._kind(number)


class DataOctets(construct.Construct):
    """One Data, for declarations; ``Data`` itself is its reader."""

    def _parse(self, stream: BytesIO, _context: Any, _path: str) -> Data:
        data, end = Data.decode_from(stream.getvalue(), stream.tell())
        stream.seek(end)
        return data

    def _build(self, obj: Data, stream: BytesIO, _context: Any, _path: str) -> Data:
        stream.write(obj.octets)
        return obj


def value_or_code(value: Any) -> Any:
    """A choice between a value (00) and a data-access-result (01), for declarations."""
    return construct.ExprAdapter(
        axdr.choice({DATA: value, DATA_ACCESS_RESULT: Coded(DataAccessResult)}),
        lambda pair, _: pair[1],
        lambda result, _: (int(isinstance(result, DataAccessResult)), result),
    )


RESULT = value_or_code(DataOctets())
"""Get-Data-Result: a value, or the reason why there is none."""
