"""Near misses: a golden case that raises a finding, with the one fact changed without which it does not.

They are in `near.toml` beside the case's other files, a `[[near_miss]]` table each. A fact is named by its way through
the case: `declaration.items[2].net_mass`, `answers.answer[1].certificate.valid_to`; positions count from 1.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.decision import Decision, Effect
from gateway.golden.case import CaseFiles
from gateway.settings.toml.rows_file import read_rows, read_toml

FILE = "near.toml"

_WAY = re.compile(r"(?:declaration|answers)(?:\.[a-z_]+(?:\[[1-9][0-9]*\])?)+")
_STEP = re.compile(r"[a-z_]+|[0-9]+")


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact, as it is in the case and as it is in the near miss."""

    fact: str
    """The way to it."""
    was: Any = None
    """The value in the case; without it the fact is not there."""
    now: Any = None
    """The value in the near miss; without it the fact is taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A finding that is not raised, and the fact that would have to be otherwise for it to be."""

    code: str
    """The finding that the case has and the near miss has not."""
    why: str
    """The edge, in a sentence."""
    fact: str
    """The fact that matters."""
    effect: Effect
    """The effect of the decision that is made then."""
    was: Any = None
    now: Any = None
    along: tuple[Fact, ...] = ()
    """The facts that have to change with the fact. Without the fact it does not take the finding away."""
    goes: frozenset[str] = frozenset()
    """Other findings that go with the fact."""
    comes: frozenset[str] = frozenset()
    """Findings that come with it."""
    place: str = ""
    """File and line."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that are changed, what matters first."""
        return (Fact(fact=self.fact, was=self.was, now=self.now), *self.along)


class NoSuchFact(ValueError):
    """The case does not have a fact as the near miss states it."""


def read_near_misses(folder: Path, faults: list[str]) -> tuple[NearMiss, ...]:
    """Read the near misses of a case; it needs none. Collect what is wrong with those that cannot be read."""
    file = folder / FILE
    if not file.exists():
        return ()
    tables, where = read_toml(file, str(file), faults)
    faults += [f"{where.at(key)}: unknown table {key!r}" for key in tables if key != "near_miss"]
    return tuple(read_rows(tables.get("near_miss", []), "near_miss", NearMiss, where, faults))


def changed(files: CaseFiles, facts: Iterable[Fact]) -> CaseFiles:
    """Return the case with other facts in the place of its own.

    Raises:
        NoSuchFact: if the case has them not as they were, or they are no change.
    """
    parts = {"declaration": deepcopy(dict(files.declaration)), "answers": deepcopy(dict(files.answers))}
    for fact in facts:
        _change(parts, fact)
    return CaseFiles(declaration=parts["declaration"], answers=parts["answers"])


def differences(miss: NearMiss, case: Decision, near: Decision) -> Iterator[str]:
    """List where the decisions on a case and on its near miss are not as the near miss states, each in a sentence."""
    before, after = _findings(case), _findings(near)
    if not raises(case, miss.code):
        yield f"{miss.code} is not raised in the case, so nothing is missed"
    if raises(near, miss.code):
        yield f"{miss.code} is raised here too, so {miss.fact} is not the fact that it hangs on"
    if near.effect is not miss.effect:
        yield f"the decision is {near.effect.value}, not {miss.effect.value}"
    for what, seen, stated in (
        ("goes", _codes(before - after) - {miss.code}, miss.goes),
        ("comes", _codes(after - before) - {miss.code}, miss.comes),
    ):
        yield from (f"{code} {what} with it, and that is not stated ({what})" for code in sorted(seen - stated))
        yield from (f"{code} is stated to be what {what} with it, and does not" for code in sorted(stated - seen))


def raises(decision: Decision, code: str) -> bool:
    """Whether a finding is raised in a decision, by an active or a shadow rule."""
    return any(finding.code == code for finding in decision.findings)


def _findings(decision: Decision) -> Counter[tuple[str, int | None, Effect]]:
    return Counter((finding.code, finding.goods_item, finding.effect) for finding in decision.findings)


def _codes(findings: Mapping[tuple[str, int | None, Effect], int]) -> frozenset[str]:
    return frozenset(code for code, _, _ in findings)


def _change(parts: dict[str, Any], fact: Fact) -> None:
    if not _WAY.fullmatch(fact.fact):
        raise NoSuchFact(
            f"{fact.fact!r} leads nowhere: a way is declaration.items[1].net_mass or answers.answer[1].status"
        )
    *way, last = (int(step) - 1 if step.isdigit() else step for step in _STEP.findall(fact.fact))
    there: Any = parts
    for step in way:
        there = _at(there, step)
        if there is None:
            raise NoSuchFact(f"{fact.fact} leads nowhere in the case")
    found = _at(there, last)
    if found != fact.was:
        raise NoSuchFact(f"{fact.fact} is {_printed(found)} in the case, not {_printed(fact.was)}")
    if fact.was == fact.now:
        raise NoSuchFact(f"{fact.fact} is {_printed(fact.now)} in both, which is no change")
    if fact.now is None:
        del there[last]
    elif isinstance(there, list) and last == len(there):
        there.append(fact.now)
    else:
        try:
            there[last] = fact.now
        except (IndexError, TypeError) as error:
            raise NoSuchFact(f"{fact.fact} leads nowhere in the case") from error


def _at(there: Any, step: str | int) -> Any:
    if isinstance(there, dict) and isinstance(step, str):
        return there.get(step)
    if isinstance(there, list) and isinstance(step, int) and step < len(there):
        return there[step]
    return None


def _printed(value: Any) -> str:
    return "not there" if value is None else str(value)
