"""The steps of suspensions: opened, words, duties, and clocks that run out, each under the lock of the declaration's head."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from msgspec import structs

from gateway.contract import SuspensionEvent
from gateway.domain import admission
from gateway.domain.actor import GATEWAY, Actor, actors_body
from gateway.domain.declaration import Declaration
from gateway.domain.errors import ContentErased, GatewayError, NotAcceptedYet, NotKnown, OtherContent, SamePerson
from gateway.domain.events import Event, EventKind
from gateway.domain.permission import Asker, Party
from gateway.domain.persons import is_same_person
from gateway.domain.record import Reached, ReadState, Record
from gateway.domain.suspension import SuspensionState
from gateway.lifecycle import Lifecycle
from gateway.store import Store
from gateway.wings.suspensions.acts import Order, Saying, Scope, next_word, opened, run_on, scope_of, terms_of
from gateway.wings.suspensions.clock_times import Holidays
from gateway.wings.suspensions.errors import NotNow
from gateway.wings.suspensions.fold import FoldedState, acts_at, folded, told_at
from gateway.wings.suspensions.kept import KeptSuspensions, LockedSuspensions, PersonalWord, SentNotice
from gateway.wings.suspensions.pushed_words import frees, is_about, leaves_out, may_be_pushed
from gateway.wings.suspensions.rows import OPENED, REQUESTED, SCOPE, Speaker
from gateway.wings.suspensions.silence import AuthoritySilence, Heard
from gateway.wings.suspensions.suspension import SaidWord, Suspension

log = structlog.get_logger(__name__)

_AT_ONCE = 200
_TOGETHER = 8
"""The declarations whose clocks act at the same time: others go on beside them."""
_AGAIN = timedelta(minutes=5)
"""The time after which another process acts on what one has taken and not finished."""
_ACTING = frozenset(Party) - {Party.NAMED, Party.STRANGER}
_NONE = "There is no such suspension."
_MOST = 100
"""Suspensions of one declaration."""


class SuspensionSteps:
    """What is done to suspensions. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self, kept: KeptSuspensions, store: Store, lifecycle: Lifecycle, silence: AuthoritySilence | None = None
    ) -> None:
        """Take what is kept, the declarations, and who can say that an authority was silent; None: an officer alone."""
        self._silence = silence
        self._kept = kept
        self._store = store
        self._lifecycle = lifecycle

    async def open(
        self,
        record_id: str,
        order: Order,
        *,
        by: Actor,
        reason: str | None,
        seen: ReadState | None = None,
        at: datetime | None = None,
    ) -> Suspension:
        """Suspend goods items; the same order under the same reference changes nothing.

        Args:
            record_id: the declaration.
            order: what is suspended.
            by: who suspends it.
            reason: in their own words.
            seen: the state on which they act.
            at: the moment at which the clocks begin; None: now. By the database's time: no clock of a process frees goods.

        Raises:
            NotKnown: there is no such declaration.
            CallInvalid: the regime is not for these goods, or something is not stated that it needs.
            OtherContent: the reference is that of another suspension.
            Conflict: the declaration is not accepted, or ended.
        """
        record = await self._lifecycle.steps.current(record_id)
        declaration = await self._declared(record)
        holidays = self._holidays(self._lifecycle.now())
        async with self._kept.locked(record_id) as lent:
            with admission.change_first(lent.reached, seen):
                known, order = _same(lent, order, declaration)
                if known is not None:
                    return known
                _must_run(lent.reached)
            admission.must_be_as_read(lent.reached, seen)
            admission.must_stand_at(lent.reached, version=record.current_version)
            if len(lent.known) >= _MOST:
                raise NotNow(f"The declaration has {_MOST} suspensions already.")
            at = lent.now if at is None else min(at, lent.now)
            terms = terms_of(self._lifecycle.tables.at(at.date()), order.regime)
            made = opened(
                order,
                terms,
                declaration,
                number=len(lent.known) + 1,
                version=record.current_version,
                seq=lent.next_seq,
                at=at,
                office_state=self._lifecycle.limits.state(declaration.customs_office),
                holidays=holidays,
                known_silence=self._silence is not None and self._silence.answers_for(terms.regime),
            )
            body = {
                "regime": order.regime,
                "suspension": made.terms.regime.title,
                "goods_items": [one.number for one in made.items],
                "opened_by": order.by,
                **_clocks(made),
            }
            word = PersonalWord(by=by, stated=dict(order.stated), reason=reason)
            await lent.write(
                made, _event(EventKind.SUSPENSION_OPENED, at, made, body, by), word, tables=holidays.tables
            )
        await self._lifecycle.pursue(record_id)
        return made

    async def say(
        self,
        record_id: str,
        number: int,
        saying: Saying,
        *,
        by: Actor,
        asker: Asker,
        reason: str | None = None,
        duty: bool = False,
        by_speaker: bool = False,
        sent: SentNotice | None = None,
        seen: ReadState | None = None,
    ) -> Suspension:
        """Enter a word, or that a duty was done; the clocks act first that have run out.

        `by_speaker`: it comes from whose word it is, proven; where somebody enters it for another, a second person says it, too.
        `sent`: of a duty that the gateway did itself. `seen`: the state on which they act.

        Raises:
            ReadBefore: the declaration has changed since it was read.
            NotKnown: there is no such declaration, or no such suspension of which the caller is told.
            NotAllowed: the word is not the caller's to say.
            CallInvalid: there is no such word, or something is not stated that it needs.
            NotNow: it comes too late, too early, a second time, or asks for too long.
            SamePerson: it is to be said by two persons.
        """
        record = await self._lifecycle.steps.current(record_id)
        party = await self._lifecycle.permissions.party(asker, record)
        scope = None
        if saying.name == SCOPE:
            items = scope_of(await self._declared(record), saying.goods_items)
            scope = Scope(items=items, version=record.current_version)
        holidays = self._holidays(self._lifecycle.now())
        heard = await self._heard(record)
        async with self._kept.locked(record_id) as lent:
            known = lent.known.get(number)
            if known is None or (asker.is_trader and not may_answer(known, saying.name, party)):
                raise NotKnown(_NONE)
            if duty is (known.terms.duty(saying.name) is None) or saying.name in (OPENED, REQUESTED):
                raise NotKnown(f"{known.terms.regime.name} has no such word.")
            if scope is not None:
                admission.must_stand_at(lent.reached, version=record.current_version)
            if (said := _said_already(known, saying, scope)) is not None and said.counts:
                return known
            admission.must_be_as_read(lent.reached, seen)
            before = await self._act(lent, known, holidays, heard)
            seconded = by_speaker
            if said is not None and not by_speaker:
                first = await lent.who_said(said.seq)
                if first is None or is_same_person(first, by):
                    raise SamePerson
                seconded = True
            made = next_word(
                before, saying, seq=lent.next_seq, at=lent.now, holidays=holidays, scope=scope, seconded=seconded
            )
            kind = EventKind.SUSPENSION_DUTY if duty else EventKind.SUSPENSION_WORD
            if saying.extends_to is not None:
                kind = EventKind.SUSPENSION_EXTENDED
            body = {
                "word": saying.name,
                "counts": made.words[-1].counts,
                "received_at": saying.received_at,
                "state": folded(made).state,
                **_clocks(made),
            }
            if sent is not None:
                body |= {"adapter": sent.adapter, "key": sent.key, "evidence": [one.digest for one in sent.evidence]}
            word = PersonalWord(by=by, stated=dict(saying.stated), reason=reason)
            event = _event(kind, lent.now, made, body, by)
            evidence = sent.evidence if sent is not None else ()
            await lent.write(made, event, word, tables=holidays.tables, evidence=evidence)
        await self._lifecycle.pursue(record_id)
        return made

    async def run_out(self) -> int:
        """Let the clocks act that have run out by the database's time; return how many declarations were looked at."""
        looked_at = 0
        tables = self._lifecycle.tables.digest
        while found := await self._kept.take(_AT_ONCE, again=_AGAIN, tables=tables):
            looked_at += len(found)
            for first in range(0, len(found), _TOGETHER):
                await asyncio.gather(*map(self._run_out_or_later, found[first : first + _TOGETHER]))
        return looked_at

    async def _run_out_or_later(self, record_id: str) -> None:
        try:
            await self._run_out(record_id)
        except GatewayError as error:
            log.warning("suspension_not_acted_on", declaration=record_id, code=error.code)
        except Exception as error:  # whatever it trips over: the clocks of others act beside it
            log.error("suspension_failed", declaration=record_id, error=type(error).__name__, exc_info=True)

    async def _run_out(self, record_id: str) -> None:
        holidays = self._holidays(self._lifecycle.now())
        heard = await self._heard(await self._lifecycle.steps.current(record_id))
        async with self._kept.locked(record_id) as lent:
            for number in sorted(lent.known):
                await self._act(lent, lent.known[number], holidays, heard)
        if lent.wrote:
            await self._lifecycle.pursue(record_id)

    async def _heard(self, record: Record) -> Mapping[int, Heard]:
        """Ask what was said about suspensions whose clock has run out by this process's time, without a connection in hand."""
        now, heard = self._lifecycle.now(), {}
        if self._silence is not None and record.mrn is not None:
            for one in await self._kept.of(record.id):
                ends = acts_at(one)
                if one.known_silence and ends is not None and ends <= now:
                    asked_at = await self._kept.time()
                    heard[one.number] = await self._silence.heard(record.mrn, one, asked_at)
        return heard

    async def _act(
        self, lent: LockedSuspensions, known: Suspension, holidays: Holidays, heard: Mapping[int, Heard]
    ) -> Suspension:
        """Have the clocks of a suspension act up to the database's time, and write what changed by that.

        Where silence is not established, it is an officer's: the clock makes the suspension unconfirmed.
        """
        told = heard.get(known.number, Heard())
        for word in told.events:
            known = await self._late_word(lent, known, word, holidays)
        ends = acts_at(known)
        if known.known_silence and ends is not None and ends <= lent.now and not told.is_silent(known, lent.now):
            known = structs.replace(known, known_silence=False)
        before, made = folded(known), run_on(known, lent.now, holidays)
        after = folded(made)
        if before.state.is_over:
            return known
        kind = _what_ran_out(before, after)
        if kind is None and _ends(known) == _ends(made):
            await lent.looked_at(made, tables=holidays.tables)
            return made
        body: dict[str, object] = {"state": after.state, **_clocks(made)}
        if kind is not None:
            clock = after.over or after.asks[-1]
            body |= {"clock": clock.name, "deadline": clock.ends_at, "noticed": lent.now, "tables": clock.tables}
        event = _event(kind or EventKind.SUSPENSION_RESTATED, lent.now, made, body, None)
        await lent.write(made, event, tables=holidays.tables)
        return made

    async def _late_word(
        self, lent: LockedSuspensions, known: Suspension, event: SuspensionEvent, holidays: Holidays
    ) -> Suspension:
        """Enter a word that an authority said in time, and that never came here; where that cannot be done its silence is not known."""
        ends = acts_at(known)
        if ends is None or event.word in folded(known).said or not is_about(event, known):
            return known
        if event.at is not None and not known.opened_at <= event.at < ends:
            return known
        if event.at is None or not may_be_pushed(event, known) or (frees(event, known) and leaves_out(event, known)):
            return structs.replace(known, known_silence=False)
        saying = Saying(name=event.word, stated=event.fields, received_at=event.at)
        try:
            made = next_word(known, saying, seq=lent.next_seq, at=lent.now, holidays=holidays, seconded=True)
        except GatewayError as error:
            log.warning("suspension_word_not_said", declaration=lent.record_id, code=error.code)
            return structs.replace(known, known_silence=False)
        body = {
            "word": event.word,
            "counts": True,
            "received_at": event.at,
            "state": folded(made).state,
            **_clocks(made),
        }
        word = PersonalWord(by=GATEWAY, stated=dict(event.fields))
        entered = _event(EventKind.SUSPENSION_WORD, lent.now, made, body, GATEWAY)
        await lent.write(made, entered, word, tables=holidays.tables)
        return made

    async def _declared(self, record: Record) -> Declaration:
        declaration = await self._store.declarations.declaration(record.id, record.current_version)
        if declaration is None:
            raise ContentErased("What the declaration says was erased: its goods items are not known any more.")
        return declaration

    def _holidays(self, now: datetime) -> Holidays:
        tables = self._lifecycle.tables
        return Holidays(of=tables.at(now.date()).holidays.of, tables=tables.digest)


