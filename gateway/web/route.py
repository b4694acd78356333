"""The way of every page: its language, whose session it is, whether a form is one of ours, and what stands there when it is refused."""

import math
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import WHO_MAY, CallHead
from gateway.access.callers import RoleNotAllowed
from gateway.access.own_address import ElsewhereSent, own_origin, require_own_page
from gateway.access.sessions import COOKIES, is_form_token
from gateway.api.admission import share_of
from gateway.api.problems import Later
from gateway.api.requests import must_stand_once
from gateway.domain.errors import (
    CallInvalid,
    GatewayError,
    NotAllowed,
    NotKnown,
    Overloaded,
    PaperNotMade,
    PaperNotPossible,
    StandsTwice,
    StoreError,
    TooLarge,
    TooManyCalls,
)
from gateway.domain.permission import Role
from gateway.domain.subject import Room
from gateway.domain.texts.languages import preferred
from gateway.domain.texts.sentences import ENGLISH
from gateway.web.context import WebContext
from gateway.web.form_with_file import CONTENT, KEPT_BYTES, NAME, form_with_file
from gateway.web.menu_count import waiting_for
from gateway.web.open_windows import open_windows
from gateway.web.page_route import PageRoute
from gateway.web.visit import FORM_BYTES, LANGUAGE, Visit, form_of

log = structlog.get_logger(__name__)

Page = Callable[[Visit], Awaitable[Response]]
"""Answers a visit."""
FORM_TOKEN = "form_token"
"""The hidden field of every form."""
_AGAIN_S = 20
_NOT_TYPED = frozenset({FORM_TOKEN, "version", "decision", "step", "of_version", CONTENT})


def route(
    app: Starlette,
    web: WebContext,
    path: str,
    page: Page,
    *,
    room: Room | None,
    methods: Sequence[str] = ("GET",),
    for_everybody: bool = False,
    takes_file: bool = False,
    lodges: bool = False,
    keeps_typed: bool = True,
) -> None:
    """Serve a page.

    Args:
        app: what serves it.
        web: what it is made with.
        path: its address.
        page: what answers; a form reaches it only if it came from one of our pages.
        room: whose frame it has, and whose session is read; None: the page belongs to neither.
        methods: GET, POST or both.
        for_everybody: whether nobody has to be signed in; else whoever is not is asked to.
        takes_file: whether its form may bring a file.
        lodges: whether its form brings a declaration or an amendment to be stored.
        keeps_typed: whether what is typed is kept where its session has ended meanwhile; not what is kept under seal alone.
    """

    async def answered(request: Request) -> Response:
        visit, admitted = visit_of(web, request, room), None
        try:
            visit.origin = own_origin(web.sessions.security.public_url, request.headers.getlist("host"))
            must_stand_once(request)
            if room is not None:
                visit.session = await visit.session_in(room)
            if visit.session is not None or (room is not None and for_everybody):
                caller, brings = visit.reader, lodges and request.method == "POST"
                admitted = web.admission.enter(share_of(caller, visit.address), caller, message=brings)
                request.scope["admitted"] = admitted
                if request.method == "GET":
                    await admitted.reads()
            if visit.session is None and room is not None and not for_everybody:
                if keeps_typed and request.method == "POST" and visit.last_secret(room):
                    if takes_file:
                        # What nobody who is signed in sends takes the share of its address.
                        admitted = web.admission.enter(
                            share_of(visit.reader, visit.address), visit.reader, message=False
                        )
                        request.scope["admitted"] = admitted
                    await _keep_typed(visit, room, takes_file=takes_file)
                return visit.onward(sign_in_address(request))
            if room is Room.CONSOLE and visit.session is not None:
                await _fill_frame(visit)
            if request.method == "POST":
                await _require_own_form(visit, takes_file=takes_file)
            return await page(visit)
        except GatewayError as error:
            is_again = _is_later(error) and request.method == "POST"
            again = await _typed(visit, takes_file=takes_file) if is_again else {}
            return refused(visit, error, again=again, takes_file=is_again and takes_file)
        finally:
            if admitted is not None:
                admitted.over()

    app.router.routes.append(PageRoute(path, answered, methods=list(methods)))


async def _fill_frame(visit: Visit) -> None:
    """Find out what the console shows around each page."""
    visit.windows = await open_windows(visit)
    if visit.request.method == "GET":
        visit.open_work = await waiting_for(visit)


