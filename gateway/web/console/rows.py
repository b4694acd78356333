"""Declarations as rows of the console: what the list of the API tells an officer, as a person reads it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from gateway.access import Call, Caller
from gateway.domain.case_owner import CaseOwner
from gateway.domain.matter import MatterKind, is_second_officers
from gateway.domain.work_list import EffectKind, FoundDeclaration, ListedGoods, ListOrder, Turn
from gateway.lifecycle.work_list import place_of as place_in
from gateway.web.templates_in_language import Templates
from gateway.web.times import Times
from gateway.web.visit import Visit

CASES = "/console/declarations"
_OF_PAGE = frozenset({"cursor", "rows", "lang", "at", "ticked"})
ORDERS = {"oldest": ListOrder.HELD_SINCE, "latest": ListOrder.HELD_LAST, "newest": ListOrder.RECEIVED}
"""The orders of a queue, by their names in its address."""
_MOST_DESCRIBED = 40
SECOND_OFFICER = "second_officer"
"""The turn where an officer waits for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One declaration of the queue."""

    id: str
    href: str
    name: str
    """The MRN; the LRN while there is none."""
    second: str
    goods: str
    """The first of the goods, how many more there are, where they come from, and the importer; else the declarant alone."""
    age: str
    """Empty: it is not held."""
    kind: str
    title: str
    where: str
    further: str
    """What else stands against release: how much, and the first of it; empty: nothing."""
    turn: str
    what: str
    limit: str
    is_forecast: bool
    may_be_ticked: bool
    """Whether its reader may act on several such rows at once."""
    is_ticked: bool = False
    owner: str = ""
    """Who works on it, and their line about it; empty: nobody."""


def queue_row(
    visit: Visit,
    found: FoundDeclaration,
    body: Mapping[str, Any],
    times: Times,
    systems: Mapping[str, str],
    asked: Mapping[str, str] | None = None,
    goods: ListedGoods | None = None,
    owner: CaseOwner | None = None,
) -> QueueRow:
    """Return the row of a declaration.

    Args:
        visit: whose it is.
        found: the declaration.
        body: its row in `GET /v1/declarations`.
        times: writes its moments.
        systems: what authorities' systems are called.
        asked: what the queue is asked for, which goes with the reader to the case; None: it is no queue.
        goods: what is declared; None: not known.
        owner: who works on it; None: nobody, or its reader is no officer.
    """
    templates, stopper, turn = visit.templates, body["stopper"], turn_for_reader(found, visit.caller)
    kind = body["effect_kind"] if stopper is None else stopper["effect_kind"]
    mrn, lrn, declarant = body["mrn"], body["lrn"], body["declarant"]
    return QueueRow(
        id=body["id"],
        href=f"{CASES}/{body['id']}{'' if asked is None else from_queue(asked, place_in(found, ORDERS[asked['order']]))}",
        name=mrn or lrn,
        second=lrn if mrn else templates.text("queue.no_mrn"),
        goods=declarant if goods is None else _goods(goods, declarant, templates),
        age=times.age(since) if (since := body["held_since"] or _open_since(found)) else "",
        kind=kind or EffectKind.UNDETERMINED,
        title=_title(stopper, kind, templates, is_filled=body["filled"]),
        where=_where(stopper, templates),
        further=_further(visit, body["further"], stopper),
        turn=turn,
        what=_what(body, turn, times, templates, systems),
        limit=_limit(body["clock"], times, templates),
        is_forecast=body["kind"] == "pre_lodged" and body["accepted_at"] is None,
        may_be_ticked=asked is not None and visit.caller.may(Call.CONFIRM),
        is_ticked=asked is not None and bool(asked["ticked"]),
        owner="" if owner is None else _owner(owner),
    )


def turn_for_reader(found: FoundDeclaration, reader: Caller) -> str:
    """Return whose turn it is, for this reader: of a request that they made, or may not answer, a second officer's."""
    asked_by = reader.actor().person if reader.may(Call.APPROVE) else None
    if is_second_officers(found.matters, asked_by):
        return SECOND_OFFICER
    return found.turn or Turn.OFFICER


def _open_since(found: FoundDeclaration) -> datetime | None:
    """Return since when something of a declaration is open."""
    return min((one.since for one in found.matters if one.since is not None), default=None)


def mark_of(row: QueueRow) -> str:
    """Return the mark of what a row says, but for its age, by which a later reading is compared with it."""
    return sha256(repr(replace(row, age="")).encode()).hexdigest()[:8]


def from_queue(asked: Mapping[str, str], at: str) -> str:
    """Return the parameters by which a case knows the queue that it was opened from, and its place there."""
    kept = {name: value for name, value in sorted(asked.items()) if value and name not in _OF_PAGE}
    return f"?{urlencode({'queue': urlencode({**kept, 'at': at})})}"


