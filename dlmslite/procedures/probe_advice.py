"""What the outcomes of a probe mean together: the verdict, the findings, what to do next.

In: what every attempt came to. Out: a ``ProbeReport``. Nothing is claimed that no attempt showed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from attrs import evolve

from dlmslite.apdu.conformance import Conformance
from dlmslite.codes import AcseUserDiagnostic
from dlmslite.procedures.probe_profile import commands, profile_text
from dlmslite.procedures.probe_report import (
    AddressForm,
    ClientFinding,
    End,
    Goal,
    ListFinding,
    Outcome,
    ProbeReport,
    Survey,
    Verdict,
)
from dlmslite.quirks import Quirks

# What converters say when the line is another's (old-bridge.md 1.5, 5); in lower case.
BUSY_WORDS = ("in use", "busy", "failed open", "inactivity")

_NEEDS = {
    AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED: "another mechanism",
    AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED: "a password or key",
    AcseUserDiagnostic.AUTHENTICATION_FAILURE: "the right password or key",
    AcseUserDiagnostic.AUTHENTICATION_REQUIRED: "a password or key",
}

_VERDICTS = {
    Verdict.READABLE: ("the meter answers and lets itself be read", ""),
    Verdict.NO_ENTRY: (
        "the meter answers, and lets none of the clients in that were asked",
        "name a client with --client, or give its password with --password-prompt",
    ),
    Verdict.HELD: (
        "the meter refuses the link (DM): another client holds it, or this one is unknown to it",
        "let the other client release it, or wait 180 s; then probe again, or name a --client",
    ),
    Verdict.BUSY: (
        "a converter says that the line is another's",
        "end the other connection to this port, then probe again",
    ),
    Verdict.OTHER_PROTOCOL: (
        "something answers that is no meter",
        "check the port; the text in the evidence says what is there",
    ),
    Verdict.NOISE: (
        "octets come that are no answer",
        "check speed and parity of the serial side, and the framing in the URL",
    ),
    Verdict.SILENT: (
        "the port is open and nothing answers: wrong address, no power, no wire, or a queue",
        "try --serial with the meter's serial number, --server, or --wait 40 for a queue",
    ),
    Verdict.UNREACHABLE: (
        "host or port cannot be reached",
        "check the address, and whether the meter or converter has another one now",
    ),
}


def conclude(url: str, framing: str, outcomes: Sequence[Outcome], when: dt.datetime) -> ProbeReport:
    """The report.

    Args:
        url: Where the meter is.
        framing: ``hdlc`` or ``wrapper``.
        outcomes: Every attempt, in order.
        when: When the probe ended, aware.
    """
    verdict = _verdict(outcomes)
    summary, action = _VERDICTS[verdict]
    best = _best(outcomes)
    report = ProbeReport(
        url=url,
        framing=framing,
        when=when,
        verdict=verdict,
        summary=summary,
        next_action=action,
        form=_form(outcomes),
        clients=tuple(_clients(outcomes)),
        longest_sent=max((outcome.longest_sent for outcome in outcomes), default=0),
        longest_received=max((outcome.longest_received for outcome in outcomes), default=0),
        ruled_out=tuple(_ruled_out(outcomes)),
        outcomes=tuple(outcomes),
    )
    if best is not None:
        report = evolve(
            report,
            link=best.link,
            conformance=best.conformance,
            max_pdu=best.max_pdu,
            survey=evolve(best.survey, blocks=_blocks(outcomes)),
        )
    quirks, findings = _quirks(report)
    report = evolve(report, quirks=quirks, findings=(*findings, *_limits(report)))
    return evolve(report, commands=commands(report), profile=profile_text(report))


def _verdict(outcomes: Sequence[Outcome]) -> Verdict:
    ends = {outcome.end for outcome in outcomes}
    if End.ASSOCIATED in ends:
        return Verdict.READABLE
    if any(end.is_answer for end in ends):
        return Verdict.NO_ENTRY
    if End.BANNER in ends:
        said = " ".join(outcome.banner for outcome in outcomes).lower()
        is_busy = any(word in said for word in BUSY_WORDS)
        return Verdict.BUSY if is_busy else Verdict.OTHER_PROTOCOL
    if End.HELD in ends:
        return Verdict.HELD
    if ends <= {End.UNREACHABLE}:
        return Verdict.UNREACHABLE
    if End.NOISE in ends:
        return Verdict.NOISE
    return Verdict.SILENT


def _best(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The attempt that says most: the one that got furthest, and of several that told most."""

    def worth(outcome: Outcome) -> tuple[bool, bool, bool, int]:
        survey = outcome.survey
        return (
            outcome.end is End.ASSOCIATED,
            outcome.attempt.goal is Goal.SURVEY and not survey.broke_at,
            outcome.end.is_answer and outcome.attempt.proposes,
            len(survey.objects or ()) + len(survey.identity) + len(survey.readings),
        )

    answered = [outcome for outcome in outcomes if outcome.end.is_answer]
    return max(answered, key=worth, default=None)


def _form(outcomes: Sequence[Outcome]) -> AddressForm | None:
    answered = (outcome for outcome in outcomes if outcome.end.is_answer)
    return next((outcome.attempt.form for outcome in answered), None)


def _clients(outcomes: Sequence[Outcome]) -> Iterator[ClientFinding]:
    """The last word on each client, without and with a proof."""
    last = {
        (outcome.attempt.client, outcome.attempt.proves): outcome
        for outcome in outcomes
        if outcome.attempt.goal is Goal.SURVEY
        and outcome.end in {End.ASSOCIATED, End.REJECTED, End.UNANSWERED, End.HELD}
    }
    for (client, proved), outcome in sorted(last.items()):
        yield ClientFinding(
            address=client,
            end=outcome.end,
            needs=_needs(outcome),
            why=outcome.why,
            diagnostic=outcome.diagnostic,
            proved=proved,
        )


