"""Bodies of the calls about suspensions."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from gateway.api.schemas.bodies import CallBody, Item, Moment, Number, Person, Reason, SeenAct
from gateway.domain.suspension import SuspensionState
from gateway.wings.suspensions.fold import awaits, folded, owed, told_at
from gateway.wings.suspensions.rows import (
    AUTHORITY,
    NOTHING_CAME,
    OF_EVERY_REGIME,
    OPENED,
    REQUESTED,
    SUPPLIED,
    Opener,
    Speaker,
)
from gateway.wings.suspensions.suspension import Suspension

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)?$", max_length=60)]
Stated = Annotated[dict[Name, Reason], Field(max_length=20)]


class NewSuspension(SeenAct):
    """Goods items are suspended under a regime, until its words or its clock free them."""

    regime: Name
    goods_items: Annotated[list[Item], Field(min_length=1, max_length=9_999)] | None = None
    """None: all."""
    requested: bool = False
    """Whether its authority asked for it; else whoever makes the call opens it."""
    stated: Stated = Field(default={})
    """What the regime needs, by name."""
    variant: Name | None = None
    """A kind of goods for which the regime's clocks are others."""
    reference: Number | None = None
    """Its number at its opener: the same order under it changes nothing."""
    reason: Reason | None = None
    officer: Person | None = None
    """None: whoever the key belongs to."""


class NewWord(SeenAct):
    """A word of a suspension."""

    word: Name
    stated: Stated = Field(default={})
    """What the word needs, by name."""
    received_at: Moment | None = None
    """When the office had the letter: that counts against the clock; by officers only. None: as it is entered."""
    extends_to: Annotated[int, Field(ge=1, le=366)] | None = None
    """The length of the clock in all, of a word that makes one longer."""
    goods_items: Annotated[list[Item], Field(min_length=1, max_length=9_999)] | None = None
    """Of the word `scope` alone: the goods items that are suspended from now on. None: all."""
    reason: Reason | None = None
    officer: Person | None = None
    """None: whoever the key belongs to."""


class DoneDuty(CallBody):
    """A notice was given that is owed under a suspension."""

    stated: Stated = Field(default={})
    """What it tells that was not stated before."""
    done_at: Moment | None = None
    """None: as it is entered."""
    officer: Person | None = None
    """None: whoever the key belongs to."""


class SuspensionClock(BaseModel):
    """A clock of a suspension that runs."""

    name: str
    last_day: date | None
    """None: not known."""
    ends_at: datetime | None
    not_before: date | None
    """The earliest last day, where the last one is not known, since public holidays are not listed so far."""


class DutyBody(BaseModel):
    """A notice that is owed."""

    name: str
    to: str
    due: date | None
    """None: at once."""
    missing: list[str]
    """What it has to tell and nobody stated: the word `supplied` states it."""
    cause: str | None
    """Why the gateway, which gives notices to authorities itself, could not give it so far: the code of the last fault, or `no_adapter`:
    an officer gives it. Null where it was not tried in vain, and in the answer to an act."""


class WordBody(BaseModel):
    """A word that was said."""

    name: str
    at: datetime
    received_at: datetime | None
    counts: bool
    """Whether it counts; False: a second person has to say it, too."""


class SuspensionBody(BaseModel):
    """A suspension. A party reads act, goods items, state, deadline and what it may say, and null of the rest."""

    declaration: str
    """Its id."""
    number: int
    """In its declaration, from 1; to a party in the order in which it was told of them."""
    regime: str
    title: str
    legal_basis: str
    goods_items: list[int]
    state: SuspensionState
    awaits: str
    """Who has to speak next: `party` (the authority, the right-holder or the clock), `declarant`, `officer`."""
    opened_at: datetime
    deadline: date | None
    """The last day by which somebody has to speak; null: none is known."""
    words_open: list[str]
    """The words that the reader may say now."""
    told: bool
    """Whether the parties of the declaration are told of it."""
    notice: str | None
    """What has to stand on the papers of refused goods, in the words of the law."""
    reference: str | None
    clocks: list[SuspensionClock] | None
    words: list[WordBody] | None
    duties: list[DutyBody] | None


class SuspensionPage(BaseModel):
    """A page of suspensions, the nearest deadline first."""

    items: list[SuspensionBody]
    next: str | None


def suspension_body(
    declaration_id: str, suspension: Suspension, *, as_party: bool, cause: str | None = None, number: int | None = None
) -> dict[str, Any]:
    """Return a suspension as its reader sees it; `cause`: why notices to its authority could not be given so far; `number`: a party's."""
    now, regime = folded(suspension), suspension.terms.regime
    body = {
        "declaration": declaration_id,
        "number": suspension.number if number is None else number,
        "regime": regime.name,
        "title": regime.title,
        "legal_basis": regime.legal_basis,
        "goods_items": [one.number for one in suspension.items],
        "state": now.state,
        "awaits": awaits(suspension, now),
        "opened_at": suspension.opened_at,
        "deadline": now.over.last_day if now.over is not None else now.deadline,
        "words_open": sorted(_words_open(suspension, as_party=as_party)),
        "told": told_at(suspension) is not None,
        "notice": None,
        "reference": None,
        "clocks": None,
        "words": None,
        "duties": None,
    }
    if as_party:
        return body
    return body | {
        "notice": _notice(suspension),
        "reference": suspension.reference,
        "clocks": [
            {"name": one.name, "last_day": one.last_day, "ends_at": one.ends_at, "not_before": one.not_before}
            for one in now.running
        ],
        "words": [
            {"name": one.name, "at": one.at, "received_at": one.received_at, "counts": one.counts}
            for one in suspension.words
        ],
        "duties": [
            {
                "name": duty.name,
                "to": duty.to,
                "due": due.last_day if due is not None else None,
                "missing": missing,
                "cause": cause if duty.to == AUTHORITY and not missing else None,
            }
            for duty, due, missing in sorted(owed(suspension, now), key=lambda one: one[0].name)
        ],
    }


def _notice(suspension: Suspension) -> str | None:
    rows = {row.name: row for row in suspension.terms.words}
    said = (rows[one.name].sentence(one.stated) for one in suspension.words if one.counts and one.name in rows)
    return next((one for one in said if one is not None), None)


def _words_open(suspension: Suspension, *, as_party: bool) -> Iterator[str]:
    now = folded(suspension)
    if not as_party and any(missing for _, _, missing in owed(suspension, now)):
        yield SUPPLIED
    if now.state.is_over:
        return
    for row in suspension.terms.words:
        theirs = row.by is Speaker.DECLARANT and row.persons == 1 and now.state is SuspensionState.OPEN
        may = row.name not in now.said and set(row.after) <= now.said and now.said.isdisjoint(row.before)
        if may and (theirs or not as_party):
            yield row.name
    if not as_party:
        yield from OF_EVERY_REGIME - now.said - {NOTHING_CAME, OPENED, REQUESTED, SUPPLIED}
        if now.state is SuspensionState.UNCONFIRMED:
            yield NOTHING_CAME


def opener(order: NewSuspension, *, by_officer: bool) -> Opener:
    """Return who opens a suspension."""
    if order.requested:
        return Opener.REQUEST
    return Opener.OFFICER if by_officer else Opener.CUSTOMS
