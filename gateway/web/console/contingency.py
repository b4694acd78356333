"""The decisions made inside a contingency window, their outcomes, and the write-offs that are owed for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.domain.approval import ApprovalKind
from gateway.domain.contingency import Afterwards, ContingencyWindow, DecidedInside, ListedInside, WindowStatement
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.document import DocumentKey
from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.movement import OrderLine
from gateway.domain.subject import Room
from gateway.lifecycle.write_offs import reference_of
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import known_parameters, past_window, times_of
from gateway.web.context import WebContext
from gateway.web.numbers import quantity
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES, CONTINGENCY

_ROWS, _DIFFERING = 50, 200
_MOST_NUMBER = 2**31 - 2
OWED = "owed"
_TABS = (Afterwards.DIFFERS, Afterwards.AWAITED, Afterwards.CONFIRMED, Afterwards.DETERMINED, Afterwards.DROPPED, OWED)
_KINDS: Mapping[Afterwards, str] = {
    Afterwards.DIFFERS: "refuse",
    Afterwards.AWAITED: "pending",
    Afterwards.CONFIRMED: "release",
    Afterwards.DETERMINED: "release",
    Afterwards.DROPPED: "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideDocument:
    """A document that was decided inside a window."""

    type: str
    reference: str
    how: str
    at: str
    kind: str
    afterwards: str
    found: str
    owed: Sequence[str]
    """The write-offs that officers owe: each line in words."""
    written_off: bool
    enter: str
    """The address where that is entered; empty: it is entered, or this reader may not."""
    verify: str
    """The address where it is verified by hand; empty: its authority has answered, or this reader may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideDeclaration:
    """A declaration of which documents were decided inside a window: those that came to the same together."""

    href: str
    name: str
    second: str
    documents: Sequence[Sequence[InsideDocument]]


def register(app: Starlette, web: WebContext) -> None:
    """Serve the list, and the page on which a write-off is entered."""
    route(app, web, f"{CONTINGENCY}/{{number}}", _list, room=Room.CONSOLE)
    route(app, web, f"{CONTINGENCY}/{{number}}/write-off", _write_off, room=Room.CONSOLE, methods=("GET", "POST"))


async def _list(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.CONTINGENCIES)
    known_parameters(visit, "afterwards", "cursor")
    number, tab = _number(visit), visit.asked("afterwards")
    if tab not in {"", *_TABS}:
        raise CallInvalid("afterwards: there is no such value.")
    contingency, times = visit.web.lifecycle.contingency, times_of(visit)
    window = await contingency.get(number)
    offices = visit.caller.offices_for(Call.CONTINGENCIES)
    counts = await contingency.counts(number, offices=offices)
    listed, following = await _listed(visit, number, tab)
    row = past_window(window, times)
    system = visit.web.systems(visit.language).get(window.adapter, window.adapter)
    here = f"{CONTINGENCY}/{number}"
    return visit.page(
        "console/contingency.html",
        current="authorities",
        zone=visit.web.calendar.zone,
        window=row,
        until=times.moment(window.until).text if window.until is not None else "",
        opening=_stated(window.opening),
        closing=_stated(window.closing),
        system=system,
        authority=f"{AUTHORITIES}/{window.adapter}" if visit.web.dispatcher.knows(window.adapter) else "",
        closes=window.in_force and visit.caller.may(Call.CONTINGENCY) and visit.web.dispatcher.knows(window.adapter),
        tabs=_tabs(here, tab, counts),
        tab=tab,
        rows=_declarations(visit, window, listed, times),
        next_page=_address(here, afterwards=tab, cursor=str(following)) if following else "",
        asked=await _asked(visit, number, times),
    )


async def _listed(visit: Visit, number: int, tab: str) -> tuple[Sequence[ListedInside], int | None]:
    """Return a page of the list; where nothing is chosen, what differs comes first."""
    contingency = visit.web.lifecycle.contingency
    offices, after = visit.caller.offices_for(Call.CONTINGENCIES), _after(visit)
    chosen = Afterwards(tab) if tab not in {"", OWED} else None
    found = await contingency.decided_inside(
        number, after=after, limit=_ROWS + 1, afterwards=chosen, offices=offices, owed=tab == OWED
    )
    page, following = found[:_ROWS], found[_ROWS - 1].place if len(found) > _ROWS else None
    if tab:
        return page, following
    rest = [one for one in page if one.entry.afterwards is not Afterwards.DIFFERS]
    if after:
        return rest, following
    first = await contingency.decided_inside(number, limit=_DIFFERING, afterwards=Afterwards.DIFFERS, offices=offices)
    return [*first, *rest], following


def _tabs(here: str, tab: str, counts: Mapping[str, int]) -> Sequence[Mapping[str, Any]]:
    whole = sum(count for name, count in counts.items() if name != OWED)
    return [
        {"name": "all", "count": whole, "href": here, "current": not tab},
        *(
            {
                "name": str(one),
                "count": counts.get(one, 0),
                "href": _address(here, afterwards=one),
                "current": tab == one,
            }
            for one in _TABS
            if counts.get(one, 0) or tab == one
        ),
    ]


def _declarations(
    visit: Visit, window: ContingencyWindow, listed: Sequence[ListedInside], times: Times
) -> Sequence[InsideDeclaration]:
    """Return what is listed by declaration, in the order of the first document of each."""
    grouped: dict[str, list[ListedInside]] = {}
    for one in listed:
        grouped.setdefault(one.id, []).append(one)
    found = []
    for alike in grouped.values():
        first, by_outcome = alike[0], dict[tuple[str, str, bool], list[InsideDocument]]()
        for each in alike:
            document = _document(visit, window, each, times)
            by_outcome.setdefault((document.how, document.kind, bool(document.owed)), []).append(document)
        found.append(
            InsideDeclaration(
                href=f"/console/declarations/{first.id}" if visit.caller.may(Call.READ) else "",
                name=first.mrn or first.lrn,
                second=first.lrn if first.mrn else "",
                documents=list(by_outcome.values()),
            )
        )
    return found


