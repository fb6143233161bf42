"""The credential guard: never more than two refused proofs, by whatever path they are sent.

One guard stands for each (endpoint, server, client, credential), since a meter locks itself by
that. Its state is stored as text and survives restarts. Every path that sends a proof asks it
first and teaches it ``ProofSent`` before the octets leave. Two refusals in a row close it until the
credential changes, which makes another key and so another guard, or an operator forces one try.

A proof whose answer is still out is counted as if it might be refused, so that two paths together
send no third.
"""

from __future__ import annotations

import hashlib
import json
from typing import Self

from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    YES,
    Action,
    Event,
    Forced,
    Policy,
    ProofAccepted,
    ProofLost,
    ProofRefused,
    ProofSent,
    Subject,
    Verdict,
)

_UNDER_WAY_RETRY = 1.0  # s; when to ask again while another path's proof is under way


@frozen
class CredentialSettings:
    """Settings of the credential guard.

    Attributes:
        refusals: How many refusals in a row close it. Never above 2: meters lock after three.
    """

    refusals: int = 2

    def __attrs_post_init__(self) -> None:
        if self.refusals not in {1, 2}:
            raise ConfigError("it is 1 or 2; meters lock themselves after three", key="refusals")

    def policy(self, subject: Subject, now: float) -> CredentialGuard:  # noqa: ARG002  as promised
        """A guard that has seen no refusal."""
        return CredentialGuard(self)


POLICIES.add("credentials", CredentialSettings)


def guard_key(endpoint: str, server: int, client: int, fingerprint: str) -> str:
    """The name under which a guard is stored.

    Args:
        endpoint: The line.
        server: The server address.
        client: The client address.
        fingerprint: What ``config/secrets.py`` gives for the credential; never the credential.
    """
    text = json.dumps([endpoint, server, client, fingerprint])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@frozen
class CredentialGuard(Policy):
    """Whether another proof may be sent.

    Attributes:
        settings: Its settings.
        refused: Refusals in a row.
        under_way: Proofs whose answer is still out.
        forced: Whether an operator allowed one more.
        diagnostic: What the last refusal said.
    """

    settings: CredentialSettings
    refused: int = 0
    under_way: int = 0
    forced: bool = False
    diagnostic: str = ""

    @property
    def closed(self) -> bool:
        """Whether it lets no proof through by itself."""
        return self.refused >= self.settings.refusals

    def may_try(self, now: float) -> Verdict:
        """Whether a proof may be sent now."""
        if self.forced:
            return YES
        if self.closed:
            reason = f"the credential was refused {self.refused} times ({self.diagnostic})"
            return Verdict(Action.STOP, reason=reason, policy="credentials")
        if self.refused + self.under_way >= self.settings.refusals:
            reason = "another proof is under way"
            return Verdict(Action.WAIT, now + _UNDER_WAY_RETRY, reason, "credentials")
        return YES

    def learn(self, event: Event, now: float) -> Self:  # noqa: ARG002  no time in it
        """Count proofs out and answers back."""
        left = max(0, self.under_way - 1)
        match event:
            case ProofSent():
                return evolve(self, under_way=self.under_way + 1, forced=False)
            case ProofAccepted():
                return evolve(self, refused=0, under_way=left, diagnostic="")
            case ProofRefused():
                return evolve(
                    self, refused=self.refused + 1, under_way=left, diagnostic=event.diagnostic
                )
            case ProofLost():
                return evolve(self, under_way=left)
            case Forced():
                return evolve(self, forced=True)
        return self

    def conditions(self, now: float) -> tuple[Condition, ...]:  # noqa: ARG002  no time in it
        """``credentials_refused`` while it is closed."""
        if not self.closed:
            return ()
        message = (
            f"the meter refused the credential {self.refused} times ({self.diagnostic}); "
            "no further try until it is changed or an operator forces one"
        )
        return (Condition("credentials_refused", message, Severity.CRITICAL, "credentials"),)

    def shown(self, now: float) -> dict[str, object]:  # noqa: ARG002  no time in it
        """Refusals in a row, and whether it lets proofs through."""
        return {"refused": self.refused, "closed": self.closed, "diagnostic": self.diagnostic}

    def text(self) -> str:
        """What is stored. Proofs under way and a forced try do not outlive the process."""
        return json.dumps({"refused": self.refused, "diagnostic": self.diagnostic})

    @classmethod
    def restored(cls, settings: CredentialSettings, text: str | None) -> CredentialGuard:
        """The guard as it was stored; a fresh one for None.

        Raises:
            ValueError: The text is not what ``text`` wrote.
        """
        if text is None:
            return cls(settings)
        try:
            stored = json.loads(text)
            return cls(
                settings, refused=int(stored["refused"]), diagnostic=str(stored["diagnostic"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"no state of a credential guard: {text!r}") from error
