"""What the adapter reports is what the authority says: fact by fact, to the last digit, and of the day that is written there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from gateway.conformance.checks.fields import rows_with
from gateway.conformance.expectation import Difference, differences, has_facts
from gateway.conformance.inspection import Inspection, JudgedResult, meets
from gateway.conformance.members import Path
from gateway.conformance.recording import Recording
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.conformance.values import AnswerValue, answer_values

NOT_EXPECTED = rule(
    "facts.not_expected",
    "A recording of an answer with facts expects them: each member as the contract names it",
    "write them into [expect] (`gateway record NAME --facts`), and read each against the answer: what is wrong there is the adapter's",
)
OTHER = rule(
    "facts.other",
    "What the adapter reports is what is expected, member by member",
    "mend the adapter, or the recording if the authority says something else",
)
NOT_EXACT = rule(
    "facts.not_exact",
    "A number is reported to its last digit, or the answer raises: nothing is rounded, nothing goes through a float",
    "read it from its text (`Record.decimal`, `Decimal`); refuse more digits than the authority documents",
)
LOCALISED = rule(
    "facts.localised",
    "A number that is written otherwise than the authority writes it raises: nobody knows what its comma means",
    "match the number as a whole (`Record.decimal`, or a pattern); replace no signs in it",
)
OTHER_DAY = rule(
    "facts.other_day",
    "Of an instant with an offset the day is the one that is written, at every hour",
    "take the day before you convert to UTC: `datetime.fromisoformat(text).date()`; `Record.instant` gives UTC",
)

MOST_TOLD = 5
"""The most members of one recording that are reported."""
_NUMBER = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?")
_INSTANT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(?P<offset>[+-](?!00:00)\d\d:\d\d)")
_COMMA = re.compile(r"[0-9., '\u2019]*[0-9][, '\u2019][0-9.,]*")
_LARGE = (Decimal("9007199254740993"), Decimal("123456789012.123457"))
"""Numbers that a float cannot hold: a number of 16 digits, and one with 6 behind its point."""
_STEPS = (Decimal("0.000001"), Decimal("0.001"), Decimal("0.1"))


def check_facts(inspection: Inspection) -> Iterator[Nonconformity]:
    """Compare every recorded result with what is expected, and follow numbers and days from the answers into the facts."""
    seen: dict[tuple[str, tuple[str, ...]], int] = {}
    for recording in inspection.answered():
        yield from _compared(inspection, recording)
        for number, answer in enumerate(recording.answers):
            commas = {one.shape for one in answer_values(answer.body) if _COMMA.fullmatch(one.text)}
            for value in answer_values(answer.body):
                key = (recording.method, value.shape)
                if seen.get(key, 0) < 2 and (found := _followed(inspection, recording, number, value, commas)):
                    seen[key] = seen.get(key, 0) + 1
                    place = recording.line("exchange", number, "response")
                    yield from (
                        Nonconformity(rule=broken, place=place, what=what) for broken, what in found.items() if what
                    )


def _compared(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    result = inspection.result(recording)
    if not meets(recording.expect, result):
        return  # that is told by itself
    if not recording.expect.holds_facts:
        if has_facts(result.value):
            what = f"it says {result.shown()} with facts, and none of them is expected"
            yield Nonconformity(rule=NOT_EXPECTED, place=recording.line("expect"), what=what)
        return
    found: list[Difference] = list(differences(recording.expect.value, result.value))
    for one in found[:MOST_TOLD]:
        yield Nonconformity(rule=OTHER, place=recording.line("expect", *one.path), what=str(one))
    if len(found) > MOST_TOLD:
        what = f"{len(found) - MOST_TOLD} more members differ"
        yield Nonconformity(rule=OTHER, place=recording.line("expect"), what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A number in a value's place, and what the adapter made of it."""

    number: Decimal
    result: JudgedResult