def sign_in_address(request: Request) -> str:
    """Return where a person signs in who wanted this page; a form that was sent is not sent again, and its words are kept."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?target={quote(request.url.path + query, safe='')}"


def refused(
    visit: Visit, error: GatewayError, *, again: Mapping[str, str] | None = None, takes_file: bool = False
) -> Response:
    """Return the page of a refusal.

    Args:
        visit: the visit.
        error: why it is refused.
        again: the form that was sent, with its token, to be sent once more as it is.
        takes_file: whether that form may bring a file.
    """
    status, kind, seconds = error.status, "other", None
    if isinstance(error, ElsewhereSent):
        kind = "elsewhere"
    elif isinstance(error, NotAllowed):
        kind = "not_allowed"
    elif isinstance(error, NotKnown):
        kind = "not_known"
    elif _is_later(error):
        kind, seconds = "later", math.ceil(error.seconds) if isinstance(error, Later) else _AGAIN_S
    elif isinstance(error, TooLarge):
        kind = "too_large"
    elif isinstance(error, PaperNotPossible | PaperNotMade):
        kind = "no_paper" if isinstance(error, PaperNotPossible) else "paper_not_made"
    elif isinstance(error, StandsTwice):
        kind = "twice"
    elif isinstance(error, CallInvalid):
        kind = "invalid"
    if isinstance(error, StoreError):
        log.warning("store_refused", code=error.code)
    template = "portal/refused.html" if visit.room is Room.PORTAL else "refused.html"
    response = visit.page(
        template,
        status=status,
        kind=kind,
        current="",
        zone=visit.web.calendar.zone,
        who=_who_may(visit, error),
        seconds=seconds,
        code=error.code,
        again=again or {},
        words=_words(again or {}),
        takes_file=takes_file,
        # Of a file that is larger than a page carries along the name alone is kept.
        file_name=visit.file.own_name if visit.file is not None else (again or {}).get(NAME, ""),
        lacks_file=takes_file and (visit.file is not None and not visit.file.kept),
    )
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def visit_of(web: WebContext, request: Request, room: Room | None) -> Visit:
    """Return the visit that a request makes, before anybody is known."""
    client = request.scope.get("client")
    head = CallHead.of(request.method, request.url.path, request.scope["headers"], address=client[0] if client else "")
    asked, cookies = request.query_params.get("lang", ""), {}
    if asked in web.templates:
        cookies[LANGUAGE] = asked
    kept = asked if asked in web.templates else head.cookies.get(LANGUAGE, "")
    wishes = request.headers.getlist("accept-language")
    language = kept if kept in web.templates else preferred(wishes, web.templates.keys(), ENGLISH)
    return Visit(web=web, request=request, head=head, origin="", language=language, room=room, cookies=dict(cookies))


def _who_may(visit: Visit, error: GatewayError) -> Mapping[str, str] | None:
    """Return who may do what was refused to a role, and as what its reader is signed in; None: no role is the reason."""
    if not isinstance(error, RoleNotAllowed) or visit.session is None:
        return None
    wording, mine = visit.web.cases.wording([visit.language]), visit.caller.roles

    def named(roles: Collection[Role]) -> str:
        return ", ".join(wording.name("role", role.value) for role in Role if role in roles)

    return {"may": named(WHO_MAY[error.call]), "mine": named(mine)}


def _is_later(error: GatewayError) -> bool:
    """Whether the same may be sent again in a while."""
    return isinstance(error, Overloaded | StoreError | TooManyCalls)


async def _typed(visit: Visit, *, takes_file: bool) -> Mapping[str, str]:
    """Return the form that was sent and could not be taken, so that nothing typed is lost; empty: it is none of this browser's.

    Whether the session still lasts is not known now; that is asked when it is sent again. What may bring a file is not read for this: it
    was read, and is carried along if a page does that, or there was no space for it.
    """
    try:
        require_own_page(
            visit.origin, visit.request.headers.getlist("origin"), visit.request.headers.getlist("sec-fetch-site")
        )
        form = visit.form or ({} if takes_file else await form_of(visit.request))
    except GatewayError:
        return {}
    kept = visit.head.cookies.get(COOKIES[visit.room], "") if visit.room is not None else visit.browser
    if not kept or not is_form_token(form.get(FORM_TOKEN, ""), kept):
        return {}
    if visit.file is None:
        return form
    return {**form, NAME: visit.file.own_name, **({CONTENT: visit.file.kept} if visit.file.kept else {})}


def _words(form: Mapping[str, str]) -> Sequence[str]:
    """Return the texts typed in somebody's own words, so that they see these are kept."""
    return [value for name, value in form.items() if name in {"reason", "result"} and value.strip()]


async def _keep_typed(visit: Visit, room: Room, *, takes_file: bool) -> None:
    """Keep what was typed into a form of ours whose session has ended, so that it is there again after sign-in.

    The browser keeps the ended session until then: by it the draft is found, and by nothing else. Of a file the name is kept alone.
    From an address from which too many guessed, nothing is.
    """
    secret = visit.last_secret(room)
    if visit.web.admission.failing(visit.address):
        return
    require_own_page(
        visit.origin, visit.request.headers.getlist("origin"), visit.request.headers.getlist("sec-fetch-site")
    )
    try:
        form, file = (
            await form_with_file(visit.request, KEPT_BYTES) if takes_file else (await form_of(visit.request), None)
        )
    except TooLarge:
        return
    if not secret or not is_form_token(form.get(FORM_TOKEN, ""), secret):
        return
    typed = {name: value for name, value in form.items() if name not in _NOT_TYPED}
    if file is not None:
        typed[NAME] = file.own_name
    if sum(map(len, typed.values())) > FORM_BYTES:
        return
    if not await visit.web.sessions.keep_draft(secret, room, visit.request.url.path, typed):
        visit.web.admission.failed(visit.address)


async def _require_own_form(visit: Visit, *, takes_file: bool) -> None:
    headers = visit.request.headers
    require_own_page(visit.origin, headers.getlist("origin"), headers.getlist("sec-fetch-site"))
    if takes_file:
        visit.form, visit.file = await form_with_file(visit.request, visit.web.settings.limits.body_bytes)
    else:
        visit.form = await form_of(visit.request)
    if not is_form_token(visit.form.get(FORM_TOKEN, ""), visit.secret):
        raise ElsewhereSent("What was sent does not belong to a page that this browser was shown. Nothing was done.")
