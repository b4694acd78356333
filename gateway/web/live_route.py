"""The way of every stream of a page: whose session it is, proven anew before anything is sent, and refused by a status alone."""

from collections.abc import Awaitable, Callable

from fastapi.sse import ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway.access import Call, Caller
from gateway.access.own_address import own_origin
from gateway.access.sessions import SignedOut
from gateway.api.admission import own_share_of, share_of
from gateway.api.problems import Later
from gateway.api.requests import must_stand_once
from gateway.api.streams import LAST_EVENT, Read, Wait
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import GatewayError
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.page_route import PageRoute
from gateway.web.route import visit_of
from gateway.web.visit import Visit

Begin = Callable[[Visit], Awaitable[Response]]
"""Answers a visit with a stream."""
Told = Callable[[str, Caller, Record], Awaitable[ServerSentEvent | None]]
"""Returns the news since the page was last updated, by the last id, for the reader and the present declaration."""


def live_route(app: Starlette, web: WebContext, path: str, begin: Begin, *, room: Room) -> None:
    """Serve the stream of a page.

    Args:
        app: what serves it.
        web: what it is made with.
        path: its address.
        begin: what answers.
        room: whose session is read; that a page stays open is no use of it.
    """

    async def answered(request: Request) -> Response:
        visit = visit_of(web, request, room)
        try:
            visit.origin = own_origin(web.sessions.security.public_url, request.headers.getlist("host"))
            must_stand_once(request)
            visit.session = await visit.session_in(room, noted=False)
            if visit.session is None:
                raise SignedOut("The session is over.")
            caller = visit.session.caller
            admitted = web.admission.enter(share_of(caller, visit.address), caller, message=False)
            try:
                return _kept(visit, await begin(visit))
            finally:
                admitted.over()
        except GatewayError as error:
            answer = PlainTextResponse(error.code, status_code=error.status)
            if isinstance(error, Later):
                answer.headers["Retry-After"] = str(int(error.seconds))
            return _kept(visit, answer)

    app.router.routes.append(PageRoute(path, answered, methods=["GET"]))


async def proven(visit: Visit, call: Call) -> Caller:
    """Return who is signed in as they are now, without any use of their session.

    Raises:
        SignedOut: the session is over.
        NotAllowed: they may not any more.
        StoreUnavailable: whether they may cannot be found out now.
    """
    assert visit.room is not None, "a stream belongs to a room"
    session = await visit.web.sessions.session(visit.head, visit.room, noted=False)
    if session is None:
        raise SignedOut("The session is over.")
    visit.session = session
    session.caller.must_be_allowed(call)
    return session.caller


async def stream(visit: Visit, read: Read, wait: Wait) -> Response:
    """Return the stream of a page, of its person's share.

    Raises:
        GatewayError: what refuses it before it begins.
    """
    last = visit.request.headers.get(LAST_EVENT, "")
    return await visit.web.api.streams.response(own_share_of(visit.caller, visit.address), last, read, wait)


async def declaration_stream(visit: Visit, name: DeclarationName, told: Told) -> Response:
    """Return the stream of a page about one declaration, read again whenever that one may have changed.

    What it tells is a reading of the case, and is noted as one.

    Raises:
        GatewayError: what refuses it before it begins.
    """
    changes, cases = visit.web.lifecycle.changes, visit.web.cases
    place, record_id = changes.place, ""

    async def read(last: str) -> ServerSentEvent | None:
        nonlocal record_id
        caller = await proven(visit, Call.READ)
        record = await cases.seen(caller, name)
        record_id = record.id
        found = await told(last, caller, record)
        if found is not None and found.id is not None:
            await cases.note(caller, [record], Call.READ)
        return found

    async def wait(within_s: float) -> None:
        nonlocal place
        place = await changes.after_one(record_id, place, within_s=within_s)

    visit.caller.must_be_allowed(Call.READ)
    return await stream(visit, read, wait)


def event(html: str, told: str | None) -> ServerSentEvent:
    """Return an event whose parts the page takes; `told` is the id of what it says, None where it says nothing that counts."""
    return ServerSentEvent(id=told, raw_data=html)


def _kept(visit: Visit, response: Response) -> Response:
    # What the browser keeps stays as it is: a form that is open beside still finds its ended session, and with it what was typed.
    visit.cookies.clear()
    return visit.finished(response)
