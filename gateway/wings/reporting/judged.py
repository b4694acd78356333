"""What becomes of each goods item of a released declaration in Surveillance, by its newest version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from gateway.domain.calendar import Calendar
from gateway.domain.codec import encode
from gateway.domain.declaration import Declaration, Direction, GoodsItem, Kind
from gateway.domain.release import Released
from gateway.wings.reporting.surveillance_record import columns_of, is_out
from gateway.wings.reporting.surveillance_rows import SurveillanceAnswer, mandatory_columns, row_of


class ItemState(StrEnum):
    """How a released goods item stands."""

    SENT = "sent"
    PARTLY = "partly"
    """A part of its goods is released: the rest is waited for."""
    WAITING = "waiting"
    """For a supplementary declaration."""
    LACKING = "lacking"
    """A column is missing without which it is not sent."""
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"
    """No row knows what becomes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedDeclaration:
    """A declaration of which something was released, or that is supplementary, by its newest version."""

    id: str
    direction: Direction
    kind: Kind
    mrn: str | None
    accepted_at: datetime | None
    released: Released | None
    ended: str | None
    content: Declaration | None
    """None: erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedItem:
    """What becomes of one goods item."""

    item: int
    state: ItemState
    reason: str = ""
    columns: Mapping[str, Any] | None = None
    """With `sent`: what is sent of it."""
    digest: str = ""
    """Of the columns."""
    gone: bool = False
    """The newest version has no such item."""


_ANSWERS = {
    SurveillanceAnswer.WAIT: ItemState.WAITING,
    SurveillanceAnswer.EXCLUDE: ItemState.EXCLUDED,
    SurveillanceAnswer.UNKNOWN: ItemState.UNKNOWN,
}


def judged(
    one: ReleasedDeclaration, known: frozenset[int], calendar: Calendar, since: datetime
) -> Iterator[JudgedItem]:
    """Yield what becomes of each released item, and of those `known` before that are none any more.

    What was released before `since` is not reported.
    """
    if one.content is None:
        for number in sorted(known):
            yield JudgedItem(item=number, state=ItemState.EXCLUDED, reason="erased")
        return
    for item in one.content.items:
        if (found := _item(one, one.content, item, calendar, since)) is not None:
            yield found
    for number in sorted(known - {item.number for item in one.content.items}):
        yield JudgedItem(item=number, state=ItemState.EXCLUDED, reason="no item any more", gone=True)


def _item(
    one: ReleasedDeclaration, content: Declaration, item: GoodsItem, calendar: Calendar, since: datetime
) -> JudgedItem | None:
    out = is_out(one, item.number)
    if out is False:
        return None
    if one.ended is not None:
        return JudgedItem(item=item.number, state=ItemState.EXCLUDED, reason=one.ended)
    if one.released is not None and one.released.at < since:
        return JudgedItem(item=item.number, state=ItemState.EXCLUDED, reason="released before reports began")
    if out is None:
        return JudgedItem(item=item.number, state=ItemState.PARTLY, reason="a part of its goods is released")
    at = one.released.at if one.released is not None else one.accepted_at
    assert at is not None  # what is out was released or, of a supplementary declaration, accepted
    row = row_of(one.direction, content, item, calendar.day(at))
    if row.answer is not SurveillanceAnswer.SEND:
        return JudgedItem(item=item.number, state=_ANSWERS[row.answer], reason=row.reason)
    columns = columns_of(one, content, item)
    if lacking := [name for name in mandatory_columns() if name not in columns]:
        return JudgedItem(item=item.number, state=ItemState.LACKING, reason=", ".join(lacking))
    digest = sha256(encode(columns)).hexdigest()
    return JudgedItem(item=item.number, state=ItemState.SENT, columns=columns, digest=digest)