def _goods(goods: ListedGoods, declarant: str, templates: Templates) -> str:
    """Return the goods in a line: "Frozen cod and 2 more, NO, FR12345678901234"; without an importer the declarant is named."""
    description = _shortened(goods.description.strip())
    more = goods.items - 1
    named = templates.text("queue.goods_more", goods=description, count=more) if more > 0 else description
    return ", ".join(part for part in (named, goods.country or "", goods.importer or declarant) if part)


def _title(stopper: Mapping[str, Any] | None, kind: str | None, templates: Templates, *, is_filled: bool) -> str:
    if stopper is not None and stopper["title"]:
        title: str = stopper["title"]
        return title[:1].upper() + title[1:]
    return templates.text(f"effect.{kind}" if kind is not None and is_filled else "queue.being_decided")


def _where(stopper: Mapping[str, Any] | None, templates: Templates) -> str:
    """Return what the first thing against release is about: the document, and the goods items."""
    if stopper is None:
        return ""
    document, items = stopper["document"], stopper["goods_items"]
    parts = [f"{document.type} {document.reference}".strip()] if document is not None else []
    if items:
        parts.append(_items(items, stopper["goods_items_in_all"], templates))
    return _joined(parts) if parts else templates.text("queue.whole_declaration")


def _items(items: Sequence[int], in_all: int, templates: Templates) -> str:
    if in_all == 1:
        return templates.text("queue.item", item=items[0])
    named = ", ".join(map(str, items))
    if in_all > len(items):
        return templates.text("queue.items_of_more", items=named, more=in_all - len(items))
    return templates.text("queue.items", items=named)


def _what(body: Mapping[str, Any], turn: str, times: Times, templates: Templates, systems: Mapping[str, str]) -> str:
    if turn == SECOND_OFFICER:
        return templates.text("queue.waits_for_second")
    if turn == Turn.OFFICER and body["matters"]:
        return templates.text(f"queue.do_{_first_matter(body)}")
    again: datetime | None = body["next_attempt_at"]
    if turn in {Turn.AUTHORITY, Turn.NOBODY}:
        named = ", ".join(systems.get(one, one) for one in body["authorities"])
        if again is None:
            return named
        asked = templates.text("queue.asked_again", time=times.moment(again).text)
        return _joined((named, asked)) if named else asked
    stopper = body["stopper"]
    nature = stopper["nature"] if stopper is not None else None
    if nature == "correction" and (cure := cure_of(stopper, templates)):
        return cure
    return templates.text(f"queue.do_{nature or 'check'}")


def cure_of(stopper: Mapping[str, Any], templates: Templates) -> str:
    """Return what cures the first thing against release: "Declare C673, or Y927 if true"; empty: that is not known."""
    documents, statements = (", ".join(stopper[name]) for name in ("documents", "statements"))
    if documents and statements:
        return templates.text("queue.cure_either", documents=documents, statements=statements)
    if documents:
        return templates.text("queue.cure_declare", documents=documents)
    return templates.text("queue.cure_state", statements=statements) if statements else ""


def _further(visit: Visit, further: Mapping[str, int], stopper: Mapping[str, Any] | None) -> str:
    """Say what else stands against release: "+ 1: authority unavailable", "+ 3: authority unavailable and others"."""
    count = sum(further.values())
    if not count:
        return ""
    wording = visit.web.cases.wording([visit.language])
    titles = [title for code in further if code.startswith("SW-") and (title := wording.title(code))]
    if not titles or (stopper is not None and [*further] == [stopper["code"]]):
        return visit.text("queue.further", count=count)
    return visit.text(
        "queue.further_of" if len(further) == 1 else "queue.further_of_several", count=count, what=titles[0]
    )


def _first_matter(body: Mapping[str, Any]) -> MatterKind:
    """Return the kind of the first thing that an officer has to do beside what stands against release."""
    kinds = {one["kind"] for one in body["matters"]}
    return next(kind for kind in MatterKind if kind in kinds)


def _limit(clock: Mapping[str, Any] | None, times: Times, templates: Templates) -> str:
    if clock is None:
        return ""
    if clock["ends_at"] is None:
        return templates.text(f"queue.clock_{clock['kind']}_not_before", time=times.limit(clock["not_before"]).text)
    return templates.text(f"queue.clock_{clock['kind']}", time=times.limit(clock["ends_at"]).text)


def _joined(parts: Iterable[str]) -> str:
    """Return texts with a comma between; what is no text of ours is escaped."""
    return Markup(", ").join(parts)


def _owner(owner: CaseOwner) -> str:
    """Return who has a case, and the beginning of their line about it."""
    note = _shortened(owner.note)
    return f"{owner.person}: {note}" if note else owner.person


async def owners_of(visit: Visit, ids: Collection[str]) -> Mapping[str, CaseOwner]:
    """Return who works on which of some cases, which officers alone are told."""
    return await visit.web.lifecycle.case_owners.of_all(ids) if visit.caller.may(Call.VERIFY_DOCUMENT) else {}


def _shortened(text: str) -> str:
    """Return a text, or its beginning with a mark that it goes on."""
    return text if len(text) <= _MOST_DESCRIBED else f"{text[:_MOST_DESCRIBED].rstrip(' ,;.')}…"