def _document(visit: Visit, window: ContingencyWindow, one: ListedInside, times: Times) -> InsideDocument:
    entry = one.entry
    owed = [_line(visit, line) for line in entry.write_off]
    enters = bool(owed) and not one.written_off and visit.caller.may(Call.INTERVENE)
    verifies = entry.afterwards is Afterwards.AWAITED and not entry.released and visit.caller.may(Call.VERIFY_DOCUMENT)
    named = {"type": entry.type, "reference": entry.reference}
    return InsideDocument(
        type=entry.type,
        reference=entry.reference,
        how=visit.text("inside.released") if entry.released else visit.text(f"effect.{entry.effect.value}"),
        at=times.moment(entry.at).text,
        kind=_KINDS[entry.afterwards],
        afterwards=visit.text(f"inside.tab_{entry.afterwards.value}"),
        found=_found(visit, entry, times),
        owed=owed,
        written_off=one.written_off,
        enter=f"{CONTINGENCY}/{window.number}/write-off?{urlencode({'declaration': one.id, **named})}"
        if enters
        else "",
        verify=f"/console/declarations/{one.id}/verify?{urlencode(named)}" if verifies else "",
    )


def _found(visit: Visit, entry: DecidedInside, times: Times) -> str:
    if entry.found is None:
        return ""
    words = visit.web.cases.explanations[visit.language]
    told = visit.text(
        "inside.found",
        status=words.term("status", entry.found.status.value),
        effect=visit.text(f"effect.{entry.found.effect.value}"),
        time=times.moment(entry.found.at).text,
    )
    return f"{told} {', '.join(entry.found.findings)}".rstrip()


def _line(visit: Visit, line: OrderLine) -> str:
    wording = _wording(visit)
    amounts = [quantity(wording, f"{one.value:f}", one.unit) for one in line.quantities]
    if line.amount is not None:
        amounts.append(quantity(wording, f"{line.amount.value:f}", line.amount.currency))
    return visit.text("inside.line", line=line.certificate_line, item=line.goods_item, amount=" / ".join(amounts))


def _wording(visit: Visit) -> Wording:
    return Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)


def _stated(statement: WindowStatement | None) -> Mapping[str, str] | None:
    if statement is None:
        return None
    return {"by": statement.officer, "second": statement.second_officer or "", "reason": statement.reason}


async def _asked(visit: Visit, number: int, times: Times) -> Sequence[Mapping[str, str]]:
    """Return the write-offs of this window that wait for a second officer."""
    if not visit.caller.may(Call.APPROVALS):
        return ()
    found = await visit.web.lifecycle.approvals.page(
        kind=ApprovalKind.INTERVENTION, limit=_DIFFERING, offices=visit.caller.offices_for(Call.APPROVALS)
    )
    return [
        {
            "href": f"/console/approvals/{one.id}",
            "by": one.asked.by.person if one.asked is not None else "",
            "document": f"{order.type} {order.document_reference}",
            "ends": times.end(one.ends_at).text,
        }
        for one in found
        if one.asked is not None
        and (order := one.asked.ordered.intervention) is not None
        and order.reference == reference_of(number)
    ]


async def _write_off(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.CONTINGENCIES)
    visit.caller.must_be_allowed(Call.INTERVENE)
    known_parameters(visit, "declaration", "type", "reference")
    number = _number(visit)
    name = DeclarationName.of_text(visit.asked("declaration"))
    record = await visit.web.cases.read(visit.caller, name, Call.READ)
    document = DocumentKey(visit.asked("type"), visit.asked("reference"))
    form, about = await ActForm.of(visit), f"{record.id} {document.type} {document.reference}"
    if form.is_kept and form.get("about") != about:
        # The words are about another write-off of this window.
        form = ActForm(visit, {})
    here = f"{CONTINGENCY}/{number}"
    try:
        found = await visit.web.lifecycle.write_offs.owed(number, record.id, document)
        if visit.request.method == "POST":
            reason = form.words("reason", needed=visit.text("act.say_why"))
            if reason is not None:
                by = visit.caller.actor()
                await visit.web.lifecycle.write_offs.enter(number, record.id, document, by=by, reason=reason)
                await visit.drop_draft()
                return visit.onward(f"{here}#asked")
    except Conflict:
        return visit.page(
            "console/write_off_over.html", status=409, current="authorities", zone=visit.web.calendar.zone, back=here,
            number=number,
        )  # fmt: skip
    return visit.page(
        "console/write_off.html",
        status=422 if form.faults else 200,
        current="authorities",
        zone=visit.web.calendar.zone,
        back=here,
        number=number,
        record=record,
        name=record.mrn or record.lrn,
        document=document,
        lines=[_line(visit, one) for one in found.entry.write_off],
        approval_hours=visit.web.settings.approval_hours,
        about=about,
        form=form,
        faults=form.faults,
    )


def _number(visit: Visit) -> int:
    text = visit.request.path_params["number"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and 0 < int(text) <= _MOST_NUMBER):
        raise NotKnown("There is no such contingency window.")
    return int(text)


def _after(visit: Visit) -> int:
    cursor = visit.asked("cursor")
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 18):
        raise CallInvalid("cursor: it is the one of the page before.")
    return int(cursor)


def _address(here: str, **asked: str) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{here}?{query}" if query else here
