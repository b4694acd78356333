"""The packs of risk criteria, for analysts alone: how each stands, what it came to, what met an alert, and publication by two."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.beside import beside
from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.subject import Room
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.goods_items import spans
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.controls.pages.alert_pages import day_of
from gateway.wings.controls.pages.pack_view import ALERT, OWED, PACKS, ending, published, refusal
from gateway.wings.controls.risk.alert_text import ended_text
from gateway.wings.controls.risk.analysts import analyst_of
from gateway.wings.controls.risk.figures import PackFigures, counted, counted_in_shadow
from gateway.wings.controls.risk.ledger import KeptEntry
from gateway.wings.controls.risk.pack import PackKind
from gateway.wings.controls.risk.publication import PackState, PackToday, Publication
from gateway.wings.controls.risk.room import KeptMatch, SealedAssessment

_SHOWN = 100_000
"""The characters of a pack's text that its page shows."""


def register(app: Starlette, web: WebContext, publication: Callable[[], Publication]) -> None:
    """Serve the list with the form of a file, and each pack."""
    both = ("GET", "POST")
    route(
        app,
        web,
        PACKS,
        partial(_packs, publication),
        room=Room.CONSOLE,
        methods=both,
        takes_file=True,
        keeps_typed=False,
    )
    web.figures.append(partial(ending, publication))
    one = partial(_pack, publication)
    route(app, web, f"{PACKS}/{{name}}", one, room=Room.CONSOLE, methods=both, keeps_typed=False)


async def _packs(publication: Callable[[], Publication], visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.PACKS)
    by = analyst_of(visit.caller, visit.web.settings)
    known_parameters(visit, "done", "mark")
    form, status = ActForm(visit, {}), 200
    if visit.request.method == "POST" and "end_shadow" in visit.form:
        await publication().end_shadow(visit.form["end_shadow"], by=by)
        return visit.onward_done(PACKS, "unshadowed")
    if visit.request.method == "POST":
        text = _text(form)
        if text is not None:
            try:
                if form.visit.form.get("act") == "shadow":
                    await publication().put_in_shadow(text, by=by)
                    return visit.onward_done(PACKS, "shadow")
                return await published(publication(), visit, text, by)
            except (CallInvalid, Conflict) as error:
                form.fault("file", refusal(visit, error))
                status = error.status
        else:
            status = 422
    found = publication()
    today, newest, matches = await found.all_today(), await found.newest(), await found.matches()
    assessments = [one.assessed for one in newest]
    figures = await beside(lambda: {one.pack.name: counted(assessments, one.pack.name) for one in today})
    return visit.page(
        "controls/packs.html",
        status=status,
        current="controls",
        zone=visit.web.calendar.zone,
        form=form,
        rows=[_row(visit, one, figures[one.pack.name]) for one in today if one.pack.kind is not PackKind.ALERT],
        alerts=[_row(visit, one, figures[one.pack.name]) for one in today if one.pack.kind is PackKind.ALERT],
        shadows=[_shadow(visit, one, newest) for one in await found.shadows()],
        new_alert=ALERT,
        owed=OWED,
        counted=len(assessments),
        outcomes=[(visit.text(f"controls.trigger_{one.trigger}"), one) for one in await found.outcomes()],
        matches=[_match(visit, one) for one in matches],
        done=visit.was_done(),
    )


