"""The daemon's own exceptions, each with a stable code that the documentation explains.

::

    BridgeError                 every error that the daemon raises on purpose
    ├── ConfigError             a configuration that makes no sense; names its dotted key
    │   └── SecretError         a secret that cannot be fetched, or stands where none may
    ├── StoreError              the store cannot be opened, read or written
    │   ├── StoreLocked         another daemon holds it
    │   └── StoreBacklog        too much waits for the disk; the batch was not taken
    ├── SinkError               a sink that refuses, or a payload that it cannot carry
    ├── UnknownName             something was asked for that is not there
    │   ├── UnknownMeter
    │   ├── UnknownSeries
    │   ├── UnknownSink
    │   ├── UnknownAlarm
    │   ├── UnknownAlarmCode
    │   └── UnknownMute
    ├── NameTaken               a meter, series or sink of that name exists
    ├── NotAllowed              a token, a role or a guard forbids it
    ├── TooMany                 a limit was reached; tells when to come back
    └── DaemonUnreachable       no daemon answers where the command line looks

An error says what happened, why, and the next step. Its text never holds a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class BridgeError(Exception):
    """The root of everything that this package raises on purpose.

    Attributes:
        code: A stable name, such as ``E-STORE-LOCKED``.
        message: What happened and why, in one sentence.
        hint: The next step, in one sentence or as a command; empty when there is none.
    """

    code = "E-BRIDGE"

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.code}: {self.message}{hint}"


class ConfigError(BridgeError):
    """A configuration that makes no sense.

    Attributes:
        key: The dotted path of the key in question, such as ``meters.kitchen.every``; may be empty.
    """

    code = "E-CONFIG"

    def __init__(self, message: str, *, key: str = "", code: str = "", hint: str = "") -> None:
        super().__init__(f"{key}: {message}" if key else message, code=code, hint=hint)
        self.key = key
        self.reason = message


class SecretError(ConfigError):
    """A secret that cannot be fetched or opened, or that stands where none may stand."""

    code = "E-SECRET"


class StoreError(BridgeError):
    """The store cannot be opened, read or written."""

    code = "E-STORE"


class StoreLocked(StoreError):
    """Another daemon holds the store."""

    code = "E-STORE-LOCKED"


class StoreBacklog(StoreError):
    """Too many readings wait for the disk; this batch was not taken, and is counted as lost."""

    code = "E-STORE-BACKLOG"


class SinkError(BridgeError):
    """A sink refused, cannot be reached, or cannot carry a payload."""

    code = "E-SINK"


class UnknownName(BridgeError):
    """Something was asked for that is not there."""

    code = "E-UNKNOWN"


class UnknownMeter(UnknownName):
    """No meter has this name or number."""

    code = "E-METER-UNKNOWN"

    def __init__(self, meter: str | int) -> None:
        super().__init__(
            f"there is no meter {meter!r}", hint="dlmslite-bridge list shows the meters"
        )
        self.meter = meter


class UnknownSeries(UnknownName):
    """The meter has no series of this name."""

    code = "E-SERIES-UNKNOWN"

    def __init__(self, meter: str, series: str) -> None:
        super().__init__(
            f"meter {meter!r} has no series {series!r}",
            hint=f"dlmslite-bridge series list {meter} shows its series",
        )


class UnknownSink(UnknownName):
    """No sink has this name."""

    code = "E-SINK-UNKNOWN"

    def __init__(self, sink: str) -> None:
        super().__init__(
            f"there is no sink {sink!r}", hint="dlmslite-bridge sink list shows the sinks"
        )


class UnknownAlarm(UnknownName):
    """No alarm has this number."""

    code = "E-ALARM-UNKNOWN"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"there is no alarm {number}", hint="dlmslite-bridge alarm list --all shows them"
        )


class UnknownAlarmCode(UnknownName):
    """No alarm has this code."""

    code = "E-ALARM-CODE"

    def __init__(self, code: str, known: Iterable[str]) -> None:
        codes = sorted(known)
        near = get_close_matches(code, codes, cutoff=0.5)
        super().__init__(
            f"no alarm has the code {code!r}",
            hint=f"{'near it' if near else 'there are'}: {', '.join(near or codes)}",
        )


class UnknownMute(UnknownName):
    """Nothing of exactly this code and subject is muted."""

    code = "E-MUTE-UNKNOWN"

    def __init__(self, code: str, subject: str) -> None:
        what = " of ".join(repr(word) for word in (code, subject) if word)
        super().__init__(
            f"there is no mute of {what}", hint="dlmslite-bridge alarm list shows the mutes"
        )


class NameTaken(BridgeError):
    """A meter, series or sink of that name exists already."""

    code = "E-NAME-TAKEN"

    def __init__(
        self, message: str, *, hint: str = "choose another name, or remove it first"
    ) -> None:
        super().__init__(message, hint=hint)


class NotAllowed(BridgeError):
    """A token, a role or a guard forbids it."""

    code = "E-NOT-ALLOWED"


class TooMany(BridgeError):
    """A limit was reached.

    Attributes:
        retry_after: When it is worth another try, in whole seconds from now.
    """

    code = "E-TOO-MANY"

    def __init__(self, message: str, *, retry_after: int, code: str = "", hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint or f"try again in {retry_after} s")
        self.retry_after = retry_after


class DaemonUnreachable(BridgeError):
    """No daemon answers where the command line looks for one."""

    code = "E-DAEMON-UNREACHABLE"

    def __init__(self, message: str, *, hint: str = "start it with 'dlmslite-bridge run'") -> None:
        super().__init__(message, hint=hint)
