"""The access page: the one table, and the persons whom issuers proved, and the keys that are kept here with their last use; never a key itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import OFFICE_REACH, WHO_MAY, Call, OfficeReach
from gateway.api.localization import Wording
from gateway.domain.permission import Role
from gateway.domain.stored_key import StoredKey
from gateway.domain.subject import Room, Subject
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

ACCESS = "/console/access"
_ROWS = 50
_PEOPLE = 200


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, ACCESS, _access, room=Room.CONSOLE)


async def _access(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.ACCESS)
    known_parameters(visit, "cursor")
    wording = Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)
    keys: Sequence[Mapping[str, Any]] | None = None
    people: Sequence[Mapping[str, Any]] = ()
    following = ""
    if visit.caller.may(Call.KEYS):
        found = await visit.web.lifecycle.keys.page(made_by=None, after=visit.asked("cursor") or None, limit=_ROWS + 1)
        keys = [_key(one, wording, times_of(visit)) for one in found[:_ROWS]]
        people = [
            _person(subject, at, wording, times_of(visit)) for subject, at in await visit.web.sessions.persons(_PEOPLE)
        ]
        following = f"{ACCESS}?{urlencode({'cursor': found[_ROWS - 1].id})}" if len(found) > _ROWS else ""
    return visit.page(
        "console/access.html",
        current="access",
        zone=visit.web.calendar.zone,
        mine=[wording.name("role", role.value) for role in Role if role in visit.caller.roles],
        calls=[
            {
                "name": wording.name("call", one.value),
                "may": [wording.name("role", role.value) for role in Role if role in WHO_MAY[one]],
                "own_offices": OFFICE_REACH[one] is OfficeReach.OWN,
            }
            for one in Call
        ],
        api_keys=keys,
        people=people,
        next_page=following,
    )


def _person(subject: Subject, at: datetime, wording: Wording, times: Times) -> Mapping[str, Any]:
    return {
        "person": subject.person,
        "issuer": subject.issuer,
        "role": wording.name("role", subject.role.value),
        "whose": ", ".join(sorted((*(subject.eoris or ()), *(subject.offices or ())))),
        "at": times.moment(at).text,
    }


def _key(key: StoredKey, wording: Wording, times: Times) -> Mapping[str, Any]:
    scope = key.scope
    return {
        "name": scope.name,
        "person": scope.person or "",
        "role": wording.name("role", scope.role.value),
        "whose": ", ".join((*scope.eoris, *(scope.offices or ()))),
        "used": times.moment(key.used_at).text if key.used_at is not None else "",
        "expires": times.moment(scope.expires_at).text if scope.expires_at is not None else "",
        "made": times.moment(key.made_at).text,
        "counts": key.counts,
        "revoked": times.moment(key.revoked_at).text if key.revoked_at is not None else "",
    }