def told_to(suspension: Suspension) -> bool:
    """Whether the parties of the declaration are told of a suspension."""
    return told_at(suspension) is not None


def may_answer(suspension: Suspension, word: str, party: Party) -> bool:
    """Whether a party may say a word: one of the declarant's, of a suspension of which it is told."""
    row = suspension.terms.word(word)
    return party in _ACTING and told_to(suspension) and row is not None and row.by is Speaker.DECLARANT and row.persons == 1  # fmt: skip


def _must_run(reached: Reached) -> None:
    admission.must_be_open(reached)
    if reached.accepted_at is None or reached.mrn is None:
        raise NotAcceptedYet("The declaration is not accepted yet.")


def _same(lent: LockedSuspensions, order: Order, declaration: Declaration) -> tuple[Suspension | None, Order]:
    """Return the suspension that has all that is ordered, and the order of what no suspension of the same reference has.

    Raises:
        OtherContent: the reference is that of a suspension with other content.
    """
    same = [one for one in lent.known.values() if order.reference is not None and one.reference == order.reference]
    for one in same:
        named = order.goods_items and frozenset(order.goods_items) != {each.number for each in one.items}
        if one.terms.regime.name != order.regime or one.variant != order.variant or (named and not order.renewed):
            raise OtherContent(f"Suspension {one.number} has this reference, and other content.")
    if not same:
        return None, order
    held = frozenset[int]()
    for one in same:
        if not folded(one).state.is_over or not order.renewed:
            held |= {each.number for each in one.items}
    wanted = frozenset(order.goods_items or (one.number for one in declaration.items))
    if not order.renewed or wanted <= held:
        return same[-1], order
    return None, structs.replace(order, goods_items=tuple(sorted(wanted - held)))


