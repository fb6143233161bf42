"""Signing in to the page: links that are good once, and the sessions that browsers hold.

A link is printed by ``run`` and by ``token link``; whoever opens it within ten minutes gets a
session, and nobody gets a second one from it. A session's key is 32 random octets in a cookie that
scripts cannot read and other sites cannot use. Both live in memory alone: a restart signs out.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from attrs import frozen

from dlmslite_daemon.api.caller import Caller
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import NotAllowed

BY_LINK = "signed-in"  # whoever came by a link, in the audit
COOKIE = "dlmslite_session"
LINK_SECONDS = 600.0
SESSION_SECONDS = 12 * 3600.0
LINKS_MAX = 20  # open at once; the oldest goes
SESSIONS_MAX = 200  # likewise
KEY_OCTETS = 32


@frozen
class Session:
    """A browser that is signed in.

    Attributes:
        caller: Who.
        until: When it ends, s on the monotonic clock.
        expires_ms: The same, ms UTC, to be shown.
        digest: That of the token it came from; empty when it came from a link. It ends with it.
    """

    caller: Caller
    until: float
    expires_ms: int
    digest: str = ""


class Sessions:
    """The open links and sessions of one daemon.

    Args:
        clock: Tells when they end.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._links: OrderedDict[str, tuple[Caller, float]] = OrderedDict()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def make_link(self, caller: Caller) -> str:
        """A code that is good once, for ten minutes."""
        code = secrets.token_urlsafe(KEY_OCTETS)
        with self._lock:
            self._links[code] = (caller, self._clock.monotonic() + LINK_SECONDS)
            while len(self._links) > LINKS_MAX:
                self._links.popitem(last=False)
        return code

    def redeem(self, code: str) -> tuple[str, Session]:
        """A session for a code, which is spent by it: the session's key, and the session.

        Raises:
            NotAllowed: The code is not known, was used, or is over (``E-SIGNIN``).
        """
        with self._lock:
            caller, until = self._links.pop(code, (None, 0.0))
        if caller is None or until <= self._clock.monotonic():
            raise NotAllowed(
                "this sign-in link was used, or is over",
                code="E-SIGNIN",
                hint="'dlmslite-bridge token link' prints a new one",
            )
        return self.open(caller)

    def open(self, caller: Caller, digest: str = "") -> tuple[str, Session]:
        """A session for whoever has shown who he is: its key, and the session."""
        key = secrets.token_urlsafe(KEY_OCTETS)
        expires_ms = self._clock.utc_ms() + int(SESSION_SECONDS * 1000)
        until = self._clock.monotonic() + SESSION_SECONDS
        session = Session(caller, until, expires_ms, digest)
        with self._lock:
            self._sessions[key] = session
            while len(self._sessions) > SESSIONS_MAX:
                self._sessions.popitem(last=False)
        return key, session

    def get(self, key: str) -> Session | None:
        """The session of a key; None when there is none, or it is over."""
        with self._lock:
            session = self._sessions.get(key)
            if session is not None and session.until <= self._clock.monotonic():
                del self._sessions[key]
                return None
        return session

    def close(self, key: str) -> None:
        """Sign out; nothing happens if there is no such session."""
        with self._lock:
            self._sessions.pop(key, None)