async def _pack(publication: Callable[[], Publication], visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.PACKS)
    by = analyst_of(visit.caller, visit.web.settings)
    known_parameters(visit)
    found = publication()
    today = await found.today(visit.request.path_params["name"])
    if today is None:
        raise NotKnown("There is no such pack.")
    form, status, text = ActForm(visit, visit.form), 200, today.kept.entry.text or ""
    if visit.request.method == "POST":
        try:
            if visit.form.get("read") != today.kept.hash.hex():
                raise Conflict("The pack was published otherwise since.")
            wanted = _ended(form, today, text) if form.get("act") == "end" else text
            if wanted is not None:
                return await published(found, visit, wanted, by)
            status = 422
        except (CallInvalid, Conflict) as error:
            form.fault("act", refusal(visit, error))
            status = error.status
    assessments = [one.assessed for one in await found.newest()]
    return visit.page(
        "controls/pack.html",
        status=status,
        current="controls",
        zone=visit.web.calendar.zone,
        form=form,
        row=_row(visit, today, counted(assessments, today.pack.name)),
        figures=counted(assessments, today.pack.name),
        counted=len(assessments),
        text=text[:_SHOWN],
        shown=_SHOWN if len(text) > _SHOWN else 0,
        digest=sha256(text.encode()).hexdigest(),
        read=today.kept.hash.hex(),
        can_end=_can_end(today),
        last_day=form.get("last_day") or max(_today(visit) - timedelta(days=1), today.pack.valid_from).isoformat(),
        packs=PACKS,
    )


def _can_end(today: PackToday) -> bool:
    """Whether it is an alert that has not ended, and of which nothing waits for a second person."""
    return today.pack.kind is PackKind.ALERT and not today.waits and today.state is not PackState.OVER


def _ended(form: ActForm, today: PackToday, text: str) -> str | None:
    """Return the text of an alert that ends on the day that was typed; None: it cannot, which the form says."""
    if not _can_end(today):
        form.fault("act", form.visit.text("controls.pack_conflict"))
        return None
    last = today.pack.valid_to
    assert last is not None, "an alert has a last day"
    day = day_of(form, "last_day", today.pack.valid_from, last)
    if day is None:
        return None
    ended = ended_text(text, day)
    if ended is None:
        form.fault("act", form.visit.text("controls.alert_by_hand"))
    return ended


def _today(visit: Visit) -> date:
    return visit.web.calendar.day(visit.web.lifecycle.now())


def _text(form: ActForm) -> str | None:
    """Return the file that was sent; None: there is none, or it is no text."""
    file = form.visit.file
    if file is None:
        form.fault("file", form.visit.text("controls.pack_choose"))
        return None
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        form.fault("file", form.visit.text("controls.pack_no_text"))
        return None


def _row(visit: Visit, one: PackToday, figures: PackFigures) -> Mapping[str, Any]:
    times, pack, by = times_of(visit), one.pack, one.kept.entry.by
    return {
        "name": pack.name,
        "href": f"{PACKS}/{quote(pack.name, safe='')}",
        "kind": visit.text(f"controls.pack_kind_{pack.kind}"),
        "state": visit.text(f"controls.pack_state_{one.state}"),
        "waits": one.waits,
        "soon": one.ends_soon,
        "begins": times.day(pack.valid_from),
        "ends": times.day(pack.valid_to) if pack.valid_to is not None else "",
        "review": times.day(pack.review_on) if pack.review_on is not None else "",
        "owner": pack.owner,
        "basis": pack.legal_basis,
        "at": times.moment(one.kept.at),
        "by": by.person if by is not None else "",
        "rows": len(pack.row),
        "figures": figures,
    }


def _shadow(visit: Visit, kept: KeptEntry, newest: Sequence[SealedAssessment]) -> Mapping[str, Any]:
    pack, text = kept.entry.pack, kept.entry.text or ""
    assert pack is not None, "only packs are in shadow"
    return {
        "name": pack.name,
        "kind": visit.text(f"controls.pack_kind_{pack.kind}"),
        "at": times_of(visit).moment(kept.at),
        "by": kept.entry.by.person if kept.entry.by is not None else "",
        "figures": counted_in_shadow(newest, pack.name),
        "text": text[:_SHOWN],
        "shown": _SHOWN if len(text) > _SHOWN else 0,
    }


def _match(visit: Visit, kept: KeptMatch) -> Mapping[str, Any]:
    one = kept.match
    return {
        "at": times_of(visit).moment(kept.at),
        "alert": one.alert,
        "criterion": one.criterion,
        "declaration": one.declaration,
        "href": f"{CASES}/{quote(one.declaration)}",
        "items": spans(one.goods_items),
        "released": visit.text("controls.match_released" if one.released else "controls.match_open"),
    }
