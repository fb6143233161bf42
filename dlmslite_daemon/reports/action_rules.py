"""What a technician does about each cause: a table, and nothing but a table.

Steps say what to do in its order; ``{meter}``, ``{sink}`` and ``{line}`` stand for the names. Each
rule ends with the command that shows whether it worked. An unknown cause asks for more evidence and
never for a power cycle: who switches a meter off destroys what would have explained it.
"""

from __future__ import annotations

from collections.abc import Mapping

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.reports.rule import Horizon, Priority, Proof, Rule, Scope, Who

_SCAN = "look for it: dlmslite-bridge scan CIDR --serial SERIAL, with the meter's serial number"
_MOVE = (
    "if it answers at another address: dlmslite-bridge meter set {meter} --host ADDRESS, and ask"
    " for a fixed lease in the DHCP server"
)
_OTHER_CLIENT = "find the program that is connected to {line} (another bridge, a vendor's tool)"
_DIAGNOSE = "dlmslite-bridge diagnose {meter}"
_SINK_TEST = "dlmslite-bridge sink test {sink}"
_LABEL = "compare client and password with the meter's label; one try only, two refusals close it"

_C, _H, _M, _L = Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW
_NOW, _SOON, _LATER = Horizon.IMMEDIATE, Horizon.SHORT_TERM, Horizon.LONG_TERM

