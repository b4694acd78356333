"""The documents that goods need, asked by a form: for everybody, and the address is the question."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.routes.requirements import reported
from gateway.domain.errors import CallInvalid
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit

_FIELDS = ("code", "origin", "dispatch", "destination", "procedure", "direction", "on")
_UPPER = frozenset({"origin", "dispatch", "destination"})
_SPACED = frozenset({"code", "procedure"})
"""The fields that people write with spaces and points between the digits."""
_LONGEST = 100
_CHIPS = {"answers": "release", "does_not_answer": "undetermined", "not_asked_yet": "none", "not_connected": "none"}


def register(app: Starlette, web: WebContext) -> None:
    """Serve the form and its answers."""
    route(app, web, "/requirements", _requirements, room=Room.PORTAL, for_everybody=True)


async def _requirements(visit: Visit) -> Response:
    visit.reader.must_be_allowed(Call.REQUIREMENTS)
    given = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "lang"]
    asked = [(name, _read(name, value)) for name, value in given if value.strip()]
    typed = {**dict.fromkeys(_FIELDS, ""), **{name: value[:_LONGEST] for name, value in given if name in _FIELDS}}
    today = visit.web.lifecycle.now().astimezone(visit.web.calendar.zone).date().isoformat()
    around: dict[str, Any] = {
        "current": "requirements",
        "asked": {**typed, "direction": typed["direction"] or "import", "on": typed["on"] or today},
        "chips": _CHIPS,
    }
    if not given:
        return visit.page("portal/requirements.html", **around)
    wording = visit.web.cases.wording([visit.language])
    try:
        found = await reported(visit.web.api, visit.reader, asked, wording)
    except CallInvalid as error:
        faults = _faults(visit, wording.violations(error.violations))
        return visit.page("portal/requirements.html", status=error.status, faults=faults, **around)
    return visit.page("portal/requirements.html", found=found, code=_grouped(found["goods"]["code"]), **around)


def _read(name: str, value: str) -> str:
    value = value.strip()
    if name in _SPACED:
        value = value.replace(" ", "").replace(".", "").replace("\u00a0", "")
    return value.upper() if name in _UPPER else value


def _faults(visit: Visit, violations: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, str]]:
    """Return each fault with its field, which its sentence names; a fault of no field comes with the first one."""
    found = []
    for one in violations:
        name = (one["path"] or "").rpartition("/")[2]
        if name not in _FIELDS:
            found.append((_FIELDS[0], one["message"]))
        elif name == _FIELDS[0] and one["rule"] == "missing":
            found.append((name, visit.text("needs.enter_code")))
        else:
            label = visit.text(f"needs.field_{name}")
            found.append((name, visit.text("frame.pair", head=label, rest=one["message"])))
    return found


def _grouped(code: str) -> str:
    """Write a commodity code as people read it: 0303 63 90 90."""
    return " ".join(part for part in (code[:4], code[4:6], code[6:8], code[8:]) if part)
