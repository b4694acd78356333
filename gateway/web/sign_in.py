"""The pages by which a person proves who they are."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.access.issuer import IssuerAway
from gateway.access.own_address import local_path
from gateway.access.sessions import demo_people, room_of
from gateway.access.sign_in import LogoutRefused, SignedIn, SignInEnded
from gateway.access.subjects import NoRoleHere
from gateway.domain.errors import CallInvalid, TooManyCalls
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.page_route import PageRoute
from gateway.web.route import route
from gateway.web.visit import Visit, form_of

log = structlog.get_logger(__name__)

CALLBACK = "/sign-in/callback"
HOMES = {Room.CONSOLE: "/console", Room.PORTAL: "/"}


def register(app: Starlette, web: WebContext) -> None:
    """Serve sign-in."""
    # It has no page around it: the issuer itself calls, and no browser.
    app.router.routes.append(PageRoute("/sign-in/back-channel-logout", _back_channel(web), methods=["POST"]))
    route(app, web, "/sign-in", _choice, room=None)
    route(app, web, "/sign-in/demo", _enter, room=None, methods=("POST",))
    route(app, web, CALLBACK, _callback, room=None)
    route(app, web, "/sign-in/{issuer}", _begin, room=None)


async def _choice(visit: Visit) -> Response:
    return _page(visit, target=local_path(visit.asked("target")) or "")


async def _begin(visit: Visit) -> Response:
    name, target = visit.request.path_params["issuer"], local_path(visit.asked("target")) or ""
    if visit.web.sign_ins.take(visit.address):
        raise TooManyCalls("Too many sign-ins were begun from this address.")
    try:
        address = await visit.web.sign_in.begin(
            name, browser=visit.browser, target=target, back=visit.origin + CALLBACK
        )
    except IssuerAway:
        return _page(visit, target=target, state="away", status=503, issuer=visit.web.sign_in.issuers[name])
    return visit.onward(address)


async def _callback(visit: Visit) -> Response:
    answer = dict(visit.request.query_params)
    if visit.web.sign_ins.take(visit.address):
        raise TooManyCalls("Too many sign-ins came back to this address.")
    try:
        done = await visit.web.sign_in.complete(answer, browser=visit.browser, back=visit.origin + CALLBACK)
    except SignInEnded as error:
        log.warning("sign_in_ended", address=visit.address, reason=error.reason)
        return _page(visit, state="ended", status=400)
    except NoRoleHere as error:
        about = {"issuer": error.issuer_title, "contact": error.contact, "subject": error.subject, "claim": error.claim}
        return _page(visit, state="no_role", status=403, **about)
    except IssuerAway:
        return _page(visit, state="away_meanwhile", status=503)
    return await _entered(visit, done)


async def _enter(visit: Visit) -> Response:
    target = local_path(visit.form.get("target", "")) or ""
    return await _entered(visit, await visit.web.sign_in.enter(visit.form.get("person", ""), target))


async def _entered(visit: Visit, done: SignedIn) -> Response:
    """Have the browser keep the session, in place of one that it kept in the same room, and go where the person wanted to."""
    if (before := await visit.session_in(done.room)) is not None:
        await visit.web.sign_in.replaced(before)
    if before_secret := visit.last_secret(done.room):
        await visit.web.sessions.carry_draft(before_secret, done.secret)
    visit.keep(done.room, done.secret)
    wanted = done.target if done.target and room_of(done.target.partition("?")[0]) is done.room else ""
    return visit.onward(wanted or HOMES[done.room])


def _page(visit: Visit, *, target: str = "", state: str = "", status: int = 200, **values: str) -> Response:
    flow = visit.web.sign_in
    people = list(demo_people(visit.web.sessions.security)) if flow.is_open else []
    given = {"issuer": "", "contact": "", "subject": "", "claim": "", **values}
    return visit.page(
        "sign_in.html",
        status=status,
        issuers=flow.issuers,
        contacts=flow.contacts,
        people=people,
        target=target,
        state=state,
        **given,
    )


def _back_channel(web: WebContext) -> Callable[[Request], Awaitable[Response]]:
    async def logged_out(request: Request) -> Response:
        """End what an issuer ended (OpenID Connect Back-Channel Logout 1.0, section 2.8)."""
        client = request.scope.get("client")
        try:
            if web.sign_ins.take(f"back-channel {client[0] if client else ''}"):
                raise TooManyCalls
            await web.sign_in.logged_out((await form_of(request)).get("logout_token", ""))
        except (LogoutRefused, CallInvalid) as error:
            log.warning("logout_token_refused", reason=str(error))
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        return Response(status_code=200)

    return logged_out
