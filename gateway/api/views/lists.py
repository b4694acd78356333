"""The views of lists of declarations: rows, pages and what is counted."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views.clocks import KeptLimits, kept, next_one
from gateway.api.views.declaration import declaration_body, links
from gateway.api.views.matters import matters
from gateway.api.views.pages import within
from gateway.decisions.turn import HELD_CODE
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.suspension import told_of
from gateway.domain.work_list import FoundDeclaration, Stopper, Summary, Turn
from gateway.lifecycle.time_limits import TimeLimits
from gateway.lifecycle.work_list import ListedPage

_ASKED_AGAIN = frozenset({Turn.AUTHORITY, Turn.NOBODY})


def items(listed: ListedPage, caller: Caller, wording: Wording, limits: TimeLimits, *, most: int) -> list[msgspec.Raw]:
    """Write the declarations of a page, as a whole with their rows, or the rows alone where none were read, up to `most` bytes."""
    if not listed.records:
        return within(most, (_named(one, caller, wording, limits) for one in listed.found))
    return within(
        most,
        (
            {
                **declaration_body(record, caller, wording),
                "acts": None,
                "warnings": (),
                "actions": None,
                **_row(one, caller, wording, limits),
            }
            for record, one in zip(listed.records, listed.found, strict=True)
        ),
    )


def page(listed: ListedPage, written: Sequence[msgspec.Raw]) -> bytes:
    """Write one page of what was written."""
    summary = None if listed.summary is None else summary_body(listed.summary)
    return encode({"items": written, "next": listed.next, "summary": summary})


def rows(listed: ListedPage, caller: Caller, wording: Wording, limits: TimeLimits) -> list[dict[str, Any]]:
    """Return the rows of a page as JSON objects."""
    return [_named(one, caller, wording, limits) for one in listed.found]


def summary_body(summary: Summary) -> dict[str, Any]:
    """Return what is counted, as a JSON object."""
    known = [one for one in summary.counts if one.filled]
    turns, kinds = Counter[str](), Counter[str]()
    offices: dict[str | None, tuple[int, datetime]] = {}
    for one in known:
        if one.turn is not None:
            turns[one.turn] += one.declarations
        if not one.held:
            continue
        if one.effect_kind is not None:
            kinds[one.effect_kind] += one.declarations
        many, oldest = offices.get(one.office, (0, one.oldest))
        offices[one.office] = many + one.declarations, min(oldest, one.oldest)
    return {
        "held": sum(one.declarations for one in known if one.held),
        "oldest": in_utc(min((one.oldest for one in known if one.held), default=None)),
        "turns": dict(sorted(turns.items())),
        "effect_kinds": dict(sorted(kinds.items())),
        "offices": [
            {"office": office, "declarations": many, "oldest": in_utc(oldest)}
            for office, (many, oldest) in sorted(offices.items(), key=lambda one: one[0] or "")
        ],
        "findings": dict(sorted(summary.findings.items())),
        "authorities": dict(sorted(summary.authorities.items())),
        "same_cause": [
            {"authority": one.authority, "declarations": one.declarations, "oldest": in_utc(one.oldest)}
            for one in summary.same_cause
        ],
        "not_filled": sum(one.declarations for one in summary.counts if not one.filled),
    }


def _named(found: FoundDeclaration, caller: Caller, wording: Wording, limits: TimeLimits) -> dict[str, Any]:
    return {**_names(found, caller), **_row(found, caller, wording, limits)}


def _names(found: FoundDeclaration, caller: Caller) -> dict[str, Any]:
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


def _row(found: FoundDeclaration, caller: Caller, wording: Wording, limits: TimeLimits) -> dict[str, Any]:
    entry = found.entry
    # Whatever holds and may not be told has no time of its own either.
    untold = entry is not None and entry.stopper is not None and entry.stopper.code == HELD_CODE
    asked_again = not caller.sees_as_trader or (entry is not None and entry.turn in _ASKED_AGAIN)
    running = kept(
        KeptLimits(
            kind=found.kind,
            state=found.state,
            lodged_at=found.received_at,
            accepted_at=found.accepted_at,
            matters=found.matters,
            office=found.office,
            suspended=told_of(found.suspended, as_party=caller.sees_as_trader),
        ),
        limits,
        wording,
    )
    return {
        "office": found.office,
        "presentation_office": found.presentation_office,
        "effect": entry.effect if entry is not None else None,
        "effect_kind": entry.effect_kind if entry is not None else None,
        "turn": found.turn,
        "matters": matters(found.matters),
        "advice": entry.advice if entry is not None else None,
        "held_since": None if untold else found.held_since,
        "stopper": _stopper(entry.stopper, wording) if entry is not None and entry.stopper is not None else None,
        "further": dict(entry.further) if entry is not None else {},
        "authorities": list(entry.authorities) if entry is not None else [],
        "next_attempt_at": found.assess_at if asked_again and not untold else None,
        "clock": next_one(running),
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
        "documents": stopper.documents,
        "statements": stopper.statements,
    }
