"""The one tree of exceptions. Each carries its evidence as fields.

::

    DlmsError                         every error that leaves this package
    ├── TransportError (OSError)      the wire: refused, reset, closed, unreachable
    │   └── ConnectionClosed          the peer or the network closed it
    │       └── ConverterError        a TCP-to-serial converter says why no answer will come
    ├── DeadlineExceeded (TimeoutError)   no complete answer in time
    ├── FramingError                  octets that are no frame: bad check sequence, length, flag
    ├── LinkError                     the link: DM, FRMR, lost sequence, refused set-up
    ├── AssociationRejected           the meter refused the association; result and diagnostic
    ├── SecurityError                 protection failed; nothing was handed out
    ├── ServiceError                  the meter answered a request with an error code
    ├── DecodeError (ValueError)      octets that are no sound value; with the offset
    ├── EncodeError (ValueError)      a value that has no octets
    ├── ProtocolError                 the peer broke a rule of the conversation
    ├── StateError                    the caller asked for what the state does not allow
    ├── NotPermitted                  the caller did not allow this kind of service
    ├── ConfigurationError (ValueError)   an option or URL that makes no sense
    └── MissingExtra (ImportError)    an optional dependency is not installed

Exceptions are plain classes: slots and OSError do not mix.
"""

from __future__ import annotations


class DlmsError(Exception):
    """The root of everything that this package raises on purpose.

    Attributes:
        layer: Where it arose: ``transport``, ``link``, ``association``, ``service``, ``data`` …
        hint: What to do about it, in one sentence; empty when there is nothing useful to say.
    """

    layer: str = ""
    hint: str = ""

    def __init__(self, message: str = "", *, hint: str = "", layer: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint
        if layer:
            self.layer = layer

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} ({self.hint})" if self.hint else message


class TransportError(DlmsError, OSError):
    """The wire failed: refused, reset, unreachable, closed."""

    layer = "transport"


class ConnectionClosed(TransportError):
    """The peer or the network closed the connection.

    Attributes:
        banner: Text that arrived before the close, if any; converters say why that way.
    """

    def __init__(self, message: str = "", *, hint: str = "", banner: bytes = b"") -> None:
        super().__init__(message, hint=hint)
        self.banner = banner


class ConverterError(ConnectionClosed):
    """A TCP-to-serial converter said in plain text why no answer will come on this connection.

    Attributes:
        cause: A stable name: ``port-busy``, ``device-failed``, ``idle`` or ``closed``, or
            ``no-client`` where an answer went nowhere.
    """

    def __init__(
        self, message: str = "", *, hint: str = "", banner: bytes = b"", cause: str = ""
    ) -> None:
        super().__init__(message, hint=hint, banner=banner)
        self.cause = cause


class DeadlineExceeded(DlmsError, TimeoutError):
    """No complete answer arrived before the deadline.

    Attributes:
        seconds: How long was waited, when known.
        received: Octets that arrived and made no answer, at most the last 256.
        cause: A stable name: ``never-heard`` where nothing ever came on this connection,
            ``fell-silent`` where it answered before, ``no-answer`` where octets came that are
            none, or what a converter said (see ``ConverterError``); empty where nobody knows.
    """

    layer = "transport"

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        seconds: float = 0.0,
        received: bytes = b"",
        cause: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds
        self.received = received
        self.cause = cause


class FramingError(DlmsError):
    """Octets that are no frame of the link in use.

    Attributes:
        code: A stable name of what is wrong, such as ``bad-fcs``.
        octets: The octets in question.
        offset: Where in them the fault was found.
    """

    layer = "link"

    def __init__(
        self, code: str, message: str = "", *, octets: bytes = b"", offset: int = 0
    ) -> None:
        super().__init__(message or code)
        self.code = code
        self.octets = octets
        self.offset = offset


class LinkError(DlmsError):
    """The data link failed or was refused.

    Attributes:
        code: A stable name: ``refused`` (DM to SNRM), ``disconnected`` (DM in use),
            ``frame-reject``, ``no-answer``, ``sequence`` …
    """

    layer = "link"

    def __init__(self, code: str, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or code, hint=hint)
        self.code = code


class AssociationRejected(DlmsError):
    """The meter refused the association.

    Attributes:
        result: The AARE's association result (``codes.AssociationResult``), or None.
        source: Who refused: ``acse-service-user`` or ``acse-service-provider``, or None.
        diagnostic: The AARE's diagnostic (``codes.AcseUserDiagnostic`` or
            ``codes.AcseProviderDiagnostic``), or None.
        mechanism: The mechanism that the meter names (``codes.Mechanism``), or None.
        service_error: A confirmed-service-error that came inside, as an APDU, or None.
    """

    layer = "association"

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        result: object = None,
        source: object = None,
        diagnostic: object = None,
        mechanism: object = None,
        service_error: object = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.result = result
        self.source = source
        self.diagnostic = diagnostic
        self.mechanism = mechanism
        self.service_error = service_error


class SecurityError(DlmsError):
    """Protection failed: a wrong tag, a replayed counter, a missing key. Hands out no plaintext."""

    layer = "security"


class ServiceError(DlmsError):
    """The meter answered a request with an error.

    Attributes:
        result: The decoded code: ``codes.DataAccessResult``, ``codes.ActionResult`` or the like.
        target: What was asked for, as text; empty when not known.
    """

    layer = "service"

    def __init__(
        self, message: str = "", *, hint: str = "", result: object = None, target: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.result = result
        self.target = target


class DecodeError(DlmsError, ValueError):
    """Octets that are no sound encoding of what was expected.

    Attributes:
        code: A stable name of what is wrong: ``truncated``, ``trailing-bytes``, ``bad-choice``,
            ``bad-enum``, ``unknown-type``, ``bad-length``, ``bad-datetime`` …
        offset: The octet at which it was found, counted from the start of the input.
    """

    layer = "data"

    def __init__(self, code: str, message: str = "", *, offset: int = 0) -> None:
        super().__init__(f"{message or code} at octet {offset}")
        self.code = code
        self.message = message or code
        self.offset = offset


class EncodeError(DlmsError, ValueError):
    """A value that the standard gives no octets for: out of range, wrong kind, too long."""

    layer = "data"


class ProtocolError(DlmsError):
    """The peer broke a rule of the conversation: a wrong block number, an unexpected APDU."""

    layer = "association"


class StateError(DlmsError):
    """The caller asked for something that the present state does not allow."""

    layer = "association"


class NotPermitted(DlmsError):
    """The caller did not allow this kind of service when it connected."""

    layer = "client"


class ConfigurationError(DlmsError, ValueError):
    """An option or a URL that makes no sense; the message names it."""

    layer = "client"


class MissingExtra(DlmsError, ImportError):
    """An optional dependency is not installed; the hint is the pip command that installs it."""

    layer = "client"

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the extra '{extra}'", hint=f"pip install 'dlmslite[{extra}]'"
        )
        self.extra = extra
