"""The records of a case, each on a page of its own: its messages, its events, who read it, and all of it to take along."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.codec import decode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.history.messages import as_text
from gateway.web.console.case_view import Body
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.numbers import count
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_ROWS = 100
_MOST_SHOWN = 200_000
"""Characters of a message that its page shows."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the pages, and the export."""
    for name, page in (("messages", _messages), ("messages/{digest}", _message), ("events", _events)):
        route(app, web, f"{CASES}/{{id}}/{name}", page, room=Room.CONSOLE)
    route(app, web, f"{CASES}/{{id}}/readings", _readings, room=Room.CONSOLE)
    route(app, web, f"{CASES}/{{id}}/export", _export, room=Room.CONSOLE)


async def _read(visit: Visit, call: Call, *parameters: str) -> Record:
    """Return the case; that its reader reads this of it is noted."""
    visit.caller.must_be_allowed(call)
    if set(visit.request.query_params) - {*parameters, "lang"}:
        raise CallInvalid(f"This page has these parameters alone: {', '.join(parameters) or 'none'}.")
    return await visit.web.cases.read(visit.caller, DeclarationName.of_text(visit.request.path_params["id"]), call)


def _page(visit: Visit, record: Record, template: str, **values: Any) -> Response:
    return visit.page(
        f"console/record/{template}",
        current="queue",
        zone=visit.web.calendar.zone,
        name=record.mrn or record.lrn,
        here_case=f"{CASES}/{quote(record.id, safe='')}",
        **values,
    )


def _times(visit: Visit) -> Times:
    return Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)


async def _messages(visit: Visit) -> Response:
    record, times = await _read(visit, Call.EVIDENCE), _times(visit)
    systems = visit.web.systems(visit.language)
    found = [
        {
            "digest": one.citing.digest,
            "at": times.moment(one.citing.at),
            "way": one.way or "unknown",
            "authority": systems.get(one.citing.authority or "", one.citing.authority or ""),
            "media_type": one.media_type or "",
            "size": None if one.size is None else count(one.size, visit.language),
        }
        for one in await visit.web.lifecycle.cases.messages(record)
    ]
    return _page(visit, record, "messages.html", messages=found)


async def _message(visit: Visit) -> Response:
    record, digest = await _read(visit, Call.EVIDENCE), visit.request.path_params["digest"]
    found = await visit.web.lifecycle.evidence(record.id, digest) if _DIGEST.fullmatch(digest) else None
    if found is None:
        raise NotKnown("The declaration's trail cites no such message, or it was erased.")
    text = as_text(found)
    left_out = max(0, len(text) - _MOST_SHOWN)
    return _page(visit, record, "message.html", digest=digest, text=text[:_MOST_SHOWN], left_out=left_out)


async def _events(visit: Visit) -> Response:
    record, times = await _read(visit, Call.EVENTS, "after"), _times(visit)
    after = _number(visit, "after")
    wording = visit.web.cases.wording([visit.language])
    page = decode(await visit.web.cases.events(record, visit.caller, wording, after=after, limit=_ROWS), dict)
    return _page(
        visit,
        record,
        "events.html",
        events=[_event(one, times) for one in page["items"]],
        following=page["next"],
        in_all=record.event_seq,
    )


def _event(one: Body, times: Times) -> Mapping[str, Any]:
    who = [actor["person"] or actor["id"] for actor in (one.get("actor"), one.get("second")) if actor is not None]
    return {
        "seq": one["seq"],
        "at": times.moment_of(one["at"]),
        "kind": one["kind"],
        "sentence": one["sentence"] or "",
        "by": ", ".join(name for name in who if name),
        "hash": one["hash"],
    }


async def _readings(visit: Visit) -> Response:
    record, times = await _read(visit, Call.READINGS, "before"), _times(visit)
    before = _number(visit, "before")
    found = await visit.web.lifecycle.readings.page(record.id, before=before or None, limit=_ROWS + 1)
    shown: Sequence[Any] = found[:_ROWS]
    wording = visit.web.cases.wording([visit.language])
    return _page(
        visit,
        record,
        "readings.html",
        readings=[
            {
                "at": times.moment(one.at),
                "person": one.reader.person or one.reader.name,
                "role": wording.name("role", one.reader.role) if one.reader.role else "",
                "what": wording.name("call", one.what),
                "version": one.version,
            }
            for one in shown
        ],
        following=shown[-1].number if len(found) > _ROWS else None,
    )


def _number(visit: Visit, name: str) -> int:
    text = visit.asked(name)
    if text and not _NUMBER.fullmatch(text):
        raise CallInvalid(f"{name}: a number is needed.")
    return int(text or 0)


async def _export(visit: Visit) -> Response:
    record = await _read(visit, Call.EXPORT)
    made = await visit.web.lifecycle.export(record.id, by=visit.caller.actor())
    headers = {"Content-Disposition": f'attachment; filename="case-{record.id}.zip"', "Cache-Control": "no-store"}
    return visit.finished(Response(made.content, media_type="application/zip", headers=headers))