def _followed(
    inspection: Inspection, recording: Recording, number: int, value: AnswerValue, commas: set[tuple[str, ...]]
) -> Mapping[ConformanceRule, str | None]:
    """Return what is wrong with how a value becomes a fact, by the rule; empty: it becomes none."""
    if _INSTANT.fullmatch(value.text) is not None:
        return _day(inspection, recording, number, value)
    recorded = _numbers(inspection.result(recording).value)
    if _NUMBER.fullmatch(value.text) is None or not Decimal(value.text) or Decimal(value.text) not in recorded.values():
        return {}
    trials = _trials(inspection, recording, number, value)
    became = {path for path, one in recorded.items() if one == Decimal(value.text) and _is_of(path, one, trials)}
    if not became:
        return {}
    found: dict[ConformanceRule, str | None] = {NOT_EXACT: _inexact(value, became, trials)}
    if value.shape not in commas:
        found[LOCALISED] = _localised(inspection, recording, number, value)
    return found


def _trials(inspection: Inspection, recording: Recording, number: int, value: AnswerValue) -> list[_Trial]:
    old = Decimal(value.text)
    numbers = [*_LARGE, *(old + one for one in _STEPS), *(old - one for one in _STEPS if old > one)]
    bodies = [value.replaced(format(one, "f"), as_number=True) for one in numbers]
    results = inspection.results(recording, rows_with(recording, number, bodies))
    return [
        _Trial(number=one, result=result) for one, result in zip(numbers, results, strict=True) if result.fault is None
    ]


def _is_of(path: Path, old: Decimal, trials: Sequence[_Trial]) -> bool:
    """Whether a fact is the number itself: it moved with it, or almost."""
    return any(
        (now := _numbers(one.result.value).get(path)) is not None and now != old and _is_near(now, one.number)
        for one in trials
    )


def _is_near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= max(Decimal(1), other * Decimal("1e-9"))


def _inexact(value: AnswerValue, became: set[Path], trials: Sequence[_Trial]) -> str | None:
    for trial in trials:
        now = _numbers(trial.result.value)
        for path in sorted(became, key=str):
            if path in now and now[path] != trial.number:
                return f"{value.shown}: of {trial.number:f} it makes {now[path]:f}"
    return None


def _localised(inspection: Inspection, recording: Recording, number: int, value: AnswerValue) -> str | None:
    whole, _, part = value.text.partition(".")
    texts = (
        f"{whole},{part or '5'}",
        f"1,{whole:0>3}.{part or '0'}",
        f"1.{whole:0>3},{part or '0'}",
        f"1 {whole:0>3}",
        f"{value.text} kg",
    )
    results = inspection.results(recording, rows_with(recording, number, [value.replaced(one) for one in texts]))
    for text, result in zip(texts, results, strict=True):
        if result.fault is None:
            return f"{value.shown}: of {text!r} it makes {result.shown()}"
    return None


def _day(
    inspection: Inspection, recording: Recording, number: int, value: AnswerValue
) -> Mapping[ConformanceRule, str | None]:
    match = _INSTANT.fullmatch(value.text)
    assert match is not None
    texts = [f"{match['day']}T{hour}{match['offset']}" for hour in ("00:00:01", "12:00:00", "23:59:59")]
    results = inspection.results(recording, rows_with(recording, number, [value.replaced(one) for one in texts]))
    days = [(text, list(_days(one.value))) for text, one in zip(texts, results, strict=True) if one.fault is None]
    for (one, first), (other, second) in pairwise(days):
        if first != second:
            return {OTHER_DAY: f"{value.shown}: {one} and {other} become two days"}
    return {OTHER_DAY: None} if len(days) > 1 else {}


def _numbers(value: Any, path: Path = ()) -> Mapping[Path, Decimal]:
    """Return the decimals of a result, by their members."""
    return {way: one for way, one in _leaves(value, path) if isinstance(one, Decimal)}


def _days(value: Any) -> Iterator[date]:
    return (one for _, one in _leaves(value, ()) if isinstance(one, date) and not isinstance(one, datetime))


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if is_dataclass(value) and not isinstance(value, type):
        for member in fields(value):
            yield from _leaves(getattr(value, member.name), (*path, member.name))
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            yield from _leaves(one, (*path, place))
    else:
        yield path, value
