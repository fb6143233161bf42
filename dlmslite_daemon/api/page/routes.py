"""The addresses of the page: its screens, its stream, its forms, its files.

Nothing of it is in the description of the API. Who has not signed in is led to the sign-in; what
goes wrong is told on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from dlmslite_daemon.api.auth import Gate, digest_of, needs, same_origin
from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.limits import Buckets
from dlmslite_daemon.api.logbook import Cursor, Told
from dlmslite_daemon.api.page import render
from dlmslite_daemon.api.page.actions import VERBS, test_sink
from dlmslite_daemon.api.page.assets import ASSETS, FOLDER
from dlmslite_daemon.api.page.forms import fields
from dlmslite_daemon.api.page.looking import CHOICES, look_of, own_path
from dlmslite_daemon.api.page.news import News, Seen
from dlmslite_daemon.api.page.screens.base import SCREENS, Asked, Look, Pages, Screen
from dlmslite_daemon.api.routes import alarms
from dlmslite_daemon.api.routes.base import PageViewer
from dlmslite_daemon.api.routes.session import forget, remember
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.api.sessions import COOKIE
from dlmslite_daemon.api.streams import EventStream
from dlmslite_daemon.errors import ConfigError, NotAllowed

LEVEL = "debug"  # the least that is shown of the log
LINES_FIRST = 100  # lines of the log on a page that was just opened
LINES_AT_ONCE = 500  # in one event; the page keeps no more
YEAR = 365 * 24 * 3600
FOR_EVER = {"Cache-Control": f"public, max-age={YEAR}, immutable"}

router = APIRouter(include_in_schema=False)

Fields = Annotated[dict[str, str], Depends(fields)]
PageOperator = Annotated[Caller, needs(Role.OPERATOR, page=True)]


def attach(app: FastAPI, services: Services) -> None:
    """Add the page to the application."""
    app.state.pages = Pages(services)
    app.include_router(router)


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


PagesOf = Annotated[Pages, Depends(_pages)]


# ---------------------------------------------------------------- screens


def _screen(name: str, screen: Screen) -> Callable[..., Response]:
    def show(request: Request, pages: PagesOf, caller: PageViewer) -> Response:
        look = look_of(request, pages.services.clock.utc_ms(), caller)
        asked = {**request.query_params, **request.path_params}
        shown = screen.load(pages, look, asked)
        context = {
            **_frame(request, shown.title, screen.nav),
            **shown.context,
            "note": _note(look, asked, shown.title),
        }
        if shown.log is not None:
            told = pages.services.log.recent(shown.log, LINES_FIRST, LEVEL, 0)
            context["log"] = told.lines
            asked["cursor"] = str(told.cursor)
        if shown.regions:
            query = urlencode({**asked, "screen": name, "at": look.path})
            context["events"] = f"/page/events?{query}"
        return render.page(screen.template, look, context)

    return show


def _frame(request: Request, title: str, nav: str = "") -> dict[str, Any]:
    """What the frame around every page is filled with."""
    return {"title": title, "nav": nav, "note": "", "version": request.app.version}


def _note(look: Look, asked: Asked, name: str) -> str:
    """What was just done here."""
    key = f"did.{asked.get('did', '')}"
    return look.words.get(key, "").format(name=name)


# ---------------------------------------------------------------- news


@router.get("/page/events")
def events(request: Request, pages: PagesOf, caller: PageViewer) -> Response:
    """What changes on one page, as it changes."""
    asked = dict(request.query_params)
    screen = SCREENS.get(asked.get("screen", ""))
    if screen is None:
        return Response(status_code=404)
    # The first look tells what there is no news of, such as a meter that was removed.
    screen.load(pages, look_of(request, pages.services.clock.utc_ms(), caller), asked)
    log = pages.services.log
    try:
        cursor = Cursor.parse(request.headers.get("last-event-id") or asked.get("cursor", ""))
    except ConfigError:
        cursor = log.now()
    news = News(lambda after: _look_again(request, pages, screen, caller, asked, after), cursor)
    return EventStream(news, pages.services.streams)


def _look_again(
    request: Request, pages: Pages, screen: Screen, caller: Caller, asked: Asked, cursor: Cursor
) -> Seen | None:
    """What a page shows now; None when its viewer is signed in no more."""
    gate: Gate = request.app.state.gate
    key = request.cookies.get(COOKIE)
    if key is not None and gate.session(key) is None:
        return None
    now_ms = pages.services.clock.utc_ms()
    look = look_of(request, now_ms, caller, path=own_path(asked.get("at", "/")))
    shown = screen.load(pages, look, asked)
    told = Told((), (), cursor)
    if shown.log is not None:
        told = pages.services.log.after(cursor, shown.log, LEVEL, frames=False)
    lines = told.lines[-LINES_AT_ONCE:]
    return Seen(
        now_ms,
        render.regions(shown, look),
        told.cursor,
        render.log_lines(look, lines) if lines else "",
        gap=bool(told.gap) or len(lines) < len(told.lines),
    )


# ---------------------------------------------------------------- forms


@router.post("/meters/{meter}/do")
def act(
    meter: str, request: Request, pages: PagesOf, form: Fields, caller: PageOperator
) -> Response:
    """Pause, resume, restart, test: at once, or after a question."""
    services = pages.services
    record = services.store.meter(meter)
    verb = VERBS.get(form.get("verb", ""))
    back = f"/meters/{record.id}"
    if verb is None:
        return _back(back)
    if verb.asks and form.get("sure") != "yes":
        look = look_of(request, services.clock.utc_ms(), caller)
        return render.page(
            "sure.html",
            look,
            {
                **_frame(request, look.words(f"do.{verb.name}"), "fleet"),
                "question": look.words(f"ask.{verb.name}", name=record.name),
                "action": f"{back}/do",
                "verb": verb.name,
                "back": back,
            },
        )
    if verb.slow:
        slow: Buckets = request.app.state.slow
        slow.take("")
    operation = verb.run(services, record.name, caller)
    pages.forget()
    return _back(back, did=verb.name, operation=operation)


@router.post("/alarms/{number}/acknowledge")
def acknowledge(number: int, pages: PagesOf, form: Fields, caller: PageOperator) -> Response:
    """Acknowledge an alarm, and go back to where that was asked."""
    alarms.acknowledge(number, pages.services, caller)
    pages.forget()
    return _back(form.get("back", "/alarms"))


@router.post("/sinks/{sink}/test")
def try_sink(sink: str, pages: PagesOf, caller: PageOperator) -> Response:
    """Test a sink."""
    return _back("/delivery", operation=test_sink(pages.services, sink, caller))


@router.post("/page/display")
def display(form: Fields) -> Response:
    """Choose a theme and a language; nothing else is kept, so anybody may."""
    answer = _back(form.get("back", "/"))
    for name, among in CHOICES.items():
        if form.get(name) in among:
            answer.set_cookie(name, form[name], max_age=YEAR, path="/", samesite="lax")
    return answer


# ---------------------------------------------------------------- in and out


@router.get("/login")
def login(request: Request, pages: PagesOf) -> Response:
    """How to sign in."""
    look = look_of(request, pages.services.clock.utc_ms(), None)
    reason = request.query_params.get("reason", "")
    return _login(request, look, look.words.get(f"signin.why.{reason}", ""))


@router.get("/welcome")
def welcome(request: Request, pages: PagesOf) -> Response:
    """On the way from a sign-in link to the fleet; asks for that by itself."""
    look = look_of(request, pages.services.clock.utc_ms(), None)
    title = look.words("signin.welcome")
    return render.page("welcome.html", look, {**_frame(request, title), "onward": "/"})


@router.post("/login")
def sign_in(request: Request, pages: PagesOf, form: Fields) -> Response:
    """Sign in with a token."""
    same_origin(request)
    services = pages.services
    gate: Gate = request.app.state.gate
    token = form.get("token", "").strip()
    try:
        caller = gate.admit(token)
    except NotAllowed:
        look = look_of(request, services.clock.utc_ms(), None, path="/login")
        return _login(request, look, look.words("signin.why.token"), 403)
    key, _ = services.sessions.open(caller, digest_of(token))
    answer = _back("/")
    remember(answer, key)
    return answer


@router.post("/logout")
def sign_out(request: Request, pages: PagesOf, _: PageViewer) -> Response:
    """Sign out."""
    pages.services.sessions.close(request.cookies.get(COOKIE, ""))
    answer = _back("/login", reason="out")
    forget(answer)
    return answer


def _login(request: Request, look: Look, why: str, status: int = 200) -> Response:
    context = {**_frame(request, look.words("signin")), "why": why}
    return render.page("login.html", look, context, status=status)


# ---------------------------------------------------------------- files


@router.get(f"{FOLDER}/{{name}}")
def asset(name: str) -> Response:
    """A style, a script, a picture; its address changes with its content."""
    found = ASSETS.get(name)
    if found is None:
        return Response(status_code=404)
    return Response(found.octets, media_type=found.media_type, headers=FOR_EVER)


def _back(path: str, /, **query: str | None) -> RedirectResponse:
    """To a page, after a form: a reload does not send the form again."""
    known: Mapping[str, str] = {key: value for key, value in query.items() if value is not None}
    target = own_path(path)
    return RedirectResponse(f"{target}?{urlencode(known)}" if known else target, status_code=303)


for _name, _one in SCREENS.items():
    router.add_api_route(_one.path, _screen(_name, _one), methods=["GET"])