def _needs(outcome: Outcome) -> str:
    if outcome.end is End.ASSOCIATED:
        return "the password" if outcome.attempt.proves else "nothing"
    if outcome.mechanism:
        return f"mechanism {outcome.mechanism}"
    return (
        "" if outcome.diagnostic is None else _NEEDS.get(AcseUserDiagnostic(outcome.diagnostic), "")
    )


def _blocks(outcomes: Sequence[Outcome]) -> int:
    return max((outcome.survey.blocks for outcome in outcomes), default=0)


def _quirks(report: ProbeReport) -> tuple[Quirks, list[str]]:
    """What the meter does differently, and by what it was found."""
    outcomes = report.outcomes
    answered = [outcome for outcome in outcomes if outcome.end.is_answer]
    inside = [outcome for outcome in answered if outcome.end is End.ASSOCIATED]
    whole = [o for o in inside if o.attempt.goal is Goal.SURVEY and not o.survey.broke_at]
    survey, found, reasons = report.survey, Quirks(), []
    if report.framing == "hdlc" and answered and not any(o.attempt.proposes for o in answered):
        found = evolve(found, no_snrm_parameters=True)
        reasons.append("no_snrm_parameters: an SNRM with parameters was met with silence, twice")
    if inside and all(outcome.attempt.bare_tag for outcome in inside):
        found = evolve(found, bare_conformance_tag=True)
        reasons.append("bare_conformance_tag: the AARQ was answered only with the old tag")
    if whole and all(outcome.attempt.small_buffer for outcome in whole):
        size = max(outcome.attempt.small_buffer for outcome in whole)
        found = evolve(found, small_buffer=size)
        reasons.append(f"small_buffer {size}: longer frames did not pass, though negotiated")
    lists = survey.lists
    if lists is not None and lists.offered and not lists.longest:
        found = evolve(found, no_with_list=True)
        reasons.append("no_with_list: it offers multiple references and fails on them")
    elif lists is not None and lists.limited:
        found = evolve(found, with_list_limit=lists.longest)
        reasons.append(f"with_list_limit {lists.longest}: longer lists were refused")
    if survey.clock_finding is not None and survey.clock_finding.inverted_deviation:
        found = evolve(found, inverted_deviation=True)
        reasons.append("inverted_deviation: its time is right only with the other sign")
    if survey.released is False and inside:
        found = evolve(found, no_release=True)
        reasons.append("no_release: the release request had no answer, or ended the link")
    octets = report.form.octets if report.form is not None and report.form.octets > 1 else 0
    return evolve(found, address_octets=octets), reasons


def _limits(report: ProbeReport) -> Iterator[str]:
    """What the meter can, one sentence each."""
    survey = report.survey
    link = report.link
    if link:
        yield (
            f"HDLC: {link['max_info_transmit']} octets in {link['window_transmit']} frames to the "
            f"meter, {link['max_info_receive']} in {link['window_receive']} from it"
        )
    if report.longest_sent or report.longest_received:
        yield (
            f"longest frames that passed: {report.longest_sent} octets to the meter, "
            f"{report.longest_received} from it"
        )
    if not report.is_readable:
        return
    yield f"APDUs to the meter: {report.max_pdu or 'any number of'} octets"
    if survey.lists is not None:
        yield _list_sentence(survey.lists)
    yield f"block transfer: {_block_sentence(report)}"
    if survey.objects is not None:
        yield f"{len(survey.objects)} objects in its list"
    yield from _clock_sentences(survey)


def _list_sentence(lists: ListFinding) -> str:
    if not lists.offered:
        return "lists of attributes: not offered"
    if not lists.longest:
        return "lists of attributes: offered, and they fail"
    return f"lists of attributes: up to {lists.longest} were answered at once"


def _block_sentence(report: ProbeReport) -> str:
    if Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ not in report.conformance:
        return "not offered"
    if report.survey.blocks > 1:
        return "works"
    if report.survey.blocks == 1:
        return "offered; no answer was long enough to show it"
    return "offered, and it failed"


def _clock_sentences(survey: Survey) -> Iterator[str]:
    clock = survey.clock_finding
    if clock is None:
        return
    if clock.ahead is None:
        yield f"clock: {clock.shown}; it names no instant without --zone"
        return
    seconds = clock.ahead.total_seconds()
    word = "ahead of" if seconds > 0 else "behind"
    yield f"clock: {clock.shown}, {abs(seconds):.1f} s {word} this machine"


def _ruled_out(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What the evidence excludes."""
    reached = [outcome for outcome in outcomes if outcome.end is not End.UNREACHABLE]
    if not reached:
        return
    yield "host or port unreachable: the connection was made"
    if any(outcome.end.is_answer or outcome.end is End.HELD for outcome in reached):
        yield "no meter, no power, a broken wire: it answers"
    answered = [outcome for outcome in reached if outcome.end.is_answer]
    if answered:
        yield "another client on the line: the meter talks to us"
    if any(outcome.late for outcome in answered):
        yield "a silent meter: the answer came late, as behind another client"
    tried = {
        f"{outcome.attempt.form}, client {outcome.attempt.client}": None
        for outcome in reached
        if outcome.end is End.SILENT
        and not any(o.attempt.form == outcome.attempt.form for o in answered)
    }
    for what in tried:
        yield f"{what}: silence"