RULES: Mapping[Cause, Rule] = {
    Cause.UNKNOWN: Rule(
        _H, _SOON, Who.REMOTE, (15, 45), Scope.METER, Proof.READING,
        (
            "collect more evidence: dlmslite-bridge diagnose {meter} --long",
            "watch the frames while it fails: dlmslite-bridge follow {meter} --frames",
            "keep what was seen for whoever can explain it: dlmslite-bridge logs {meter} --json",
            "change nothing on site until a cause is named",
        ),
        _DIAGNOSE, automatic=False,
    ),
    Cause.LINE_IN_USE: Rule(
        _H, _NOW, Who.REMOTE, (5, 15), Scope.LINE, Proof.READING,
        (
            "find the other process that has {line}; its name is in the evidence",
            "end it, or give the line to it: dlmslite-bridge pause {meter}",
        ),
    ),
    Cause.NAME_UNRESOLVED: Rule(
        _H, _NOW, Who.REMOTE, (5, 20), Scope.LINE, Proof.READING,
        (
            "ask the name server for the host of {line}",
            "mend the entry, or give the address: dlmslite-bridge meter set {meter} --host ADDRESS",
        ),
    ),
    Cause.NO_ROUTE: Rule(
        _C, _NOW, Who.REMOTE, (10, 30), Scope.HOST, Proof.READING,
        (
            "look at this machine's routes and links: ip route, ip -s link",
            "bring the missing link, VPN or route back",
        ),
        _DIAGNOSE,
    ),
    Cause.HOST_DOWN: Rule(
        _C, _NOW, Who.EITHER, (15, 30), Scope.LINE, Proof.READING,
        (
            _SCAN,
            _MOVE,
            "if nothing answers anywhere: on site, look at power and network of the converter",
        ),
        _DIAGNOSE,
    ),
    Cause.REFUSED: Rule(
        _C, _NOW, Who.EITHER, (15, 30), Scope.LINE, Proof.READING,
        (
            "compare the port of {line} with the converter's configuration",
            _SCAN,
            "if address and port are right: start the converter's serial service again",
        ),
        _DIAGNOSE,
    ),
    Cause.FILTERED: Rule(
        _C, _NOW, Who.EITHER, (15, 60), Scope.LINE, Proof.READING,
        (
            "ask whoever runs the network whether a firewall stands before {line}",
            _SCAN,
            _MOVE,
        ),
        _DIAGNOSE,
    ),
    Cause.PORT_BUSY: Rule(
        _H, _NOW, Who.REMOTE, (10, 30), Scope.LINE, Proof.READING,
        (_OTHER_CLIENT, "end it; the bridge tries again by itself after 35 s, then every 180 s"),
    ),
    Cause.CONVERTER_IDLE_TEXT: Rule(
        _M, _SOON, Who.REMOTE, (5, 15), Scope.LINE, Proof.DIAGNOSIS,
        (
            "release after each poll: dlmslite-bridge meter set {meter} --release-after 0",
            "or poll more often than the converter's idle limit (often 30 s)",
        ),
        "dlmslite-bridge diagnose {meter} --long",
    ),
    Cause.CONVERTER_DEVICE: Rule(
        _C, _NOW, Who.EITHER, (15, 60), Scope.LINE, Proof.READING,
        (
            "compare the serial device in the converter's configuration with what it has",
            "on site: look at the plug of the converter's serial side",
        ),
    ),
    Cause.OTHER_PROTOCOL: Rule(
        _H, _NOW, Who.REMOTE, (10, 30), Scope.LINE, Proof.READING,
        (
            "look at what answered in the evidence: it is no meter, or it speaks another framing",
            "try the other framing: tcp:// is the wrapper, tcp+hdlc:// is HDLC",
            "put it right: dlmslite-bridge meter set {meter} --url URL",
        ),
        _DIAGNOSE,
    ),
    Cause.HUNG_UP: Rule(
        _H, _NOW, Who.REMOTE, (10, 30), Scope.LINE, Proof.READING,
        (_OTHER_CLIENT, "look whether the converter serves certain addresses only"),
        _DIAGNOSE,
    ),
    Cause.METER_SILENT: Rule(
        _C, _NOW, Who.EITHER, (30, 60), Scope.METER, Proof.READING,
        (
            "let the ladder try the other address forms: dlmslite-bridge diagnose {meter}",
            "on site: look at the meter's display, then at A and B of the RS-485 line",
            "on site: compare speed and parity of the converter (9600 8N1) with the meter's",
        ),
        _DIAGNOSE,
    ),
    Cause.PORT_HELD_SILENTLY: Rule(
        _H, _NOW, Who.REMOTE, (10, 30), Scope.LINE, Proof.READING,
        (_OTHER_CLIENT, "end it: while it is connected nobody else hears the meter"),
    ),
    Cause.WRONG_ADDRESS: Rule(
        _H, _NOW, Who.REMOTE, (5, 15), Scope.METER, Proof.READING,
        (
            "take the address that answered from the evidence",
            "set it: dlmslite-bridge meter set {meter} --server ADDRESS",
        ),
    ),
    Cause.LINK_PARAMETERS: Rule(
        _H, _NOW, Who.REMOTE, (5, 10), Scope.METER, Proof.READING,
        (
            "take a profile with the quirk no_snrm_parameters, or set it in the meter's table",
            "set it: dlmslite-bridge meter set {meter} --profile PROFILE",
        ),
        automatic=False,
    ),
    Cause.LINE_NOISE: Rule(
        _H, _SOON, Who.ON_SITE, (60, 120), Scope.LINE, Proof.DIAGNOSIS,
        (
            "see which frames break and when: dlmslite-bridge report line --meter {meter}",
            "on site: 120 ohm at both ends of the RS-485 line and nowhere else, one shield earth",
            "on site: move the line away from mains and inverters; shorten stubs",
        ),
        "dlmslite-bridge diagnose {meter} --long",
    ),
    Cause.FRAMING: Rule(
        _H, _SOON, Who.EITHER, (30, 60), Scope.LINE, Proof.READING,
        (
            "compare speed, parity and stop bits of the converter with the meter's",
            "set them in the converter; the octets in the evidence show a wrong speed",
        ),
        _DIAGNOSE,
    ),
    Cause.ASSOCIATION_HELD: Rule(
        _H, _NOW, Who.REMOTE, (5, 15), Scope.METER, Proof.READING,
        (
            _OTHER_CLIENT,
            "end it, or wait: the meter drops an idle association after 180 s",
        ),
    ),
    Cause.WRONG_PASSWORD: Rule(
        _C, _NOW, Who.REMOTE, (10, 30), Scope.METER, Proof.READING,
        (
            _LABEL,
            "try it without saving: dlmslite-bridge test {meter} --client N --password-prompt",
            "save it: dlmslite-bridge meter set {meter} --client N --password-prompt",
        ),
        automatic=False,
    ),
    Cause.CREDENTIAL_GUARDED: Rule(
        _C, _NOW, Who.REMOTE, (10, 30), Scope.METER, Proof.READING,
        (
            _LABEL,
            "save the right pair: dlmslite-bridge meter set {meter} --client N --password-prompt",
            "if the pair was right: dlmslite-bridge resume {meter} --force sends one proof",
        ),
        automatic=False,
    ),
    Cause.WRONG_SAP: Rule(
        _H, _NOW, Who.REMOTE, (10, 30), Scope.METER, Proof.READING,
        (
            "compare client and server address with the meter's label and its evidence",
            "try it without saving: dlmslite-bridge test {meter} --client N --password-prompt",
            "save it: dlmslite-bridge meter set {meter} --client N --server N",
        ),
        automatic=False,
    ),
    Cause.UNSUPPORTED_MECHANISM: Rule(
        _H, _NOW, Who.REMOTE, (10, 20), Scope.METER, Proof.READING,
        (
            "if it is a password: dlmslite-bridge meter set {meter} --auth lls --password-prompt",
            "if it is more: have a client enabled that a password lets in; no other is spoken",
        ),
        automatic=False,
    ),
    Cause.OBJECT_UNDEFINED: Rule(
        _M, _SOON, Who.REMOTE, (5, 15), Scope.METER, Proof.DIAGNOSIS,
        (
            "see which series it is: dlmslite-bridge status {meter}",
            "give it the meter's own OBIS code, or drop it: dlmslite-bridge series rm {meter} KEY",
        ),
        automatic=False,
    ),
    Cause.ACCESS_DENIED: Rule(
        _M, _SOON, Who.REMOTE, (10, 30), Scope.METER, Proof.DIAGNOSIS,
        (
            "see which series it is: dlmslite-bridge status {meter}",
            "read as a client that may: dlmslite-bridge test {meter} --client N --password-prompt",
        ),
        automatic=False,
    ),
    Cause.SLOW: Rule(
        _M, _SOON, Who.REMOTE, (15, 60), Scope.METER, Proof.DIAGNOSIS,
        (
            "see where the time goes: dlmslite-bridge report line --meter {meter}",
            "poll less often: dlmslite-bridge meter set {meter} --every SECONDS",
            "look at the signal where the link is by radio",
        ),
        "dlmslite-bridge report qos --meter {meter} --minutes 60",
        automatic=False,
    ),
    Cause.IDENTITY_CHANGED: Rule(
        _C, _NOW, Who.EITHER, (15, 30), Scope.METER, Proof.DIAGNOSIS,
        (
            "compare the serial number in the evidence with the order to change the meter",
            "if the meter was changed: dlmslite-bridge meter swap {meter}",
            "if it was not: the address leads to another meter; put it right with meter set",
        ),
        automatic=False,
    ),
    Cause.CLOCK_DRIFT: Rule(
        _M, _SOON, Who.REMOTE, (5, 15), Scope.METER, Proof.DIAGNOSIS,
        (
            "see the drift: dlmslite-bridge status {meter}",
            "have it set by whoever owns the meter: the bridge itself never sets a clock",
        ),
        _DIAGNOSE, automatic=False,
    ),
    Cause.CONVERTER_IDLE_LIMIT: Rule(
        _M, _SOON, Who.REMOTE, (5, 15), Scope.LINE, Proof.DIAGNOSIS,
        (
            "release after each poll: dlmslite-bridge meter set {meter} --release-after 0",
            "or raise the idle limit in the converter",
        ),
        "dlmslite-bridge diagnose {meter} --long", automatic=False,
    ),
    Cause.METER_IDLE_LIMIT: Rule(
        _M, _SOON, Who.REMOTE, (5, 15), Scope.METER, Proof.DIAGNOSIS,
        ("release after each poll: dlmslite-bridge meter set {meter} --release-after 0",),
        "dlmslite-bridge diagnose {meter} --long", automatic=False,
    ),
    Cause.RANDOM_LOSS: Rule(
        _M, Horizon.LONG_TERM, Who.EITHER, (60, 180), Scope.LINE, Proof.DIAGNOSIS,
        (
            "see its share and kind: dlmslite-bridge report line --meter {meter} --days 7",
            "measure it on one session: dlmslite-bridge commission {meter}",
            "on site, if frames break: termination, shield and stubs of the line",
        ),
        "dlmslite-bridge diagnose {meter} --long", automatic=False,
    ),
    Cause.BROKER_DOWN: Rule(
        _C, _NOW, Who.REMOTE, (5, 30), Scope.SINK, Proof.PUBACK,
        (
            "look whether the broker of {sink} runs and listens",
            "start it; what was read meanwhile is stored and follows by itself",
        ),
        _SINK_TEST,
    ),
    Cause.BAD_TOKEN: Rule(
        _C, _NOW, Who.REMOTE, (5, 15), Scope.SINK, Proof.PUBACK,
        (
            "copy the token of the gateway device in ThingsBoard, or the broker's password",
            "set it: dlmslite-bridge sink set {sink} --token-prompt",
        ),
        _SINK_TEST, automatic=False,
    ),
    Cause.DUPLICATE_CLIENT: Rule(
        _H, _NOW, Who.REMOTE, (10, 30), Scope.SINK, Proof.DIAGNOSIS,
        (
            "find the other program that uses the client id or token of {sink} (an old bridge?)",
            "end it, or give it its own",
        ),
        _SINK_TEST, automatic=False,
    ),
    Cause.SINK_REFUSES: Rule(
        _H, _NOW, Who.REMOTE, (10, 30), Scope.SINK, Proof.PUBACK,
        (
            "read why it refuses: dlmslite-bridge outbox status",
            "give our user the right to publish, or lower the payload size of {sink}",
        ),
        _SINK_TEST, automatic=False,
    ),
    Cause.SINK_NO_SUBSCRIBER: Rule(
        _L, _LATER, Who.REMOTE, (5, 20), Scope.SINK, Proof.DIAGNOSIS,
        (
            "look whether the gateway or board that should listen to {sink} runs",
            "compare its topic filter with what the bridge publishes",
        ),
        _SINK_TEST, automatic=False,
    ),
}  # fmt: skip
"""Every cause but ``ok``; a test compares it with ``Cause``."""

UNDIAGNOSED = Rule(
    _H, _SOON, Who.REMOTE, (5, 15), Scope.METER, Proof.DIAGNOSIS,
    (
        "find the cause: dlmslite-bridge diagnose {meter}",
        "then ask for the plan again: dlmslite-bridge plan",
    ),
    _DIAGNOSE, automatic=False,
)  # fmt: skip
"""A meter that does badly and whose cause nobody has looked for yet."""

UNCOMMISSIONED = Rule(
    _L, Horizon.PREVENTIVE, Who.REMOTE, (10, 20), Scope.METER, Proof.DIAGNOSIS,
    ("measure each of them once, one after the other: dlmslite-bridge commission {meter}",),
    "dlmslite-bridge commission {meter}", automatic=False,
)  # fmt: skip
"""A meter that was never commissioned."""
