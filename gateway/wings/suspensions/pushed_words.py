"""What becomes of a word that was pushed: whose it is, of which suspension, and what is answered; purely."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from msgspec import Struct

from gateway.contract import SuspensionEvent
from gateway.domain.suspension import SuspensionState
from gateway.wings.suspensions.fold import folded
from gateway.wings.suspensions.rows import REQUESTED_WORD, Does, Speaker
from gateway.wings.suspensions.suspension import Suspension


class Result(StrEnum):
    """What became of a word that was pushed."""

    RECEIVED = "received"
    """It is durable; its effect is still to be determined."""
    DONE = "done"
    """It has had its effect."""
    WAITING = "waiting"
    """There is no accepted declaration of that MRN yet."""
    UNMATCHED = "unmatched"
    """None came in time, or the declaration has no such suspension."""
    SUPERSEDED = "superseded"
    """A later word about the same case came before it."""
    LATE = "late"
    """It came after the end of the suspension."""
    RELEASED = "released"
    """The goods are released: what was said stands on record, and officers are alerted."""
    ENDED = "ended"
    """The declaration has ended."""
    FOR_OFFICER = "for_officer"
    """It would free goods, and an officer has to enter it: its adapter was not examined."""
    REFUSED = "refused"
    """It cannot be what the regime's rows know; `code` and `detail` say why."""
    OTHER_CONTENT = "other_content"
    """The same version of the same case was pushed with other content: that one counts."""


class TakenWord(Struct, frozen=True, kw_only=True):
    """The answer to the sender of one word."""

    reference: str
    version: int
    result: Result
    state: SuspensionState | None = None
    """That of the suspension afterwards; None: there is none."""
    deadline: date | None = None
    """The last day by which somebody has to speak."""
    code: str | None = None
    """The code of the problem, where the word had no effect because of one."""
    detail: str | None = None


def taken(event: SuspensionEvent, result: Result, suspension: Suspension | None = None) -> TakenWord:
    """Return the answer about a word, with how its suspension stands."""
    now = folded(suspension) if suspension is not None else None
    return TakenWord(
        reference=event.reference,
        version=event.version,
        result=result,
        state=now.state if now is not None else None,
        deadline=None if now is None else now.over.last_day if now.over is not None else now.deadline,
    )


def suspensions_of(event: SuspensionEvent, known: Iterable[Suspension]) -> tuple[Suspension, ...]:
    """Return the suspensions that a word is about: those of its case, else the only open one of its regime; none: no one, or several.

    Of those of its case it is about what is open; where nothing is, about the last one.
    """
    of_regime = [one for one in known if one.terms.regime.name == event.regime]
    own = [one for one in of_regime if one.reference == event.reference]
    still = [one for one in own or of_regime if not folded(one).state.is_over]
    found = [one for one in still or (own or of_regime)[-1:] if is_about(event, one)]
    return tuple(found) if own or len(found) == 1 else ()


def frees(event: SuspensionEvent, suspension: Suspension) -> bool:
    """Whether a word frees goods, by itself or with what others say."""
    row = suspension.terms.word(event.word)
    together = any(
        event.word in one.words and one.becomes is SuspensionState.LIFTED for one in suspension.terms.outcomes
    )
    return together or (row is not None and row.does is Does.LIFTS)


def holds(event: SuspensionEvent, suspension: Suspension) -> bool:
    """Whether a word would have held the goods."""
    row = suspension.terms.word(event.word)
    return row is not None and row.does in (Does.MAINTAINS, Does.REFUSES)


def is_about(event: SuspensionEvent, suspension: Suspension) -> bool:
    """Whether a word is about some of a suspension's goods, and is none that asks for one."""
    items = {item.number for item in suspension.items}
    return not is_request(event) and (not event.goods_items or not items.isdisjoint(event.goods_items))


def leaves_out(event: SuspensionEvent, suspension: Suspension) -> bool:
    """Whether a word is about some of a suspension's goods items only."""
    return bool(event.goods_items) and not {item.number for item in suspension.items} <= set(event.goods_items)


def may_be_pushed(event: SuspensionEvent, suspension: Suspension) -> bool:
    """Whether an authority's adapter may say a word: none of the declarant's, and none of an officer's."""
    row = suspension.terms.word(event.word)
    return row is not None and row.by not in (Speaker.DECLARANT, Speaker.OFFICER)


def is_request(event: SuspensionEvent) -> bool:
    """Whether a word asks customs to suspend goods."""
    return event.word == REQUESTED_WORD
