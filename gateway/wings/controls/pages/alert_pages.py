"""The forms of alerts, for analysts alone: what is looked for, field by field, and the day on which an alert ends."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid, Conflict
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import known_parameters
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.controls.acts import MIDDLE
from gateway.wings.controls.pages.order_view import OrderView
from gateway.wings.controls.pages.pack_view import ALERT, PACKS, published, refusal
from gateway.wings.controls.parties.facts import ROLES
from gateway.wings.controls.risk.alert_text import ANY_ROLE, NewAlert, alert_text
from gateway.wings.controls.risk.analysts import analyst_of
from gateway.wings.controls.risk.publication import Publication
from gateway.wings.controls.rows import ControlLevel, ControlType

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_GOODS = re.compile(r"[0-9]{2,10}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_EORI = re.compile(r"[A-Z]{2}[!-~]{1,15}")
_LISTED = ("mrn", "transport_document", "container")
_MOST_SHORT, _MOST_LONG, _LONGEST = 400, 20_000, 70
_DAYS = 90
"""How long an alert lasts whose form is left as it is."""
_YEAR = timedelta(days=366)


def register(app: Starlette, web: WebContext, publication: Callable[[], Publication]) -> None:
    """Serve the form of an alert."""
    route(app, web, ALERT, partial(_new, publication), room=Room.CONSOLE, methods=("GET", "POST"), keeps_typed=False)


async def _new(publication: Callable[[], Publication], visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.PACKS)
    by = analyst_of(visit.caller, visit.web.settings)
    known_parameters(visit)
    form, view, found = ActForm(visit, visit.form), OrderView.of(visit), publication()
    types = [(one.name, view.wording.name("control_type", one.title)) for one in view.view.further.all(ControlType)]
    levels = sorted(view.view.further.all(ControlLevel), key=lambda one: -one.rank)
    today = visit.web.calendar.day(visit.web.lifecycle.now())

    def page(status: int = 200) -> Response:
        return visit.page(
            "controls/alert.html",
            status=status,
            current="controls",
            zone=visit.web.calendar.zone,
            form=form,
            typed=form.typed,
            types=types,
            levels=[(one.name, view.wording.name("control_level", one.title)) for one in levels],
            middle=MIDDLE,
            roles=[(one, visit.text(f"controls.alert_role_{one}")) for one in (ANY_ROLE, *ROLES)],
            any_role=ANY_ROLE,
            listed=_LISTED,
            last_day=(today + timedelta(days=_DAYS)).isoformat(),
            packs=PACKS,
        )

    if visit.request.method == "GET":
        return page()
    made = _alert(form, today, tuple(name for name, _ in types), frozenset(one.name for one in levels))
    if made is not None and await found.today(made.name) is not None:
        form.fault("name", visit.text("controls.alert_taken"))
    if form.faults or made is None:
        return page(422)
    try:
        return await published(found, visit, alert_text(made), by)
    except (CallInvalid, Conflict) as error:
        form.fault("act", refusal(visit, error))
        return page(error.status)


def _alert(form: ActForm, today: date, types: tuple[str, ...], levels: frozenset[str]) -> NewAlert | None:
    """Return the alert that was filled in; None: something of it is wrong, which the form says."""
    text = form.visit.text
    needed = text("controls.alert_needed")
    name, owner, basis = (form.words(one, needed=needed, most=_MOST_SHORT) for one in ("name", "owner", "legal_basis"))
    if name is not None and not _NAME.fullmatch(name):
        form.fault("name", text("controls.alert_name_wrong"))
    role = form.one_of("role", frozenset((ANY_ROLE, *ROLES)), needed=needed)
    level = form.one_of("level", levels, needed=needed)
    goods, origin, parties = (
        _words(form, "goods", _GOODS),
        _words(form, "origin", _COUNTRY),
        _words(form, "parties", _EORI),
    )
    listed = tuple((one, values) for one in _LISTED if (values := _lines(form, one)))
    last_day = day_of(form, "valid_to", today, today + _YEAR)
    if not (goods or origin or parties or listed or form.faults):
        form.fault("goods", text("controls.alert_empty"))
    if form.faults or not (name and owner and basis and role and level and last_day):
        return None
    return NewAlert(
        name=name,
        owner=owner,
        legal_basis=basis,
        valid_from=today,
        valid_to=last_day,
        level=level,
        types=tuple(one for one in types if form.get(f"type-{one}")),
        goods=goods,
        origin=origin,
        parties=parties,
        role=role,
        listed=listed,
    )


def day_of(form: ActForm, name: str, first: date, last: date) -> date | None:
    """Return a day of a span that was typed; None: it is none of it, which the form says."""
    try:
        day = date.fromisoformat(form.get(name))
    except ValueError:
        day = None
    if day is None or not first <= day <= last:
        form.fault(name, form.visit.text("controls.alert_day_wrong", first=first.isoformat(), last=last.isoformat()))
        return None
    return day


def _words(form: ActForm, name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Return the values of a field, with blanks or commas between them."""
    typed = form.words(name, most=_MOST_LONG) or ""
    found = tuple(dict.fromkeys(one for one in re.split(r"[\s,;]+", typed) if one))
    if wrong := next((one for one in found if not pattern.fullmatch(one)), None):
        form.fault(name, form.visit.text(f"controls.alert_{name}_wrong", value=wrong[:_LONGEST]))
    return found


def _lines(form: ActForm, name: str) -> tuple[str, ...]:
    """Return the values of a field, one a line."""
    typed = form.words(name, most=_MOST_LONG) or ""
    found = tuple(dict.fromkeys(line.strip() for line in typed.split("\n") if line.strip()))
    if wrong := next((one for one in found if len(one) > _LONGEST), None):
        form.fault(name, form.visit.text("controls.alert_too_long", value=wrong[:_LONGEST]))
    return found
