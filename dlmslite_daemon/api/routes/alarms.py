"""Alarms: list, acknowledge, clear, mute. Muting is by code, by subject, or both.

A subject is the name of a meter, ``sink:<name>``, or ``bridge``. What is muted is still raised,
counted and shown; the sinks are not told of it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.alarm import CODES, Alarm, Mute
from dlmslite_daemon.api.caller import Caller
from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Body,
    Ms,
    Operator,
    Resource,
    ServicesOf,
    Viewer,
    to_come,
)
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.api.views import alarm_view, mute_view, span_end
from dlmslite_daemon.errors import ConfigError, UnknownAlarmCode
from dlmslite_daemon.store.base import Store

PAGE = 100  # alarms in an answer unless told otherwise
PAGE_MAX = 1000
NUMBER_MAX = 2**63 - 1  # of a row in the store

router = APIRouter(prefix="/api/alarms", tags=["alarms"])

AlarmNumber = Annotated[int, Path(ge=1, le=NUMBER_MAX, description="An alarm's number.")]
_Until = Annotated[Ms | None, Field(description="ms UTC; without it, for good.")]


class UntilBody(Body):
    """How long."""

    until: _Until = None


class MuteBody(Body):
    """What is muted, or no longer: a code, a subject, or a code of a subject."""

    code: str = Field(default="", max_length=64, description="An alarm's code; empty for any.")
    meter: str = Field(default="", max_length=64, description="A meter's name or number.")
    subject: str = Field(
        default="", max_length=80, description="sink:NAME or bridge, where it is no meter."
    )


class MuteUntilBody(MuteBody):
    """What is muted, and how long."""

    until: _Until = None


@router.get("")
def list_alarms(
    services: ServicesOf,
    _: Viewer,
    every: Annotated[
        bool, Query(alias="all", description="Those that are over too, newest first.")
    ] = False,
    meter: Annotated[str | None, Query(max_length=64)] = None,
    subject: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
    before: Annotated[int | None, Query(ge=1, le=NUMBER_MAX, description="The next page.")] = None,
) -> Response:
    """Alarms, newest first, and what is muted; ``next_before`` leads to the next page."""
    store, now_ms = services.store, services.clock.utc_ms()
    whom = store.meter(meter).name if meter else subject
    found = store.alarms(active=not every, subject=whom, limit=limit + 1, before=before)
    page = found[:limit]
    return success(
        count=len(page),
        alarms=[alarm_view(alarm) for alarm in page],
        mutes=[mute_view(mute) for mute in store.mutes() if mute.lasts(now_ms)],
        next_before=page[-1].number if len(found) > limit else None,
    )


@router.get("/{number:int}")
def show(number: AlarmNumber, services: ServicesOf, _: Viewer) -> Response:
    """One alarm."""
    return success(alarm=alarm_view(services.store.alarm(number)))


@router.post("/{number:int}/ack")
def acknowledge(number: AlarmNumber, services: ServicesOf, caller: Operator) -> Response:
    """Say that somebody has seen it; it stays open until it clears."""
    alarm = services.alarm_desk().acknowledge(number, caller.name)
    services.audit(caller, "alarm.ack", *_target(alarm))
    return success(message=f"alarm {number} is acknowledged", alarm=alarm_view(alarm))


@router.post("/{number:int}/clear")
def clear(number: AlarmNumber, services: ServicesOf, caller: Operator) -> Response:
    """End it by hand; it is raised anew if what it is about still holds."""
    alarm = services.alarm_desk().clear(number, caller.name)
    services.audit(caller, "alarm.clear", *_target(alarm))
    return success(message=f"alarm {number} is cleared", alarm=alarm_view(alarm))


@router.post("/{number:int}/mute")
def mute_one(
    number: AlarmNumber, services: ServicesOf, caller: Operator, body: UntilBody | None = None
) -> Response:
    """Mute alarms of its code and subject."""
    alarm = services.store.alarm(number)
    until = body.until if body else None
    return _mute(services, caller, alarm.condition.code, alarm.subject, until)


@router.post("/{number:int}/unmute")
def unmute_one(number: AlarmNumber, services: ServicesOf, caller: Operator) -> Response:
    """Tell the sinks again of alarms of its code and subject."""
    alarm = services.store.alarm(number)
    return _unmute(services, caller, alarm.condition.code, alarm.subject)


@router.post("/mute", status_code=201)
def mute(body: MuteUntilBody, services: ServicesOf, caller: Operator) -> Response:
    """Mute a code, a subject, or a code of a subject; the same again takes the new time."""
    _see_that_there_is(body.code, services.store)
    return _mute(services, caller, body.code, _subject(services, body), body.until, 201)


@router.post("/unmute")
def unmute(body: MuteBody, services: ServicesOf, caller: Operator) -> Response:
    """Tell the sinks again; at once of what is open."""
    return _unmute(services, caller, body.code, _subject(services, body))


def _mute(
    services: Services,
    caller: Caller,
    code: str,
    subject: str,
    until: int | None,
    status: int = 200,
) -> Response:
    to_come(services, until, "until")
    wish = Mute(code, subject, until, caller.name)
    kept = services.alarm_desk().mute(wish)
    services.audit(
        caller, "alarm.mute", subject, f"{code or 'all'} {span_end(until) or 'until unmuted'}"
    )
    return success(status, message=f"{_words(code, subject)} muted", mute=mute_view(kept))


def _unmute(services: Services, caller: Caller, code: str, subject: str) -> Response:
    gone = services.alarm_desk().unmute(code, subject)
    services.audit(caller, "alarm.unmute", subject, code or "all")
    return success(message=f"{_words(code, subject)} no longer muted", mute=mute_view(gone))


def _see_that_there_is(code: str, store: Store) -> None:
    """See that some alarm has the code, or had it: a word with a slip of the pen mutes nothing."""
    if not code or code in CODES:
        return
    had, before = set[str](), None
    while page := store.alarms(active=False, limit=PAGE_MAX, before=before):
        had |= {alarm.condition.code for alarm in page}
        before = page[-1].number
    if code not in had:
        raise UnknownAlarmCode(code, CODES | had)


def _subject(services: Services, body: MuteBody) -> str:
    if body.meter and body.subject:
        raise ConfigError("say a meter or a subject, not both", key="subject")
    return services.store.meter(body.meter).name if body.meter else body.subject


def _words(code: str, subject: str) -> str:
    return f"{code or 'every alarm'}{f' of {subject}' if subject else ''} is"


def _target(alarm: Alarm) -> tuple[str, str]:
    return alarm.subject, f"{alarm.condition.code}, alarm {alarm.number}"


ROUTES.add("alarms", Resource(router))
