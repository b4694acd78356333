"""The views of lists of declarations: rows, pages and what is counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views.declaration import declaration_body, links
from gateway.decisions.turn import HELD_CODE
from gateway.domain.calendar import Calendar, in_utc
from gateway.domain.codec import encode
from gateway.domain.declaration import Kind
from gateway.domain.record import State
from gateway.domain.work_list import Found, Stopper, Summary, Turn
from gateway.lifecycle.processing.processor import LAPSE_AFTER
from gateway.lifecycle.work_list import ListedPage

_LAPSE = "Regulation (EU) No 952/2013 Art. 171"
_APPLICATION = "Regulation (EU) No 952/2013 Art. 22(3)"
_ASKED_AGAIN = frozenset({Turn.AUTHORITY, Turn.NOBODY})


def page(listed: ListedPage, caller: Caller, wording: Wording, calendar: Calendar) -> bytes:
    """Write one page: the declarations as a whole with their rows, or the rows alone where no declarations were read."""
    if listed.records:
        found = [_row(one, caller, wording, calendar) for one in listed.found]
        items = [
            {**declaration_body(record, caller, wording), "acts": None, "warnings": (), "actions": None, **row}
            for record, row in zip(listed.records, found, strict=True)
        ]
    else:
        items = rows(listed, caller, wording, calendar)
    summary = None if listed.summary is None else summary_body(listed.summary)
    return encode({"items": items, "next": listed.next, "summary": summary})


def rows(listed: ListedPage, caller: Caller, wording: Wording, calendar: Calendar) -> list[dict[str, Any]]:
    """Return the rows of a page as JSON objects."""
    return [{**_names(one, caller), **_row(one, caller, wording, calendar)} for one in listed.found]


def summary_body(summary: Summary) -> dict[str, Any]:
    """Return what is counted, as a JSON object."""
    known = [one for one in summary.counts if one.filled]
    turns, kinds = Counter[str](), Counter[str]()
    offices: dict[str | None, tuple[int, datetime]] = {}
    for one in known:
        if one.turn is not None:
            turns[one.turn] += one.declarations
        if one.effect_kind is not None:
            kinds[one.effect_kind] += one.declarations
        many, oldest = offices.get(one.office, (0, one.oldest))
        offices[one.office] = many + one.declarations, min(oldest, one.oldest)
    return {
        "held": sum(one.declarations for one in known),
        "oldest": in_utc(min((one.oldest for one in known), default=None)),
        "turns": dict(sorted(turns.items())),
        "effect_kinds": dict(sorted(kinds.items())),
        "offices": [
            {"office": office, "declarations": many, "oldest": in_utc(oldest)}
            for office, (many, oldest) in sorted(offices.items(), key=lambda one: one[0] or "")
        ],
        "same_cause": [
            {"authority": one.authority, "declarations": one.declarations, "oldest": in_utc(one.oldest)}
            for one in summary.same_cause
        ],
        "not_filled": sum(one.declarations for one in summary.counts if not one.filled),
    }


def _names(found: Found, caller: Caller) -> dict[str, Any]:
    return {
        "id": found.id,
        "version": found.version,
        "lrn": found.lrn,
        "mrn": found.mrn,
        "declarant": found.declarant,
        "direction": found.direction,
        "kind": found.kind,
        "received_at": found.received_at,
        "accepted_at": found.accepted_at,
        "state": found.state,
        "links": links(found.id, caller),
    }


def _row(found: Found, caller: Caller, wording: Wording, calendar: Calendar) -> dict[str, Any]:
    entry = found.entry
    # Whatever holds and may not be told has no time of its own either.
    untold = entry is not None and entry.stopper is not None and entry.stopper.code == HELD_CODE
    asked_again = not caller.sees_as_trader or (entry is not None and entry.turn in _ASKED_AGAIN)
    clocks = [] if untold and caller.sees_as_trader else _clocks(found, caller, calendar)
    return {
        "office": found.office,
        "presentation_office": found.presentation_office,
        "effect": entry.effect if entry is not None else None,
        "effect_kind": entry.effect_kind if entry is not None else None,
        "turn": found.turn,
        "advice": entry.advice if entry is not None else None,
        "held_since": None if untold else found.held_since,
        "stopper": _stopper(entry.stopper, wording) if entry is not None and entry.stopper is not None else None,
        "further": dict(entry.further) if entry is not None else {},
        "next_attempt_at": found.assess_at if asked_again and not untold else None,
        "clock": min(clocks, key=lambda one: one["ends_at"], default=None),
        "filled": found.filled,
    }


def _stopper(stopper: Stopper, wording: Wording) -> dict[str, Any]:
    wording.use()
    return {
        "code": stopper.code,
        "title": wording.title(stopper.code) if stopper.code is not None else None,
        "nature": stopper.nature,
        "effect_kind": stopper.effect_kind,
        "turn": stopper.turn,
        "document": stopper.document,
        "goods_items": stopper.goods_items,
        "goods_items_in_all": stopper.goods_items_in_all,
    }


def _clocks(found: Found, caller: Caller, calendar: Calendar) -> list[Mapping[str, Any]]:
    """Return the time limits that run, as far as they are the caller's to know."""
    return list(
        clocks(
            pre_lodged_at=_waits_for_goods(found),
            approval_ends_at=None if caller.sees_as_trader else found.approval_ends_at,
            application_last_day=found.application_last_day,
            calendar=calendar,
        )
    )


def _waits_for_goods(found: Found) -> datetime | None:
    ended = found.state in {State.INVALIDATED, State.LAPSED, State.RELEASED}
    return found.received_at if found.kind is Kind.PRE_LODGED and found.accepted_at is None and not ended else None


def clocks(
    *, pre_lodged_at: datetime | None, approval_ends_at: datetime | None, application_last_day: Any, calendar: Calendar
) -> Iterable[Mapping[str, Any]]:
    """Return time limits as JSON objects: lapse, an approval that waits, the last day to decide on an application.

    Nothing in the gateway computes when the right to be heard or market surveillance ends: they are not here.
    """
    if pre_lodged_at is not None:
        yield {"kind": "lapse", "ends_at": in_utc(pre_lodged_at + LAPSE_AFTER), "legal_basis": _LAPSE}
    if approval_ends_at is not None:
        yield {"kind": "approval", "ends_at": in_utc(approval_ends_at), "legal_basis": ""}
    if application_last_day is not None:
        ends_at = calendar.start(application_last_day + timedelta(days=1))
        yield {"kind": "application", "ends_at": in_utc(ends_at), "legal_basis": _APPLICATION}
