"""Every cause that a diagnosis can name, and every rung of its ladder (bridge.md 9): pure tables.

A cause has a stable code, a sentence, and the command to type next. A rung says what it tries, what
it proves when it fails, and what it rules out once it has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen


class Cause(StrEnum):
    """Why a meter or a sink does not do what it should: stable codes."""

    OK = "ok"
    UNKNOWN = "unknown"
    LINE_IN_USE = "line-in-use"
    NAME_UNRESOLVED = "name-unresolved"
    NO_ROUTE = "no-route"
    HOST_DOWN = "host-down"
    REFUSED = "refused"
    FILTERED = "filtered"
    PORT_BUSY = "port-busy"
    CONVERTER_IDLE_TEXT = "converter-idle-text"
    CONVERTER_DEVICE = "converter-device"
    OTHER_PROTOCOL = "other-protocol"
    HUNG_UP = "hung-up"
    METER_SILENT = "meter-silent"
    PORT_HELD_SILENTLY = "port-held-silently"
    WRONG_ADDRESS = "wrong-address"
    LINK_PARAMETERS = "link-parameters"
    LINE_NOISE = "line-noise"
    FRAMING = "framing"
    ASSOCIATION_HELD = "association-held"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - the name of a cause
    CREDENTIAL_GUARDED = "credential-guarded"
    WRONG_SAP = "wrong-sap"
    UNSUPPORTED_MECHANISM = "unsupported-mechanism"
    OBJECT_UNDEFINED = "object-undefined"
    ACCESS_DENIED = "access-denied"
    SLOW = "slow"
    IDENTITY_CHANGED = "identity-changed"
    CLOCK_DRIFT = "clock-drift"
    CONVERTER_IDLE_LIMIT = "converter-idle-limit"
    METER_IDLE_LIMIT = "meter-idle-limit"
    RANDOM_LOSS = "random-loss"
    BROKER_DOWN = "broker-down"
    BAD_TOKEN = "bad-token"  # noqa: S105 - the name of a cause
    DUPLICATE_CLIENT = "duplicate-client"
    SINK_REFUSES = "sink-refuses"
    SINK_NO_SUBSCRIBER = "sink-no-subscriber"


class Confidence(StrEnum):
    """How sure a finding is."""

    HIGH = "high"
    """What was seen leaves no other cause."""
    MEDIUM = "medium"
    """What was seen fits no other cause as well."""
    LOW = "low"
    """Several causes fit; this is the one to look at first."""


@frozen
class Meaning:
    """A cause in words.

    Attributes:
        summary: What is wrong, in one sentence.
        next_action: The command to type next; ``{meter}`` stands for the meter's name, ``{sink}``
            for the sink's.
        advice: What to do beside it, in one sentence; empty when the command says it all.
    """

    summary: str
    next_action: str
    advice: str = ""


_AGAIN = "dlmslite-bridge diagnose {meter}"
_SCAN = "dlmslite-bridge scan CIDR --serial SERIAL"
_OTHER_PAIR = "dlmslite-bridge test {meter} --client CLIENT --password-prompt"
_SINK = "dlmslite-bridge sink test {sink}"

MEANINGS: Mapping[Cause, Meaning] = {
    Cause.OK: Meaning("meter and delivery answer as they should", "dlmslite-bridge status {meter}"),
    Cause.UNKNOWN: Meaning(
        "what was seen fits no known cause",
        "dlmslite-bridge diagnose {meter} --long",
        "collect more evidence before anything is changed on site",
    ),
    Cause.LINE_IN_USE: Meaning(
        "another process of this machine has the line",
        "dlmslite-bridge test {meter}",
        "end that process; its name is in the evidence",
    ),
    Cause.NAME_UNRESOLVED: Meaning(
        "the host's name has no address",
        "dlmslite-bridge meter set {meter} --host HOST",
        "give the meter's IP address, or mend the name server",
    ),
    Cause.NO_ROUTE: Meaning(
        "this machine has no route to the host's network",
        "ip route",
        "check this machine's network: cable, Wi-Fi, VPN, default route",
    ),
    Cause.HOST_DOWN: Meaning(
        "nobody has this address on the network",
        _SCAN,
        "the meter's converter may have got another address by DHCP; then its power and network",
    ),
    Cause.REFUSED: Meaning(
        "the host is up and nothing listens on the port",
        _SCAN,
        "check the port in the URL, and whether the converter's service runs",
    ),
    Cause.FILTERED: Meaning(
        "nothing answers a connection to the port",
        _SCAN,
        "a firewall drops it, or the address is another's or nobody's now",
    ),
    Cause.PORT_BUSY: Meaning(
        "the converter says that another client has the port",
        "dlmslite-bridge test {meter}",
        "end the other program that is connected to the converter, or wait until it leaves",
    ),
    Cause.CONVERTER_IDLE_TEXT: Meaning(
        "the converter says that it closed an idle connection",
        "dlmslite-bridge diagnose {meter} --long",
        "connections are kept idle longer than the converter allows",
    ),
    Cause.CONVERTER_DEVICE: Meaning(
        "the serial device cannot be opened",
        "dlmslite-bridge test {meter}",
        "check the device's name, here or in the converter's configuration, and its plug",
    ),
    Cause.OTHER_PROTOCOL: Meaning(
        "something answers on this port that speaks another protocol",
        "dlmslite-bridge meter set {meter} --url URL",
        "check the port, and whether tcp:// (wrapper) or tcp+hdlc:// is meant",
    ),
    Cause.HUNG_UP: Meaning(
        "the connection is accepted and closed at once, without a word",
        "dlmslite-bridge test {meter}",
        "another client may have the converter, or it serves only certain addresses",
    ),
    Cause.METER_SILENT: Meaning(
        "the port is open and no octet comes back",
        _AGAIN,
        "behind the converter: meter's power, the two wires and their polarity, the address",
    ),
    Cause.PORT_HELD_SILENTLY: Meaning(
        "another client held the converter, and we were left in its queue without a word",
        "dlmslite-bridge test {meter}",
        "find the other client: this one was served only when it had left",
    ),
    Cause.WRONG_ADDRESS: Meaning(
        "a meter answers, and at another address than the configured one",
        "dlmslite-bridge meter set {meter} --server SERVER --physical PHYSICAL",
        "the form that answers is in the evidence",
    ),
    Cause.LINK_PARAMETERS: Meaning(
        "the meter answers only a link set-up without parameters",
        "dlmslite-bridge meter set {meter} --profile PROFILE",
        "the quirk is no_snrm_parameters: in a device profile, or in the meter's own table",
    ),
    Cause.LINE_NOISE: Meaning(
        "frames come, and they come damaged",
        _AGAIN,
        "check shield, termination, polarity and length of the RS-485 line, and its neighbours",
    ),
    Cause.FRAMING: Meaning(
        "octets come that are no frames at all",
        _AGAIN,
        "check speed and parity of the converter's serial side against the meter's",
    ),
    Cause.ASSOCIATION_HELD: Meaning(
        "the meter refuses the link (DM): another client's association is still held",
        "dlmslite-bridge test {meter}",
        "let the other client release it, or wait 180 s without any client connected",
    ),
    Cause.WRONG_PASSWORD: Meaning("the meter refuses the password", _OTHER_PAIR),
    Cause.CREDENTIAL_GUARDED: Meaning(
        "two proofs were refused in a row, so no further one was sent",
        _OTHER_PAIR,
        "change the credential, or force one try: dlmslite-bridge resume {meter} --force",
    ),
    Cause.WRONG_SAP: Meaning(
        "the meter answers, and does not let this client address in", _OTHER_PAIR
    ),
    Cause.UNSUPPORTED_MECHANISM: Meaning(
        "the meter wants another authentication mechanism than the configured one",
        "dlmslite-bridge meter set {meter} --auth lls --password-prompt",
        "what the meter asks for is in the evidence",
    ),
    Cause.OBJECT_UNDEFINED: Meaning(
        "the meter does not have an object that is asked for",
        "dlmslite-bridge series list {meter}",
        "remove the series, or give it the OBIS code that this meter has",
    ),
    Cause.ACCESS_DENIED: Meaning("the meter does not let this client read an object", _OTHER_PAIR),
    Cause.SLOW: Meaning(
        "the meter answers, and takes long for it",
        "dlmslite-bridge diagnose {meter} --long",
        "read fewer series at once or less often; look at the link's signal if it is by radio",
    ),
    Cause.IDENTITY_CHANGED: Meaning(
        "another meter answers at this address", "dlmslite-bridge meter swap {meter}"
    ),
    Cause.CLOCK_DRIFT: Meaning(
        "the meter's clock is wrong",
        "dlmslite-bridge status {meter}",
        "the times of its profile are wrong until it is set with the maker's software",
    ),
    Cause.CONVERTER_IDLE_LIMIT: Meaning(
        "the converter closes a connection that is idle",
        "dlmslite-bridge meter set {meter} --release-after SECONDS",
        "poll more often than its limit, or release after each poll",
    ),
    Cause.METER_IDLE_LIMIT: Meaning(
        "the meter drops an association that is idle",
        "dlmslite-bridge meter set {meter} --release-after SECONDS",
        "poll more often than its limit, or release after each poll",
    ),
    Cause.RANDOM_LOSS: Meaning(
        "some requests get no sound answer at the first try",
        "dlmslite-bridge commission {meter}",
        "the share and its kind are in the evidence; look at the line and at its other talkers",
    ),
    Cause.BROKER_DOWN: Meaning("the meter is fine, and the broker cannot be reached", _SINK),
    Cause.BAD_TOKEN: Meaning(
        "the meter is fine, and the broker refuses our token or password",
        "dlmslite-bridge sink set {sink} --token-prompt",
    ),
    Cause.DUPLICATE_CLIENT: Meaning(
        "another client uses the sink's client id, and the two take the session from each other",
        _SINK,
        "find the other bridge or gateway with this client id, and end it",
    ),
    Cause.SINK_REFUSES: Meaning(
        "the meter is fine, and the broker accepts us and not our messages", _SINK
    ),
    Cause.SINK_NO_SUBSCRIBER: Meaning(
        "the broker takes our messages, and nobody subscribes to them",
        _SINK,
        "a hint and no proof: start the subscriber, or check its topic",
    ),
}
"""Every cause in words; a test compares it with ``Cause``."""


@frozen
class RungKind:
    """One rung of the ladder.

    Attributes:
        name: Its stable name.
        tries: What it tries, in words.
        proves: The causes that it can prove when it fails, or note when it passes.
        rules_out: The causes that are ruled out once it has passed.
    """

    name: str
    tries: str
    proves: tuple[Cause, ...]
    rules_out: tuple[Cause, ...] = ()


LADDER: tuple[RungKind, ...] = (
    RungKind("line", "take the line for this process", (Cause.LINE_IN_USE,), (Cause.LINE_IN_USE,)),
    RungKind(
        "name", "resolve the host's name", (Cause.NAME_UNRESOLVED,), (Cause.NAME_UNRESOLVED,)
    ),
    RungKind("route", "find a route to the host", (Cause.NO_ROUTE,), (Cause.NO_ROUTE,)),
    RungKind("host", "echo request and ARP entry, where permitted", ()),
    RungKind(
        "connect",
        "open the connection, three tries",
        (
            Cause.HOST_DOWN, Cause.NO_ROUTE, Cause.REFUSED, Cause.FILTERED,
            Cause.CONVERTER_DEVICE,
        ),
        (Cause.HOST_DOWN, Cause.REFUSED, Cause.FILTERED),
    ),
    RungKind(
        "banner",
        "listen 300 ms before anything is asked",
        (
            Cause.PORT_BUSY, Cause.CONVERTER_IDLE_TEXT, Cause.CONVERTER_DEVICE,
            Cause.OTHER_PROTOCOL, Cause.HUNG_UP,
        ),
        (Cause.PORT_BUSY, Cause.CONVERTER_DEVICE),
    ),
    RungKind(
        "link",
        "set the link up, in each address form, with and without parameters",
        (
            Cause.METER_SILENT, Cause.WRONG_ADDRESS, Cause.LINK_PARAMETERS, Cause.LINE_NOISE,
            Cause.FRAMING,
            Cause.OTHER_PROTOCOL, Cause.ASSOCIATION_HELD, Cause.HUNG_UP, Cause.PORT_BUSY,
            Cause.CONVERTER_IDLE_TEXT, Cause.CONVERTER_DEVICE, Cause.PORT_HELD_SILENTLY,
        ),
        (
            Cause.METER_SILENT, Cause.WRONG_ADDRESS, Cause.LINK_PARAMETERS, Cause.LINE_NOISE,
            Cause.FRAMING,
            Cause.OTHER_PROTOCOL, Cause.ASSOCIATION_HELD,
        ),
    ),
    RungKind(
        "queue",
        "wait for another client to leave, where nothing answered",
        (Cause.PORT_HELD_SILENTLY, Cause.METER_SILENT),
        (Cause.PORT_HELD_SILENTLY,),
    ),
    RungKind("public", "associate as the public client, without a proof", ()),
    RungKind(
        "association",
        "associate as configured, once, through the credential guard",
        (
            Cause.WRONG_PASSWORD, Cause.CREDENTIAL_GUARDED, Cause.WRONG_SAP,
            Cause.UNSUPPORTED_MECHANISM, Cause.ASSOCIATION_HELD, Cause.PORT_BUSY,
            Cause.LINE_NOISE,
        ),
        (
            Cause.WRONG_PASSWORD, Cause.CREDENTIAL_GUARDED, Cause.WRONG_SAP,
            Cause.UNSUPPORTED_MECHANISM, Cause.ASSOCIATION_HELD,
        ),
    ),
    RungKind(
        "identity",
        "read the serial number and compare it",
        (Cause.IDENTITY_CHANGED,),
        (Cause.IDENTITY_CHANGED,),
    ),
    RungKind("clock", "read the clock", (Cause.CLOCK_DRIFT,), (Cause.CLOCK_DRIFT,)),
    RungKind(
        "register",
        "read one register and its scaler",
        (Cause.OBJECT_UNDEFINED, Cause.ACCESS_DENIED, Cause.SLOW, Cause.UNKNOWN),
        (Cause.OBJECT_UNDEFINED, Cause.ACCESS_DENIED, Cause.SLOW),
    ),
    RungKind(
        "reads",
        "thirty reads through every invoke-id",
        (Cause.RANDOM_LOSS, Cause.SLOW),
        (Cause.RANDOM_LOSS,),
    ),
    RungKind(
        "idle",
        "read again after idle gaps of 20, 35 and 200 s",
        (Cause.CONVERTER_IDLE_LIMIT, Cause.METER_IDLE_LIMIT),
        (Cause.CONVERTER_IDLE_LIMIT, Cause.METER_IDLE_LIMIT),
    ),
    RungKind(
        "broker",
        "connect to the broker and be let in",
        (Cause.BROKER_DOWN, Cause.BAD_TOKEN),
        (Cause.BROKER_DOWN, Cause.BAD_TOKEN),
    ),
    RungKind(
        "puback",
        "publish one message and wait for its PUBACK",
        (Cause.SINK_REFUSES, Cause.SINK_NO_SUBSCRIBER, Cause.BROKER_DOWN),
        (Cause.SINK_REFUSES,),
    ),
    RungKind(
        "takeover",
        "see whether another client takes the sink's session",
        (Cause.DUPLICATE_CLIENT,),
        (Cause.DUPLICATE_CLIENT,),
    ),
)  # fmt: skip
"""The ladder in its order."""

RUNGS: Mapping[str, RungKind] = {kind.name: kind for kind in LADDER}
