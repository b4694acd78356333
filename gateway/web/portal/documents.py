"""The check of a document that a trader's declaration cites: its authority is asked, and nothing changes."""

import re
from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api import checks
from gateway.domain.codec import decode
from gateway.domain.errors import NotKnown
from gateway.domain.legible import illegible
from gateway.domain.subject import Room
from gateway.web.console.case_view import Body
from gateway.web.context import WebContext
from gateway.web.numbers import quantity as written
from gateway.web.portal.address import DECLARATIONS, must_be_known
from gateway.web.portal.sent_declaration import no_store
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

_TEMPLATE = "portal/documents.html"
_TYPE = re.compile(r"[A-Z0-9]{4}")
_LONGEST = 70
_LINES = 100
_KINDS = {"valid": "release", "pending": "pending", "undetermined": "undetermined", "unrouted": "none"}


def register(app: Starlette, web: WebContext) -> None:
    """Serve the check."""
    route(app, web, "/documents", _documents, room=Room.PORTAL, methods=("GET", "POST"))


async def _documents(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.CHECK_DOCUMENT)
    must_be_known(visit, "type", "reference")
    is_asked = visit.request.method == "POST"
    given = visit.form if is_asked else {name: visit.asked(name) for name in ("type", "reference")}
    kind, reference = given.get("type", "").strip().upper(), given.get("reference", "").strip()
    around: dict[str, Any] = {"current": "documents", "kind": kind[:_LONGEST], "reference": reference[: _LONGEST + 1]}
    if not is_asked:
        return visit.page(_TEMPLATE, **around)
    if faults := _faults(visit, kind, reference):
        return no_store(visit.page(_TEMPLATE, status=422, faults=faults, **around))
    try:
        answer: Body = decode(
            await checks.document(
                visit.web.api, visit.caller, kind, reference, visit.web.cases.wording([visit.language]), stored=False
            ),
            dict,
        )
    except NotKnown:
        return no_store(visit.page(_TEMPLATE, status=404, is_unknown=True, **around))
    return no_store(visit.page(_TEMPLATE, answer=_shown(visit, answer), **around))


def _faults(visit: Visit, kind: str, reference: str) -> list[tuple[str, str]]:
    found = []
    if not _TYPE.fullmatch(kind):
        found.append(("type", visit.text("doc_check.fault_type")))
    if not reference or len(reference) > _LONGEST or illegible(reference) is not None:
        found.append(("reference", visit.text("doc_check.fault_reference")))
    return found


def _shown(visit: Visit, answer: Body) -> dict[str, Any]:
    """Return an answer as the page shows it; what the authority did not tell is not there."""
    cases = visit.web.cases
    wording = cases.wording([visit.language])
    words = cases.explanations[wording.language]
    times = Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)
    certificate = answer["certificate"] or {}
    quantity = answer["quantity"] or {"lines": ()}
    left = {one["line"]: written(wording, one["available"], one["unit"]) for one in quantity["lines"]}
    if answer["status"] == "not_told":
        said = {"kind": "none", "status": visit.text("portal.not_told"), "why": visit.text("portal.not_told_why")}
        untold = ("system", "valid_from", "valid_to", "successors", "lines", "states_no_validity", "citing")
        return {**dict.fromkeys(untold, ""), **said}
    return {
        "kind": _KINDS.get(answer["status"], "hold"),
        "status": words.term("status", answer["status"]),
        "why": "",
        "system": visit.web.systems(visit.language).get(answer["authority"] or "", ""),
        "asked_at": times.moment_of(answer["asked_at"]).text,
        "valid_from": _day(times, certificate.get("valid_from")),
        "valid_to": _day(times, certificate.get("valid_to")),
        "states_no_validity": bool(certificate)
        and certificate.get("valid_from") is None
        and certificate.get("valid_to") is None,
        # What is left of it may not be told here, or is not told at all: at the declaration it is as far as it may be.
        "citing": ""
        if left or not certificate
        else f"{DECLARATIONS}?{urlencode({'q': answer['reference']}, quote_via=quote)}",
        "successors": certificate.get("successors") or (),
        "lines": [
            {
                "number": one["number"],
                "code": one["commodity_code"] or "",
                "origin": one["origin"] or ", ".join(one["origins"]),
                "description": one["description"] or "",
                "left": left.get(one["number"], ""),
            }
            for one in (certificate.get("lines") or ())[:_LINES]
        ],
    }


def _day(times: Times, day: str | None) -> str:
    return "" if day is None else times.day_of(day)
