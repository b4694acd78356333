"""What is done to a suspension, purely: it is opened, words are said, duties are done, clocks run out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, structs

from gateway.domain.declaration import Declaration, Kind
from gateway.domain.errors import CallInvalid
from gateway.domain.suspension import SuspendedItem, SuspensionState, digest_of_goods
from gateway.domain.tables.in_force import InForce
from gateway.wings.suspensions.clock_times import Holidays, counted
from gateway.wings.suspensions.errors import NotNow
from gateway.wings.suspensions.fold import FoldedState, folded, owed
from gateway.wings.suspensions.rows import (
    ANNULLED,
    NOTHING_CAME,
    OPENED,
    REQUESTED,
    SCOPE,
    SUPPLIED,
    Does,
    Opener,
    Regime,
    RegimeClock,
    RegimeDuty,
    RegimeOutcome,
    RegimeWord,
)
from gateway.wings.suspensions.stated import GRANTING_STATE, must_be_stated, named, stated_of
from gateway.wings.suspensions.suspension import SaidWord, Suspension, Terms


class Order(Struct, frozen=True, kw_only=True):
    """What is said when goods are suspended."""

    regime: str
    by: Opener
    goods_items: tuple[int, ...] = ()
    """Empty: all."""
    stated: Mapping[str, str] = {}
    variant: str | None = None
    reference: str | None = None
    renewed: bool = False
    """Whether it is a word of its own where its case has suspensions already: what none of them holds is suspended besides."""


class Saying(Struct, frozen=True, kw_only=True):
    """A word as it is said, or a duty as it is done."""

    name: str
    stated: Mapping[str, str] = {}
    received_at: datetime | None = None
    extends_to: int | None = None
    goods_items: tuple[int, ...] = ()
    """Of the word `scope` alone."""


class Scope(Struct, frozen=True, kw_only=True):
    """The goods items to which a suspension is set once an amendment changed them."""

    items: tuple[SuspendedItem, ...]
    version: int
    """That of the declaration of which these are."""


def terms_of(view: InForce, regime: str) -> Terms:
    """Return the rows of a regime on a day.

    Raises:
        CallInvalid: there is no such regime on that day.
    """
    rows = view.further
    found = rows.find(Regime, regime)
    if found is None:
        known = ", ".join(sorted(one.name for one in rows.all(Regime)))
        raise CallInvalid(f"There is no regime {regime}; there are {known}.")
    return Terms(
        regime=found,
        clocks=tuple(one for one in rows.all(RegimeClock) if one.regime == regime),
        words=tuple(one for one in rows.all(RegimeWord) if one.regime == regime),
        outcomes=tuple(one for one in rows.all(RegimeOutcome) if one.regime == regime),
        duties=tuple(one for one in rows.all(RegimeDuty) if one.regime == regime),
    )


def scope_of(declaration: Declaration, goods_items: Sequence[int]) -> tuple[SuspendedItem, ...]:
    """Return goods items of a declaration as a suspension keeps them; without any named all.

    Raises:
        CallInvalid: the declaration has no such goods item.
    """
    known = {one.number: one for one in declaration.items}
    wanted = sorted(set(goods_items) or known)
    if unknown := [one for one in wanted if one not in known]:
        raise CallInvalid(f"The declaration has no goods item {unknown[0]}.")
    return tuple(SuspendedItem(number=one, digest=digest_of_goods(known[one])) for one in wanted)


def opened(
    order: Order,
    terms: Terms,
    declaration: Declaration,
    *,
    number: int,
    version: int,
    seq: int,
    at: datetime,
    office_state: str | None,
    holidays: Holidays,
    known_silence: bool = False,
) -> Suspension:
    """Return the suspension that is opened.

    Raises:
        CallInvalid: the regime is for other goods, or something is not stated that it needs.
    """
    regime = terms.regime
    if order.by not in regime.opens:
        raise CallInvalid(f"{regime.name} is opened by {', '.join(regime.opens)}.")
    if declaration.direction not in regime.directions:
        raise CallInvalid(f"{regime.name} is for {', '.join(regime.directions)}.")
    if declaration.kind is Kind.SUPPLEMENTARY:
        raise CallInvalid(
            "The goods of a supplementary declaration are released already: suspend those of the simplified one."
        )
    if order.variant is not None and order.variant not in regime.variants:
        raise CallInvalid(f"{regime.name} knows no goods that are {order.variant}.")
    items = scope_of(declaration, order.goods_items)
    scope = {one.number for one in items}
    others = [
        one.number
        for one in declaration.items
        if one.number in scope and regime.procedures and one.requested_procedure not in regime.procedures
    ]
    if others:
        raise CallInvalid(f"{regime.name} is not for the procedure of goods item {others[0]}.")
    # What its authority asks to be suspended is, whatever is not stated: the duty that needs it names it.
    needs = regime.needs if order.by is not Opener.REQUEST else stated_of(regime.needs, order.stated)
    values = must_be_stated(needs, order.stated)
    said = SaidWord(name=OPENED, seq=seq, at=at, stated=values, given=_given(order.stated))
    words = (said,) if order.by is not Opener.REQUEST else (said, SaidWord(name=REQUESTED, seq=seq, at=at))
    made = Suspension(
        number=number,
        terms=terms,
        reference=order.reference,
        items=items,
        version=version,
        state_of_office=office_state,
        granting_state=order.stated.get(GRANTING_STATE) if GRANTING_STATE in named(regime.needs) else None,
        variant=order.variant,
        words=words,
        known_silence=known_silence,
        until=at,
    )
    return counted(made, holidays)


def run_on(suspension: Suspension, now: datetime, holidays: Holidays) -> Suspension:
    """Return a suspension whose clocks have acted up to now, as they end by these holidays."""
    recounted = counted(suspension, holidays)
    return structs.replace(recounted, until=max(now, suspension.until))


def next_word(
    suspension: Suspension,
    saying: Saying,
    *,
    seq: int,
    at: datetime,
    holidays: Holidays,
    scope: Scope | None = None,
    seconded: bool = False,
) -> Suspension:
    """Return a suspension in which a word was said, its clocks having acted before.

    Args:
        suspension: as it stands now.
        saying: the word.
        seq: the number of its event.
        at: when it is entered.
        holidays: those by which clocks are counted.
        scope: what the word `scope` sets; None: it is another word.
        seconded: whether another person has said this word before.

    Raises:
        CallInvalid: there is no such word, or something is not stated that it needs.
        NotNow: it comes too late, too early, a second time, or asks for too long.
    """
    now = folded(suspension)
    counts_at = _counted_at(suspension, saying, at)
    row, duty = suspension.terms.word(saying.name), suspension.terms.duty(saying.name)
    values: Mapping[str, str] = {}
    persons = 1
    if row is not None:
        values = must_be_stated(row.needs, saying.stated)
        _must_be_sayable(row, now)
        persons = row.persons
        if row.extends is not None:
            _must_extend(suspension, row, saying, counts_at)
    elif duty is not None:
        _must_be_owed(suspension, duty, now, saying)
    elif saying.name == NOTHING_CAME:
        if now.state is not SuspensionState.UNCONFIRMED:
            raise NotNow("No clock has run out without a word.")
    elif saying.name == ANNULLED:
        persons = 2
    elif saying.name == SUPPLIED:
        _must_be_lacking(suspension, now, saying)
    elif saying.name == SCOPE and scope is not None:
        persons = _persons_for(suspension, scope)
    else:
        raise CallInvalid(f"{suspension.terms.regime.name} has no word {saying.name}.")
    if saying.extends_to is not None and (row is None or row.extends is None):
        raise CallInvalid("Only a word that makes a clock longer says until when.")
    _must_be_in_time(suspension, now, saying.name, row, counts_at, is_duty=duty is not None)
    said = SaidWord(
        name=saying.name,
        seq=seq,
        at=at,
        received_at=saying.received_at,
        stated=values,
        given=_given(saying.stated),
        extends_to=saying.extends_to,
        goods_items=tuple(one.number for one in scope.items) if scope is not None else (),
        version=scope.version if scope is not None else None,
        counts=persons == 1 or seconded,
    )
    made = structs.replace(suspension, words=(*suspension.words, said))
    if scope is not None and said.counts:
        made = structs.replace(made, items=scope.items, version=scope.version)
    return counted(made, holidays)


def _persons_for(suspension: Suspension, scope: Scope) -> int:
    """Return how many persons set a scope: two where a goods item is left out of it."""
    return 1 if {one.number for one in suspension.items} <= {one.number for one in scope.items} else 2


def _given(stated: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, value in stated.items() if value.strip()))


def _counted_at(suspension: Suspension, saying: Saying, at: datetime) -> datetime:
    if saying.received_at is None:
        return at
    if not suspension.opened_at <= saying.received_at <= at:
        raise CallInvalid("received_at lies in the future, or before the suspension.")
    return saying.received_at


def _must_be_sayable(row: RegimeWord, now: FoldedState) -> None:
    if row.name in now.said:
        raise NotNow(f"{row.name} was said already.")
    if lacking := [one for one in row.after if one not in now.said]:
        raise NotNow(f"{row.name} is said after {lacking[0]}.")
    if against := [one for one in row.before if one in now.said]:
        raise NotNow(f"{row.name} is not said after {against[0]}.")


def _must_extend(suspension: Suspension, row: RegimeWord, saying: Saying, counts_at: datetime) -> None:
    clock = suspension.terms.clock(row.extends or "")
    then = folded(structs.replace(suspension, until=counts_at))
    began = any(one.name == row.extends for one in suspension.clocks)
    runs = any(one.name == row.extends for one in then.running)
    waits = began and clock is not None and bool(clock.when) and not _is_over(suspension, clock.name, counts_at)
    if clock is None or not (runs or waits):
        raise NotNow(f"{row.name}: the clock {row.extends} does not run any more, or not yet.")
    if saying.extends_to is None:
        raise CallInvalid(f"{row.name} says how long the clock is in all (extends_to).")
    if not clock.period.number < saying.extends_to <= row.most:
        raise NotNow(f"{row.name}: the clock is {clock.period.number} in all, and {row.most} at most.")


def _is_over(suspension: Suspension, clock: str, at: datetime) -> bool:
    return any(one.name == clock and one.ends_at is not None and one.ends_at <= at for one in suspension.clocks)


def _must_be_owed(suspension: Suspension, duty: RegimeDuty, now: FoldedState, saying: Saying) -> None:
    if duty.name in now.said:
        raise NotNow(f"{duty.name} was done already.")
    if lacking := [one for one in (duty.on, *duty.after) if one not in now.said]:
        raise NotNow(f"{duty.name} is done after {lacking[0]}.")
    given: Collection[str] = {*_given(saying.stated), *(name for one in suspension.words for name in one.given)}
    if missing := [one for one in duty.needs if one not in given]:
        raise CallInvalid(f"{duty.name} has to tell {missing[0]}, which is not stated.")


def _must_be_lacking(suspension: Suspension, now: FoldedState, saying: Saying) -> None:
    lacking = {name for _, _, missing in owed(suspension, now) for name in missing}
    if not lacking:
        raise NotNow("Nothing is missing of what notices have to tell.")
    if not lacking & set(_given(saying.stated)):
        raise CallInvalid(f"{sorted(lacking)[0]} is not stated.")


def _must_be_in_time(
    suspension: Suspension, now: FoldedState, name: str, row: RegimeWord | None, counts_at: datetime, *, is_duty: bool
) -> None:
    """Refuse a word that changes nothing any more; a letter that came in time counts, whenever it is entered."""
    if is_duty or name in (SCOPE, SUPPLIED):
        # Notices are owed after the end, too.
        if name == SCOPE and now.state.is_over:
            raise NotNow("The suspension has ended.")
        return
    ended = now.over.ends_at if now.over is not None else now.ended_at
    if ended is not None and counts_at < ended:
        return
    if now.state.is_over:
        raise NotNow(f"The suspension has ended: it is {now.state}.")
    lifts = name in (ANNULLED, NOTHING_CAME) or (row is not None and row.does is Does.LIFTS)
    if now.state is SuspensionState.UNCONFIRMED and not lifts:
        raise NotNow(f"{name} came after the clock {now.over.name if now.over is not None else ''} had run out.")
