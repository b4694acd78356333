"""Lodging a declaration by a file."""

from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import GatewayError
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.form_with_file import NAME
from gateway.web.portal.address import LODGE, declaration_address, must_be_known
from gateway.web.portal.sent_declaration import is_about_the_file, no_store, refused_page, sent_declaration
from gateway.web.route import route
from gateway.web.visit import Visit

_TEMPLATE = "portal/lodge.html"


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page that takes a declaration."""
    route(app, web, LODGE, _lodge, room=Room.PORTAL, methods=("GET", "POST"), takes_file=True, lodges=True)


async def _lodge(visit: Visit) -> Response:
    caller, api = visit.caller, visit.web.api
    caller.must_be_allowed(Call.LODGE)
    must_be_known(visit)
    around: dict[str, Any] = {"current": "", "megabytes": visit.web.settings.limits.body_bytes // 1_000_000}
    if visit.request.method == "GET":
        return visit.page(_TEMPLATE, kept_name=(await visit.draft()).get(NAME, ""), **around)
    sent = sent_declaration(visit)
    if sent is None:
        return no_store(visit.page(_TEMPLATE, status=422, is_missing=True, **around))
    try:
        lodged = await visit.web.lifecycle.lodging.lodge(
            sent.content, None, by=caller.actor(), asker=caller.asker, charge=api.admitted(visit.request).cites
        )
    except GatewayError as error:
        if is_about_the_file(error):
            return refused_page(visit, _TEMPLATE, sent, error, **around)
        raise
    api.durable(visit.request, lodged.record, lodged.seq)
    await visit.drop_draft()
    done = "applied" if lodged.application is not None else "sent" if lodged.fresh else "unchanged"
    return visit.onward_done(declaration_address(lodged.id), done)
