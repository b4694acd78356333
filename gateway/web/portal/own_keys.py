"""A trader's own keys: made for at most the trader's EORIs, shown once, and revoked."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.routes.keys import WITHDRAWN, must_be_asked_for
from gateway.domain.errors import CallInvalid, Conflict
from gateway.domain.stored_key import StoredKey
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.portal.address import must_be_known
from gateway.web.portal.sent_declaration import no_store
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

_TEMPLATE = "portal/keys.html"
_SHOWN = 200
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def register(app: Starlette, web: WebContext) -> None:
    """Serve the keys."""
    route(app, web, "/keys", _keys, room=Room.PORTAL, methods=("GET", "POST"))
    route(app, web, "/keys/{id}/revoke", _revoke, room=Room.PORTAL, methods=("GET", "POST"))


async def _keys(visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.KEYS)
    must_be_known(visit, "done")
    if visit.request.method == "GET":
        return no_store(visit.page(_TEMPLATE, **await _around(visit)))
    caller.must_be_allowed(Call.OWN_KEYS)
    must_be_asked_for(visit.web.api)
    eoris = [eori for eori in sorted(caller.eoris or ()) if visit.form.get(f"eori-{eori}")]
    try:
        made = await visit.web.lifecycle.keys.make_own(
            visit.form.get("name", "").strip(),
            eoris=eoris or None,
            of=caller.eoris or frozenset(),
            by=caller.actor(),
            expires_at=_end(visit, visit.form.get("until", "")),
        )
    except (CallInvalid, Conflict) as error:
        return no_store(visit.page(_TEMPLATE, status=error.status, is_refused=True, **await _around(visit)))
    return no_store(visit.page(_TEMPLATE, secret=made.secret, **await _around(visit)))


async def _revoke(visit: Visit) -> Response:
    """Ask first; a key that is another one's is not there."""
    caller = visit.caller
    caller.must_be_allowed(Call.OWN_KEYS)
    must_be_known(visit)
    must_be_asked_for(visit.web.api)
    key = await visit.web.lifecycle.keys.get(visit.request.path_params["id"], made_by=caller.name)
    if visit.request.method == "GET":
        return visit.page("portal/key_revoke.html", current="keys", key=_shown(visit, key))
    await visit.web.lifecycle.keys.revoke(key, by=caller.actor(), reason=WITHDRAWN)
    return visit.onward("/keys?done=revoked")


async def _around(visit: Visit) -> dict[str, Any]:
    caller = visit.caller
    found = await visit.web.lifecycle.keys.page(made_by=caller.name, after=None, limit=_SHOWN)
    return {
        "current": "keys",
        "own_keys": [_shown(visit, one) for one in found],
        "eoris": sorted(caller.eoris or ()),
        "is_open": visit.web.authenticator.is_open,
        "typed": {name: visit.form.get(name, "")[:200] for name in ("name", "until")},
        "is_done": visit.asked("done") == "revoked",
    }


def _shown(visit: Visit, key: StoredKey) -> dict[str, Any]:
    times = Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)

    def moment(at: datetime | None) -> str:
        return "" if at is None else times.moment(at).text

    return {
        "id": key.id,
        # The maker's own name stands before it.
        "name": key.scope.name.removeprefix(f"{key.made_by}/"),
        "eoris": ", ".join(key.scope.eoris),
        "counts": key.counts,
        "made": moment(key.made_at),
        "ends": moment(key.scope.expires_at),
        "used": moment(key.used_at),
        "revoked": moment(key.revoked_at),
    }


def _end(visit: Visit, text: str) -> datetime | None:
    """Return the end of the day that a form names; None: the key ends with its maker's access.

    Raises:
        CallInvalid: it is no day.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        if day is not None:
            return datetime.combine(day + timedelta(days=1), time(), visit.web.calendar.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise CallInvalid("until: a day is needed.")
