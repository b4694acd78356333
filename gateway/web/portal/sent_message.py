"""The message of a version as it was sent, for those who send for the declarant: to be kept, or corrected and sent again."""

import re
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotAllowed, NotKnown
from gateway.domain.permission import PermittedAct, Stage, Verdict, party_of, verdict
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.portal.address import DECLARATIONS, asked_number, declaration_address, must_be_known
from gateway.web.route import route
from gateway.web.visit import Visit

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_JSON, _XML = "application/json", "application/xml"


def register(app: Starlette, web: WebContext) -> None:
    """Serve the messages."""
    route(app, web, f"{DECLARATIONS}/{{id}}/sent", _sent, room=Room.PORTAL)


def sent_address(caller: Caller, record: Record) -> str:
    """Return the address of a version's message; empty: it is not this reader's to have."""
    if not _sends(caller, record):
        return ""
    return f"{declaration_address(record.id)}/sent?{urlencode({'version': record.version})}"


async def _sent(visit: Visit) -> Response:
    must_be_known(visit, "version")
    caller, name = visit.caller, DeclarationName.of_text(visit.request.path_params["id"])
    record = await visit.web.cases.read(caller, name, Call.READ, asked_number(visit, "version"))
    if not _sends(caller, record):
        raise NotAllowed("Its declarant has it, and a representative who may act.")
    content = await visit.web.lifecycle.cases.sent(record)
    if content is None:
        raise NotKnown("The message of this version is not kept any more.")
    kind, ending = (_JSON, "json") if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else (_XML, "xml")
    file = f"{_NOT_IN_NAMES.sub('-', record.lrn)}-{record.version}.{ending}"
    answer = Response(content, media_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    answer.headers["Cache-Control"] = "no-store"
    return visit.finished(answer)


def _sends(caller: Caller, record: Record) -> bool:
    """Whether a reader may send for the declarant of the version that is read: who is named in it alone reads no whole message."""
    declared = record.detail.declared if record.detail is not None else None
    if declared is None or caller.eoris is None:
        return False
    party = party_of(caller.eoris, declared)
    return verdict(caller.asker, party, Stage.LODGED, PermittedAct.AMEND) is Verdict.ACT
