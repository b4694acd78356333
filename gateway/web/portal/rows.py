"""Declarations as rows of the portal: what the list of the API tells a trader, as a person reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.work_list import EffectKind, Turn
from gateway.web.console.case_view import capitalized
from gateway.web.console.rows import cure_of
from gateway.web.portal.address import declaration_address
from gateway.web.templates_in_language import Templates
from gateway.web.times import ShownMoment, Times

_ENDED = frozenset({"invalidated", "superseded", "lapsed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalRow:
    """One declaration of the list."""

    id: str
    href: str
    lrn: str
    mrn: str
    kind: str
    verdict: str
    is_yours: bool
    what: str
    """The task to do, or that there is none."""
    further: int
    received: ShownMoment


def portal_row(body: Mapping[str, Any], times: Times, templates: Templates, systems: Mapping[str, str]) -> PortalRow:
    """Return the row of a declaration, from its row in `GET /v1/declarations`; `systems` names authorities' systems."""
    is_held = body["effect"] in {"hold", "refuse"} and body["state"] not in {*_ENDED, "released"}
    return PortalRow(
        id=body["id"],
        href=declaration_address(body["id"]),
        lrn=body["lrn"],
        mrn=body["mrn"] or "",
        kind=_kind(body),
        verdict=templates.text(f"portal.row_{_verdict(body)}"),
        is_yours=is_held and body["turn"] == Turn.DECLARANT,
        what=_what(body, times, templates, systems) if is_held or body["matters"] else "",
        further=sum(body["further"].values()) if is_held else 0,
        received=times.moment(body["received_at"]),
    )


def _verdict(body: Mapping[str, Any]) -> str:
    if body["state"] in {*_ENDED, "released"}:
        return str(body["state"])
    return "being_decided" if body["effect"] is None else str(body["effect"])


def _kind(body: Mapping[str, Any]) -> str:
    if body["state"] in _ENDED:
        return EffectKind.NONE
    if body["state"] == "released":
        return EffectKind.RELEASE
    return str(body["effect_kind"] or EffectKind.PENDING)


def _what(body: Mapping[str, Any], times: Times, templates: Templates, systems: Mapping[str, str]) -> str:
    stopper, turn = body["stopper"], body["turn"]
    if body["matters"]:
        return templates.text(f"portal.row_{body['matters'][0]['kind']}")
    if stopper is None:
        return ""
    title = capitalized(stopper["title"] or "")
    if turn == Turn.DECLARANT:
        title = cure_of(stopper, templates) or title
        items = ", ".join(map(str, stopper["goods_items"]))
        return templates.text("portal.row_item", items=items, what=title) if items else title
    if turn in {Turn.AUTHORITY, Turn.NOBODY}:
        names = ", ".join(systems.get(one, one) for one in body["authorities"])
        again = body["next_attempt_at"]
        if names and again is not None:
            return templates.text("portal.row_again", system=names, time=times.moment(again).text)
        return templates.text("portal.row_waits", system=names) if names else templates.text("portal.row_nothing")
    return title if turn is None else templates.text("portal.row_customs", what=title)
