"""A search for unsound rows about suspensions: words that nobody can say, clocks without a length, regimes that never end."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.domain.suspension import SuspensionState
from gateway.domain.tables.in_force import Tables
from gateway.settings.tables.days import meet, period
from gateway.wings.suspensions.rows import (
    OF_EVERY_REGIME,
    OPENED,
    REQUESTED,
    Does,
    HolidaysOf,
    Regime,
    RegimeClock,
    RegimeDuty,
    RegimeOutcome,
    RegimeWord,
    ToldWhen,
)
from gateway.wings.suspensions.stated import GRANTING_STATE, named

_LONGEST = 366
_OUTCOMES = (SuspensionState.LIFTED, SuspensionState.MAINTAINED, SuspensionState.TO_DESTROY, SuspensionState.REFUSED)
_KINDS = ("regime", "regime_clock", "regime_word", "regime_outcome", "regime_duty")


def found(tables: Tables) -> Iterator[str]:
    """Yield the faults, each with the place of its row."""
    rows = {kind: tuple(tables.rows_of(kind)) for kind in _KINDS}
    for regime in rows["regime"]:
        own = {
            kind: [one for one in rows[kind] if one.regime == regime.name and meet(period(one), period(regime))]
            for kind in _KINDS[1:]
        }
        for row, fault in _of_regime(regime, own):
            yield f"{row.place}: {fault}"
    known = {one.name for one in rows["regime"]}
    for kind in _KINDS[1:]:
        yield from (
            f"{one.place}: there is no [[regime]] {one.regime!r}" for one in rows[kind] if one.regime not in known
        )


def _of_regime(regime: Regime, own: Mapping[str, list[Any]]) -> Iterator[tuple[Any, str]]:
    words: list[RegimeWord] = own["regime_word"]
    duties: list[RegimeDuty] = own["regime_duty"]
    clocks: list[RegimeClock] = own["regime_clock"]
    outcomes: list[RegimeOutcome] = own["regime_outcome"]
    said = {OPENED, REQUESTED, *regime.variants, *(one.name for one in words), *(one.name for one in duties)}
    if not clocks:
        yield regime, f"{regime.name}: no clock runs: what is suspended has no end"
    if regime.told is ToldWhen.ONCE_NOTIFIED and not any(one.to == "declarant" for one in duties):
        yield regime, f"{regime.name}: the declarant is told once notified, and no duty notifies them"
    for clock in clocks:
        yield from ((clock, fault) for fault in _of_clock(regime, clock, said))
    for word in words:
        yield from ((word, fault) for fault in _of_word(word, {one.name: one for one in clocks}, said))
    for outcome in outcomes:
        yield from ((outcome, fault) for fault in _unknown((*outcome.words, *outcome.without), said))
        if outcome.becomes not in _OUTCOMES or not outcome.words:
            yield outcome, f"{outcome.name}: some words become {', '.join(_OUTCOMES)}"
    for duty in duties:
        yield from ((duty, fault) for fault in _unknown((duty.on, *duty.after), said))


def _of_clock(regime: Regime, clock: RegimeClock, said: set[str]) -> Iterator[str]:
    if bool(clock.days) is bool(clock.working_days) or not 0 < clock.days + clock.working_days <= _LONGEST:
        yield f"{clock.name}: it has days or working_days, from 1 to {_LONGEST}"
    if clock.calendar is HolidaysOf.GRANTING and GRANTING_STATE not in named(regime.needs):
        yield f"{clock.name}: it runs by the holidays of the granting State, which is not among what `needs` names"
    yield from _unknown((clock.start, *(one for group in (*clock.when, *clock.unless) for one in group)), said)


def _of_word(word: RegimeWord, clocks: Mapping[str, RegimeClock], said: set[str]) -> Iterator[str]:
    if word.name in OF_EVERY_REGIME:
        yield f"{word.name}: every regime has this word"
    if word.extends and (word.extends not in clocks or word.most <= clocks[word.extends].period.number):
        yield f"{word.name}: it extends no clock, or to no longer than it is"
    if word.extends and word.does is not Does.RECORDS:
        yield f"{word.name}: a word that extends a clock does nothing else"
    if word.persons not in (1, 2) or (word.does is Does.LIFTS and word.persons == 1):
        yield f"{word.name}: one person says it, or two; two, if it lifts"
    yield from _unknown((*word.after, *word.before), said)


def _unknown(names: tuple[str, ...], said: set[str]) -> Iterator[str]:
    yield from (f"there is no word {one!r}" for one in names if one not in said)
