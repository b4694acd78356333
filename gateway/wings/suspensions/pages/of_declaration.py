"""The suspensions of one declaration, for officers: how each stands, and the forms by which goods are suspended and words entered."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.subject import Room
from gateway.domain.suspension import SuspensionState
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import known_parameters
from gateway.web.console.case_section import CaseSection
from gateway.web.console.goods_items import items_in, items_of, spans
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.suspensions.acts import Order, Saying, terms_of
from gateway.wings.suspensions.bodies import suspension_body
from gateway.wings.suspensions.due_notices import NO_ADAPTER
from gateway.wings.suspensions.fold import folded, owed
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.pages.stated_form import StatedField, fields_of, refusal_of, stated_in
from gateway.wings.suspensions.pages.suspension_view import SuspensionView
from gateway.wings.suspensions.rows import ANNULLED, AUTHORITY, NOTHING_CAME, OPENED, SCOPE, SUPPLIED, Opener, Regime
from gateway.wings.suspensions.steps import SuspensionSteps
from gateway.wings.suspensions.suspension import SaidWord, Suspension, Terms

_MOST_REFERENCE, _MOST_DAYS = 70, 366
_OPENERS = (Opener.OFFICER, Opener.REQUEST)
"""Those for whom an officer suspends goods."""
_section = partial(CaseSection.of, name="suspensions", listed_by=Call.SUSPENSIONS)


def register(app: Starlette, web: WebContext, kept: KeptSuspensions, steps: SuspensionSteps) -> None:
    """Serve the page and its forms."""
    here = f"{CASES}/{{id}}/suspensions"
    route(app, web, here, partial(_listed, kept), room=Room.CONSOLE)
    route(app, web, f"{here}/new", partial(_suspend, steps), room=Room.CONSOLE, methods=("GET", "POST"))
    route(app, web, f"{here}/{{number:int}}", partial(_say, kept, steps), room=Room.CONSOLE, methods=("GET", "POST"))


async def _listed(kept: KeptSuspensions, visit: Visit) -> Response:
    section = await _section(visit, Call.SUSPENSIONS)
    known_parameters(visit, "done", "mark")
    view, found = SuspensionView.of(visit), await kept.of(section.record.id)
    causes = await kept.causes(section.record.id)
    return section.page(
        "declaration.html",
        shown=[_shown(view, section, one, causes.get(one.number)) for one in reversed(found)],
        regimes=[
            (f"{section.here}/new?{urlencode({'regime': one.name})}", view.wording.name("suspension", one.title))
            for one in _regimes(section)
        ],
        done=visit.was_done(),
    )


def _regimes(section: CaseSection) -> Iterator[Regime]:
    """Yield the regimes under which the reader may suspend goods of the declaration."""
    visit, record = section.visit, section.record
    if record.accepted_at is None or not visit.caller.may(Call.SUSPEND):
        return
    now = visit.web.lifecycle.now()
    for one in visit.web.lifecycle.tables.at(now.date()).further.all(Regime):
        if record.direction in one.directions and not set(_OPENERS).isdisjoint(one.opens):
            yield one


def _shown(view: SuspensionView, section: CaseSection, one: Suspension, cause: str | None) -> Mapping[str, Any]:
    body = suspension_body(section.record.id, one, as_party=False, cause=cause)
    may_say, may_do = (section.visit.caller.may(call) for call in (Call.SUSPENSION_WORD, Call.SUSPENSION_DUTY))

    def form(word: str) -> str:
        return f"{section.here}/{one.number}?{urlencode({'word': word})}"

    return {
        "row": view.row(body),
        "told": body["told"],
        "notice": body["notice"] or "",
        "reference": one.reference or "",
        "clocks": [view.clock(clock) for clock in body["clocks"]],
        "words": [
            (
                view.word(word.name),
                view.times.moment(word.at),
                view.times.moment(word.received_at) if word.received_at is not None else None,
                word.counts,
            )
            for word in one.words
        ],
        "duties": [
            (
                view.duty(duty),
                [view.need(need) for need in duty["missing"]],
                form(duty["name"]) if may_do else "",
                _giver(view, duty),
            )
            for duty in body["duties"]
        ],
        "offered": [(view.word(word), form(word)) for word in _offered(one, body)] if may_say else [],
    }


def _giver(view: SuspensionView, duty: Mapping[str, Any]) -> str:
    """Return who gives a notice; empty: an officer, as all notices that no adapter could take."""
    if duty["to"] != AUTHORITY or duty["missing"]:
        return ""
    if duty["cause"] == NO_ADAPTER:
        return view.visit.text("suspensions.told_by_nobody")
    if duty["cause"] is not None:
        return view.visit.text("suspensions.told_in_vain", cause=duty["cause"])
    return view.visit.text("suspensions.told_by_gateway")


def _offered(suspension: Suspension, body: Mapping[str, Any]) -> Sequence[str]:
    """Return the words that may be entered; after a clock ran out those that may have come in time."""
    if body["state"] is not SuspensionState.EXPIRED:
        words: Sequence[str] = body["words_open"]
        return words
    said = folded(suspension).said
    return sorted(one.name for one in suspension.terms.words if one.name not in said)


async def _suspend(steps: SuspensionSteps, visit: Visit) -> Response:
    section = await _section(visit, Call.SUSPEND)
    known_parameters(visit, "regime")
    terms = terms_of(visit.web.lifecycle.tables.at(visit.web.lifecycle.now().date()), visit.asked("regime"))
    view, form = SuspensionView.of(visit), await ActForm.of(visit)
    told = [need for duty in terms.duties if duty.on == OPENED for need in duty.needs]
    fields = fields_of(view, terms.regime.needs, optional=told)
    openers = [one for one in _OPENERS if one in terms.regime.opens]

    def page(status: int = 200) -> Response:
        return section.form(
            "suspend.html",
            form,
            status=status,
            regime=view.wording.name("suspension", terms.regime.title),
            basis=view.wording.cited(terms.regime.legal_basis),
            fields=fields,
            openers=[(one.value, visit.text(f"suspensions.opener_{one}")) for one in openers],
            variants=[("", visit.text("suspensions.variant_none"))]
            + [(one, view.value(one)) for one in terms.regime.variants],
        )

    if visit.request.method == "GET":
        return page()
    read, reason = form.read(), form.words("reason")
    order = _order(form, section, terms, fields, openers)
    if form.faults or order is None:
        return page(422)
    try:
        made = await steps.open(section.record.id, order, by=visit.caller.actor(), reason=reason, seen=read)
    except (Conflict, CallInvalid) as error:
        form.fault("act", refusal_of(visit, error))
        return page(error.status)
    return await section.done("suspended", seq=made.words[-1].seq)


def _order(
    form: ActForm, section: CaseSection, terms: Terms, fields: Sequence[StatedField], openers: Sequence[Opener]
) -> Order | None:
    """Return what is ordered, the faults of its form noted; None: it is not said by whom."""
    allowed = frozenset(one.value for one in openers)
    chosen = openers[0].value if len(openers) == 1 else form.one_of("opener", allowed, needed=form.visit.text("suspensions.opener_needed"))  # fmt: skip
    by_request = chosen == Opener.REQUEST
    stated = stated_in(form, fields, all_optional=by_request)
    variant = form.get("variant") or None
    if variant is not None and variant not in terms.regime.variants:
        form.fault("variant", form.visit.text("suspensions.not_valid"))
    items = items_in(form, items_of(section.record))
    reference = form.words("reference", most=_MOST_REFERENCE)
    if chosen is None:
        return None
    return Order(
        regime=terms.regime.name,
        by=Opener(chosen),
        goods_items=items,
        stated=stated,
        variant=variant,
        reference=reference,
    )


async def _say(kept: KeptSuspensions, steps: SuspensionSteps, visit: Visit) -> Response:
    section = await _section(visit, Call.SUSPENSIONS)
    known_parameters(visit, "word")
    number, word = visit.request.path_params["number"], visit.asked("word")
    known = next((one for one in await kept.of(section.record.id) if one.number == number), None)
    if known is None:
        raise NotKnown("There is no such suspension.")
    row, is_duty = known.terms.word(word), known.terms.duty(word) is not None
    if row is None and not is_duty and word not in (ANNULLED, NOTHING_CAME, SCOPE, SUPPLIED):
        raise NotKnown("There is no such word.")
    visit.caller.must_be_allowed(Call.SUSPENSION_DUTY if is_duty else Call.SUSPENSION_WORD)
    view, form = SuspensionView.of(visit), await _form(section, known, word)
    missing = [
        need for duty, _, lacking in owed(known, folded(known)) if word in (duty.name, SUPPLIED) for need in lacking
    ]
    fields = fields_of(view, row.needs if row is not None else missing)
    extends = row is not None and row.extends is not None

    def page(status: int = 200) -> Response:
        return section.form(
            "say.html",
            form,
            status=status,
            row=view.row(suspension_body(section.record.id, known, as_party=False)),
            heading=view.word(word),
            fields=fields,
            is_duty=is_duty,
            is_scope=word == SCOPE,
            most=row.most if row is not None and extends else 0,
            is_by_two=word == ANNULLED or (row is not None and row.persons > 1),
        )

    if visit.request.method == "GET":
        return page()
    saying = Saying(
        name=word,
        stated=stated_in(form, fields),
        received_at=_as_said(form.moment("received_at", visit.web.settings.zone()), _first(known, word))
        if form.get("received_at")
        else None,
        extends_to=_days(form) if extends else None,
        goods_items=items_in(form, items_of(section.record)) if word == SCOPE else (),
    )
    reason, read = None if is_duty else form.words("reason"), form.read()
    if form.faults:
        return page(422)
    caller = visit.caller
    try:
        made = await steps.say(
            section.record.id,
            number,
            saying,
            by=caller.actor(),
            asker=caller.asker,
            reason=reason,
            duty=is_duty,
            seen=read,
        )
    except (Conflict, CallInvalid) as error:
        form.fault("act", refusal_of(visit, error))
        return page(error.status)
    counts = next(one.counts for one in reversed(made.words) if one.name == word)
    return await section.done("told" if is_duty else "said" if counts else "waiting", seq=made.words[-1].seq)


async def _form(section: CaseSection, known: Suspension, word: str) -> ActForm:
    """Return the form of a word; where somebody has said it and another person has to say it, too, as they said it."""
    form = await ActForm.of(section.visit)
    first = _first(known, word)
    if section.visit.request.method == "POST" or form.is_kept or first is None:
        return form
    return ActForm(section.visit, _typed_before(first, section.visit))


def _first(known: Suspension, word: str) -> SaidWord | None:
    """Return a word that somebody has said, and that another person has to say, too."""
    return next((one for one in reversed(known.words) if one.name == word and not one.counts), None)


def _as_said(typed: datetime | None, first: SaidWord | None) -> datetime | None:
    """Return the moment that was typed; where it is that of the first saying down to the second, that one whole."""
    said = first.received_at if first is not None else None
    return said if typed is not None and said is not None and said.replace(microsecond=0) == typed else typed


def _typed_before(first: SaidWord, visit: Visit) -> Mapping[str, str]:
    typed = {f"need-{name}": value for name, value in first.stated.items()}
    if first.received_at is not None:
        there = first.received_at.astimezone(visit.web.settings.zone())
        typed["received_at"] = there.strftime("%Y-%m-%dT%H:%M:%S")
    if first.extends_to is not None:
        typed["extends_to"] = str(first.extends_to)
    if first.goods_items:
        typed["items"] = spans(first.goods_items)
    return typed


def _days(form: ActForm) -> int | None:
    text = form.get("extends_to")
    if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    form.fault("extends_to", form.visit.text("suspensions.days_needed"))
    return None
