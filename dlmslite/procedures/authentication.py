"""What a client proves itself with: one frozen value for each mechanism.

Mechanisms: IEC 62056-5-3 (Green Book 9.2.2.2). Secrets never show in a repr.
"""

from __future__ import annotations

from attrs import field

from dlmslite.codes import Mechanism
from dlmslite.records import frozen


@frozen
class Lls:
    """Low-level security: a password that is sent in clear.

    Attributes:
        secret: The password: octets, text, ``env:NAME`` or ``file:PATH``. The client resolves it
            when it connects.
    """

    secret: str | bytes = field(repr=False)

    @property
    def mechanism(self) -> Mechanism:
        """The mechanism's number."""
        return Mechanism.LLS


Authentication = Lls
"""Every way of proving oneself that the client knows; ``None`` stands for no proof."""
