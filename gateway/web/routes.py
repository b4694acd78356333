"""Every page of the gateway, and the files that pages load."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway.domain.errors import NotKnown
from gateway.domain.subject import Room
from gateway.web import home, sign_in, sign_out
from gateway.web.assets import assets
from gateway.web.console import (
    access,
    act_intervene,
    act_invalidate,
    act_release,
    act_reported,
    act_verify,
    act_word,
    adapter_switch,
    applications,
    approvals,
    authorities,
    case,
    case_live,
    case_owner,
    case_records,
    certificate,
    contingency,
    find,
    keys,
    lodged,
    notices,
    notices_live,
    own_acts,
    queue,
    queue_live,
    released,
    several,
    today,
    window,
)
from gateway.web.context import WebContext
from gateway.web.page_route import PageRoute
from gateway.web.portal import PAGES as PORTAL_PAGES
from gateway.web.route import route
from gateway.web.visit import Visit

_ACTS = (act_verify, act_release, act_word, act_intervene, act_invalidate, act_reported, approvals, applications)
_PLACES = (authorities, window, adapter_switch, contingency, certificate, notices, access, keys)
_LIVE = (queue_live, case_live, notices_live)
_FOR_EVER = "public, max-age=31536000, immutable"


def register(app: Starlette, web: WebContext, further: Sequence[Callable[[Starlette, WebContext], None]] = ()) -> None:
    """Serve the pages, and those that wings add, beside what the application serves already."""
    app.router.routes.append(PageRoute("/static/{digest}/{name}", _asset, methods=["GET"]))
    for pages in (
        sign_in,
        sign_out,
        home,
        today,
        queue,
        several,
        released,
        lodged,
        own_acts,
        find,
        case,
        case_owner,
        case_records,
        *_ACTS,
        *_PLACES,
        *PORTAL_PAGES,
        *_LIVE,
    ):
        pages.register(app, web)
    for add in further:
        add(app, web)
    # The last one: whatever stands under the console and is no page.
    route(app, web, "/console/{rest:path}", _no_page, room=Room.CONSOLE)


async def _no_page(_visit: Visit) -> Response:
    raise NotKnown


async def _asset(request: Request) -> Response:
    asset = assets().get(request.path_params["name"])
    if asset is None or asset.digest != request.path_params["digest"]:
        return PlainTextResponse("There is no such file.", status_code=404)
    headers = {"Cache-Control": _FOR_EVER, "Cross-Origin-Resource-Policy": "same-origin"}
    return Response(asset.content, media_type=asset.media_type, headers=headers)