def _said_already(suspension: Suspension, saying: Saying, scope: Scope | None) -> SaidWord | None:
    """Return the same word as it was said last; None: it was not, or with other content, or of goods items of another version."""
    for one in reversed(suspension.words):
        given = tuple(sorted(name for name, value in saying.stated.items() if value.strip()))
        same = (one.received_at, one.extends_to, one.given) == (saying.received_at, saying.extends_to, given)
        meant = all(saying.stated.get(name) == value for name, value in one.stated.items())
        items = tuple(sorted(item.number for item in scope.items)) if scope is not None else ()
        of = (items, scope.version if scope is not None else None)
        if one.name == saying.name and same and meant and of == (one.goods_items, one.version):
            return one
    return None


def _what_ran_out(before: FoldedState, after: FoldedState) -> EventKind | None:
    if after.state is SuspensionState.EXPIRED:
        return EventKind.SUSPENSION_EXPIRED
    asks = {one.name for one in after.asks} - {one.name for one in before.asks}
    if asks or (after.state is SuspensionState.UNCONFIRMED and before.state is not SuspensionState.UNCONFIRMED):
        return EventKind.SUSPENSION_UNCONFIRMED
    return None


def _ends(suspension: Suspension) -> Mapping[str, datetime | None]:
    return {one.name: one.ends_at for one in (*suspension.clocks, *suspension.dues)}


def _clocks(suspension: Suspension) -> Mapping[str, object]:
    """Return the clocks that run, as events tell of them."""
    running = folded(suspension).running
    return {"clocks": [{"name": one.name, "last_day": one.last_day, "ends_at": one.ends_at} for one in running]}


def _event(
    kind: EventKind, at: datetime, suspension: Suspension, body: Mapping[str, object], by: Actor | None
) -> Event:
    said = actors_body(by) if by is not None else {}
    return Event(kind=kind, at=at, body={"number": suspension.number, **body, **said})
