"""The pages by which a person signs out, here and at the issuer."""

from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import OpenSession
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit

SIGNED_OUT = "/signed-out"


def register(app: Starlette, web: WebContext) -> None:
    """Serve sign-out."""
    route(app, web, "/sign-out", _sign_out, room=None, methods=("GET", "POST"))
    route(app, web, SIGNED_OUT, _signed_out, room=None)


async def _sign_out(visit: Visit) -> Response:
    """Ask whether to sign out, and do it: a link alone signs nobody out."""
    one = await _of_room(visit)
    if one is None:
        return visit.onward(SIGNED_OUT)
    if visit.request.method == "GET":
        return visit.page(
            "sign_out.html",
            forms=await _issuers_origin(visit, one),
            who=one.session.subject,
            of=one.session.room,
            everywhere="everywhere" in visit.request.query_params,
        )
    visit.forget(one.session.room)
    address = await visit.web.sign_in.sign_out(
        one, everywhere=visit.form.get("everywhere") == "yes", back=visit.origin + SIGNED_OUT, browser=visit.browser
    )
    name = one.session.subject.issuer
    if address is None and name in visit.web.sign_in.issuers:
        return visit.onward(f"{SIGNED_OUT}?{urlencode({'issuer': name})}")
    return visit.onward(address or SIGNED_OUT)


async def _signed_out(visit: Visit) -> Response:
    """Say what is true: that nobody is signed in here any more, and at the issuer only if it said so."""
    still = [one.session.subject for room in Room if (one := await visit.session_in(room)) is not None]
    also = await visit.web.sign_in.signed_out_at(visit.asked("state"), browser=visit.browser)
    left = None if also is not None else visit.web.sign_in.issuers.get(visit.asked("issuer"))
    return visit.page("signed_out.html", still=still, also_at=also, left_at=left)


async def _of_room(visit: Visit) -> OpenSession | None:
    """Return the session that is meant: of the room that is named, else of the one in which somebody is signed in."""
    named = visit.form.get("room") or visit.asked("room")
    for room in Room:
        if named in {"", room.value} and (one := await visit.session_in(room)) is not None:
            return one
    return None


async def _issuers_origin(visit: Visit, one: OpenSession) -> list[str]:
    """Return where the form may lead on to: the issuer ends its own session."""
    address = await visit.web.sign_in.end_session_address(one)
    parts = urlsplit(address or "")
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []
