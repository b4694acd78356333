"""The steps of words that authorities push: durable, then matched to a declaration, then said."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import structs

from gateway.contract import SuspensionEvent
from gateway.domain.actor import Actor
from gateway.domain.errors import CallRefused, DeclarationOver, GatewayError, NotAcceptedYet
from gateway.domain.permission import Asker, Role
from gateway.domain.record import Record
from gateway.lifecycle import Lifecycle
from gateway.store import Store
from gateway.wings.suspensions.acts import Order, Saying
from gateway.wings.suspensions.errors import NotNow
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.kept_events import KeptEvents, KnownEvent, ListedEvent, WaitingEvent
from gateway.wings.suspensions.pushed_words import (
    Result,
    TakenWord,
    frees,
    holds,
    is_request,
    leaves_out,
    may_be_pushed,
    suspensions_of,
    taken,
)
from gateway.wings.suspensions.rows import Opener, Regime
from gateway.wings.suspensions.steps import SuspensionSteps
from gateway.wings.suspensions.suspension import Suspension

log = structlog.get_logger(__name__)

_AT_ONCE = 200
_AGAIN = timedelta(minutes=5)
_KEPT = timedelta(days=90)
"""The time after which the content of a word without effect is forgotten."""
_WAITS = timedelta(days=30)
"""The time for which a word waits whose regime has no row."""
_ASKER = Asker(roles=frozenset({Role.AUTHORITY}))


class PushedSteps:
    """What is done with words that were pushed. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self,
        events: KeptEvents,
        kept: KeptSuspensions,
        steps: SuspensionSteps,
        store: Store,
        lifecycle: Lifecycle,
        *,
        is_examined: Callable[[str], bool],
    ) -> None:
        """Take what is kept, the steps of suspensions, and who says whether an adapter was examined: what others say frees nothing."""
        self._events = events
        self._kept = kept
        self._steps = steps
        self._store = store
        self._lifecycle = lifecycle
        self._is_examined = is_examined

    async def take(self, adapter: str, events: Sequence[SuspensionEvent]) -> list[TakenWord]:
        """Write words, determine the effect of each, and return what is answered; a lower version of a case comes first."""
        answers: dict[int, TakenWord] = {}
        for place, event in sorted(enumerate(events), key=lambda one: (one[1].reference, one[1].version)):
            known = await self._events.receive(adapter, event)
            if not known.same:
                log.warning("suspension_word_with_other_content", adapter=adapter)
                code, detail = "SW-API-652", "This version of the case was pushed before, with other content."
                answers[place] = structs.replace(taken(event, Result.OTHER_CONTENT), code=code, detail=detail)
            elif known.answer is not None and known.answer.result is not Result.WAITING:
                answers[place] = known.answer
            else:
                for one in await self._events.before(adapter, event):
                    await self._go_on_with(one)
                answers[place] = await self._determined(adapter, event, self._lifecycle.now(), known)
        return [answers[place] for place in range(len(events))]

    async def go_on(self) -> int:
        """Determine the effect of words that wait for their declaration, or whose receipt was interrupted; return how many."""
        found = await self._events.take(_AT_ONCE, again=_AGAIN)
        for one in found:
            try:
                await self._go_on_with(one)
            except GatewayError as error:
                log.warning("suspension_word_not_determined", adapter=one.adapter, code=error.code)
            except Exception as error:  # whatever it trips over: those behind it are said
                log.error("suspension_word_failed", adapter=one.adapter, error=type(error).__name__, exc_info=True)
        await self._events.forget(self._lifecycle.now() - _KEPT)
        return len(found)

    async def _go_on_with(self, one: WaitingEvent) -> None:
        known = await self._events.receive(one.adapter, one.event)
        await self._determined(one.adapter, one.event, one.received_at, known)

    async def without_effect(
        self, *, offices: frozenset[str] | None, before: datetime | None, limit: int
    ) -> Sequence[ListedEvent]:
        """Return words without effect, the newest first."""
        return await self._events.listed(offices=offices, before=before, limit=limit)

    async def _determined(
        self, adapter: str, event: SuspensionEvent, received_at: datetime, known: KnownEvent
    ) -> TakenWord:
        record = await self._store.declarations.by_mrn(event.mrn)
        until = received_at + self._waits(event)
        if known.preceded:
            answer = taken(event, Result.SUPERSEDED)
        elif (fault := self._regime_fault(adapter, event)) is not None:
            answer = structs.replace(taken(event, Result.REFUSED), code="SW-API-602", detail=fault)
        elif record is None or record.accepted_at is None:
            answer = taken(event, Result.WAITING if self._lifecycle.now() < until else Result.UNMATCHED)
        else:
            answer = await self._said(adapter, event, record, followed=known.followed)
        if answer.result not in (Result.DONE, Result.WAITING):
            log.warning("suspension_word_without_effect", adapter=adapter, result=answer.result, code=answer.code)
        declaration = record.id if record is not None else None
        due_at = until if answer.result is Result.WAITING else None
        await self._events.answered(adapter, event, answer, declaration=declaration, due_at=due_at)
        return answer

    async def _said(self, adapter: str, event: SuspensionEvent, record: Record, *, followed: bool) -> TakenWord:
        try:
            if is_request(event):
                made = await self._steps.open(record.id, _order(event), by=_actor(adapter), reason=None)
                return taken(event, Result.RELEASED if _is_released(record, made) else Result.DONE, made)
            return await self._word(adapter, event, record, followed=followed)
        except DeclarationOver:
            return taken(event, Result.ENDED)
        except NotAcceptedYet:
            return taken(event, Result.WAITING)
        except CallRefused as error:
            return structs.replace(taken(event, Result.REFUSED), code=error.code, detail=str(error) or None)

    async def _word(self, adapter: str, event: SuspensionEvent, record: Record, *, followed: bool) -> TakenWord:
        found = suspensions_of(event, await self._kept.of(record.id))
        answers = [await self._word_of(adapter, event, record, one, followed=followed) for one in found]
        # Of several the one that did not have its effect is answered: somebody has to look at it.
        return next(
            (one for one in answers if one.result is not Result.DONE),
            answers[-1] if answers else taken(event, Result.UNMATCHED),
        )

    async def _word_of(
        self, adapter: str, event: SuspensionEvent, record: Record, suspension: Suspension, *, followed: bool
    ) -> TakenWord:
        if not may_be_pushed(event, suspension):
            detail = f"{event.regime} has no word {event.word} that an authority says."
            return structs.replace(taken(event, Result.REFUSED, suspension), code="SW-API-602", detail=detail)
        if frees(event, suspension) and followed:
            return taken(event, Result.SUPERSEDED, suspension)
        if frees(event, suspension) and (leaves_out(event, suspension) or not self._is_examined(adapter)):
            return taken(event, Result.FOR_OFFICER, suspension)
        try:
            saying = Saying(name=event.word, stated=event.fields, extends_to=_extends_to(event))
            made = await self._steps.say(
                record.id, suspension.number, saying, by=_actor(adapter), asker=_ASKER, by_speaker=True
            )
        except NotNow as error:
            (now,) = (one for one in await self._kept.of(record.id) if one.number == suspension.number)
            if holds(event, suspension):
                log.error("suspension_word_late", adapter=adapter, declaration=record.id)
            return structs.replace(taken(event, Result.LATE, now), code=error.code, detail=str(error) or None)
        return taken(event, Result.DONE, made)

    def _regime_fault(self, adapter: str, event: SuspensionEvent) -> str | None:
        """Return why a word cannot be said by an adapter today; None: it can."""
        regime = self._regime(event)
        if regime is None:
            return f"There is no regime {event.regime}."
        if adapter not in regime.speakers:
            return f"No word about {event.regime} comes by the adapter {adapter}."
        return None

    def _regime(self, event: SuspensionEvent) -> Regime | None:
        now = self._lifecycle.now()
        return self._lifecycle.tables.at(now.date()).further.find(Regime, event.regime)

    def _waits(self, event: SuspensionEvent) -> timedelta:
        regime = self._regime(event)
        return timedelta(days=regime.waits_days) if regime is not None else _WAITS


def _actor(adapter: str) -> Actor:
    return Actor(id=adapter, person=adapter, role=Role.AUTHORITY)


def _order(event: SuspensionEvent) -> Order:
    return Order(
        regime=event.regime,
        by=Opener.REQUEST,
        goods_items=event.goods_items,
        stated=event.fields,
        reference=event.reference,
        renewed=True,
    )


def _extends_to(event: SuspensionEvent) -> int | None:
    """Return the length in all of a clock that a word makes longer, which is stated as `extends_to`."""
    text = event.fields.get("extends_to", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("366") else None


def _is_released(record: Record, suspension: Suspension) -> bool:
    """Whether the goods items of a suspension are released as whole ones."""
    released = record.released
    if released is None:
        return False
    gone = {one.goods_item for one in released.items if one.quantity is None}
    return released.whole or {one.number for one in suspension.items} <= gone
