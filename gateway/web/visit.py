"""One visit of a page: who asks, in which language and session, and what a form brings."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway import observe
from gateway.access import Call, Caller, CallHead, OpenSession, Proof
from gateway.access.sessions import COOKIES, ENDED, digest_of, form_token, mark_of
from gateway.api.middleware import GUESSED
from gateway.api.problems import Later
from gateway.domain.errors import CallInvalid
from gateway.domain.permission import Role
from gateway.domain.subject import Room
from gateway.store.sessions import DRAFT_KEPT
from gateway.web.context import WebContext
from gateway.web.fields import fields_once
from gateway.web.form_with_file import SentFile
from gateway.web.open_counts import NO_WORK, OpenCounts, OpenWork
from gateway.web.templates_in_language import Templates
from gateway.web.window_strip import WindowStrip

BROWSER = "__Host-sw-browser"
"""The cookie of a browser in which nobody is signed in yet: forms and sign-ins belong to it."""
LANGUAGE = "__Host-sw-language"
KEYS, KEYS_OFF = "__Host-sw-keys", "off"
"""The cookie of a browser in which the keys of the console are switched off."""
FORM_BYTES = 64 * 1024
"""Bytes of a form without a file."""
_MOST_FIELDS = 200
VISITOR = Caller(name="visitor", roles=frozenset({Role.TRADER}), eoris=frozenset(), is_person=True, proof=Proof.NONE)
"""The caller of pages for everybody where nobody is signed in: sees as a trader does, and no declaration."""
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self' 'nonce-{nonce}'; img-src 'self'; connect-src 'self'; "
    "form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(slots=True, kw_only=True)
class Visit:
    """One visit of a page."""

    web: WebContext
    request: Request
    head: CallHead
    origin: str
    """The gateway's own, as the browser shows it."""
    language: str
    room: Room | None
    """The room whose frame the page has; None: that of nobody who is signed in."""
    session: OpenSession | None = None
    windows: Sequence[WindowStrip] = ()
    """The contingency windows that are open, in the console."""
    form: Mapping[str, str] = field(default_factory=dict)
    """The fields that were sent: every field once."""
    file: SentFile | None = None
    """The file that was sent with it."""
    cookies: dict[str, str | None] = field(default_factory=dict)
    """The cookies that the answer sets; None takes one away."""
    open_work: OpenWork = NO_WORK
    """The open orders and applications that the reader may answer, in the console."""
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    """The nonce of this answer: by it, and by nothing that was put into the page, a script runs and asks."""
    _browser: str | None = None

    @property
    def caller(self) -> Caller:
        """The person who is signed in; only where the page asks for somebody who is."""
        assert self.session is not None, "a page for everybody asks who is signed in"
        return self.session.caller

    @property
    def reader(self) -> Caller:
        """The person who is signed in, else a visitor: a trader of no EORI, whose share is that of the address."""
        return self.session.caller if self.session is not None else VISITOR

    @property
    def browser(self) -> str:
        """The mark that the browser keeps before anybody is signed in; a new one is set with the answer."""
        if self._browser is None:
            kept = self.head.cookies.get(BROWSER, "")
            self._browser = kept if 40 <= len(kept) <= 60 and kept.isascii() else secrets.token_urlsafe(32)
            if self._browser != kept:
                self.cookies[BROWSER] = self._browser
        return self._browser

    @property
    def waiting(self) -> OpenCounts:
        """The counts of the menu of the console."""
        return self.open_work.counts

    def offices(self, office: str, call: Call) -> frozenset[str] | None:
        """Return the offices of which a page tells: the one that is asked for, as far as its reader may see it; None: all."""
        seen = self.caller.offices_for(call)
        if not office:
            return seen
        return frozenset({office}) if seen is None else seen & {office}

    @property
    def secret(self) -> str:
        """The secret that forms belong to: the session, or the browser while there is none."""
        return self.session.secret if self.session is not None else self.browser

    @property
    def is_in_doubt(self) -> bool:
        """Whether the browser keeps a session of this room of which it is not known whether it is over: nobody is shown as signed in or out."""
        return (
            self.session is None
            and self.room is not None
            and COOKIES[self.room] in self.head.cookies
            and (COOKIES[self.room] not in self.cookies)
        )

    @property
    def address(self) -> str:
        """The address that the call comes from."""
        return self.head.address

    def asked(self, name: str) -> str:
        """Return a parameter of the address, empty where there is none."""
        return self.request.query_params.get(name, "")

    def text(self, key: str, /, **params: object) -> str:
        """Return a text in the reader's language."""
        return self.templates.text(key, **params)

    @property
    def templates(self) -> Templates:
        """The templates and texts in the reader's language."""
        return self.web.templates[self.language]

    def page(self, template: str, *, status: int = 200, forms: Sequence[str] = (), **values: Any) -> Response:
        """Return a page; `forms` are further origins that its forms may lead to."""
        html = self.templates.render(
            template,
            visit=self,
            room=self.room,
            person=self.session.session.subject if self.session is not None else None,
            form_token=form_token(self.secret),
            here=self.request.url.path,
            in_language=self._in_language,
            waiting=self.waiting,
            nonce=self.nonce,
            shortcuts=self.head.cookies.get(KEYS) != KEYS_OFF,
            **values,
        )
        return self.finished(HTMLResponse(html, status_code=status), forms=forms)

    def onward(self, location: str) -> Response:
        """Send the browser on, to be asked for with GET."""
        return self.finished(RedirectResponse(location, status_code=303))

    def onward_done(self, path: str, done: str) -> Response:
        """Send the browser on to a page that says what was done, with the mark that it was."""
        return self.onward(f"{path}?{urlencode({'done': done, 'mark': mark_of(self.secret, f'{done} {path}')})}")

    def was_done(self) -> str:
        """Return what the address says was done on this page, if this browser did it; else nothing."""
        done = self.asked("done")
        mark = mark_of(self.secret, f"{done} {self.request.url.path}") if self.secret else ""
        return done if mark and hmac.compare_digest(self.asked("mark").encode(), mark.encode()) else ""

    def finished(self, response: Response, *, forms: Sequence[str] = ()) -> Response:
        """Return an answer with the cookies and with what every page says to the browser."""
        headers = response.headers
        headers["Content-Security-Policy"] = _POLICY.format(forms=" ".join(("'self'", *forms)), nonce=self.nonce)
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Content-Language"] = self.language
        headers["Vary"] = "Cookie, Accept-Language"
        if self.origin.startswith("https:"):
            headers["Strict-Transport-Security"] = "max-age=31536000"
        kept_s = {LANGUAGE: _YEAR_S, KEYS: _YEAR_S, **dict.fromkeys(ENDED.values(), int(DRAFT_KEPT.total_seconds()))}
        for name, value in self.cookies.items():
            # Lax: a person who comes from the issuer, or by a link of a colleague, is the same person here. Forms are held against
            # their origin and their token besides.
            response.set_cookie(
                name,
                value or "",
                max_age=0 if value is None else kept_s.get(name),
                path="/",
                secure=True,
                httponly=True,
                samesite="lax",
            )
        return response

    def keep(self, room: Room, secret: str) -> None:
        """Have the browser keep a session."""
        self.cookies |= {COOKIES[room]: secret, **({ENDED[room]: None} if ENDED[room] in self.head.cookies else {})}

    def forget(self, room: Room) -> None:
        """Have the browser forget a session that is over, but for what its other windows may send yet."""
        self.cookies |= {COOKIES[room]: None, ENDED[room]: self.head.cookies[COOKIES[room]]}

    def last_secret(self, room: Room) -> str:
        """Return the secret of the session that the browser keeps in a room, or of that which ended there; empty: there is none."""
        return self.head.cookies.get(COOKIES[room]) or self.head.cookies.get(ENDED[room], "")

    async def session_in(self, room: Room, *, noted: bool = True) -> OpenSession | None:
        """Return whose session the browser keeps in a room; None: it keeps none that is not over. `noted`: whether it is used by that.

        Raises:
            Later: too many were guessed from the address, as with keys, and this one is none.
            StoreUnavailable: whether it is over cannot be found out now.
        """
        secret = self.head.cookies.get(COOKIES[room])
        if not secret:
            return None
        admission, digest = self.web.admission, digest_of(secret)
        wait = admission.failing(self.address)
        if not wait or digest in self.web.known_sessions or await self.web.sessions.may_be_good(digest):
            session = await self.web.sessions.session(self.head, room, noted=noted)
            if session is not None:
                self.web.known_sessions.saw(digest)
                return session
            self.web.known_sessions.forget(digest)
            wait = admission.failed(self.address)
        if wait:
            observe.refused("keys")
            raise Later(wait, GUESSED)
        # It keeps it no longer, so one that is over counts once.
        self.forget(room)
        return None

    async def draft(self) -> Mapping[str, str]:
        """Return the texts typed into this page's form when its session had ended; empty: nothing."""
        if self.session is None:
            return {}
        return await self.web.sessions.draft(self.session, self.request.url.path)

    async def typed(self) -> Mapping[str, str]:
        """Return what was sent; before that what was kept of it over sign-in."""
        return self.form if self.request.method == "POST" else await self.draft()

    async def drop_draft(self) -> None:
        """Erase what was kept of a form: it is sent."""
        if self.session is not None and self.session.session.has_draft:
            await self.web.sessions.drop_draft(self.session)

    def _in_language(self, language: str) -> str:
        """Return the address of this page in another language."""
        others = [(name, value) for name, value in self.request.query_params.multi_items() if name != "lang"]
        return f"{self.request.url.path}?{urlencode([*others, ('lang', language)])}"


_YEAR_S = 31_536_000


async def form_of(request: Request) -> Mapping[str, str]:
    """Read a form without files.

    Raises:
        CallInvalid: it is no form, larger than one is, or a field stands twice.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise CallInvalid("A form is needed.")
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > FORM_BYTES:
            raise CallInvalid("More was sent than a form has.")
    try:
        pairs = parse_qsl(read.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise CallInvalid("The form cannot be read.") from error
    return fields_once(pairs)
