"""The check of golden cases: they end as signed, and every finding has a case that raises it and a near miss."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from gateway.decisions import RULES, RuleSet
from gateway.domain.decision import Decision
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.golden.case import CaseFiles, decided, folders, read_files, written
from gateway.golden.near_miss import FILE, NearMiss, NoSuchFact, changed, differences, raises, read_near_misses


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesChecked:
    """The numbers of cases and near misses that were played, without a fault."""

    cases: int
    near_misses: int


def check_cases(
    cases: Path, tables: Tables, with_own: Callable[[Path], Tables], rules: RuleSet = RULES
) -> CasesChecked:
    """Play all cases of a folder and their near misses under the tables, `with_own` under further ones of a case.

    Every finding that a rule can give is raised in a case, and has a near miss: a case that raises it, with one fact
    changed, does not.

    Raises:
        ConfigurationError: with every case that ends otherwise, every near miss that is none, and every finding without.
    """
    faults: list[str] = []
    raised: dict[str, Path] = {}
    missed: set[str] = set()
    found = folders(cases)
    near_misses = 0
    for folder in found:
        try:
            facts, own = read_files(folder), folder / "tables"
            under = with_own(own) if own.is_dir() else tables
            case = _decided(folder, facts, under, rules)
        except ConfigurationError as error:
            faults += error.faults
            continue
        faults += _unexpected(folder, case)
        for finding in case.findings:
            raised.setdefault(finding.code, folder)
        for miss in read_near_misses(folder, faults):
            near_misses += 1
            wrong = [f"{miss.place}: {fault}" for fault in near_miss_faults(miss, facts, case, under, rules)]
            missed |= set() if wrong else {miss.code}
            faults += wrong
    faults += _without(cases, tables, rules, raised, missed) if found else [f"{cases}: no case with a declaration.json"]
    if faults:
        raise ConfigurationError(tuple(faults))
    return CasesChecked(cases=len(found), near_misses=near_misses)


def near_miss_faults(
    miss: NearMiss, facts: CaseFiles, case: Decision, tables: Tables, rules: RuleSet = RULES
) -> Iterator[str]:
    """Return why a case is not a near miss of another, each reason in a sentence; nothing if it is one."""
    if miss.code not in rules.codes:
        yield f"{miss.code} is no rule's finding"
    try:
        near = decided(changed(facts, miss.facts), tables, rules)
        besides = decided(changed(facts, miss.along), tables, rules)
    except NoSuchFact as error:
        yield str(error)
    except (ValueError, TypeError) as error:
        yield f"{miss.fact}: what is stated then are no facts: {error}"
    else:
        yield from differences(miss, case, near)
        if raises(case, miss.code) and not raises(besides, miss.code):
            yield f"{miss.code} goes with what is changed along already, so {miss.fact} is not the fact that it hangs on"


def _decided(folder: Path, facts: CaseFiles, tables: Tables, rules: RuleSet) -> Decision:
    try:
        return decided(facts, tables, rules)
    except (ValueError, TypeError) as error:
        raise ConfigurationError((f"{folder}: what is stated are no facts: {error}",)) from error


def _unexpected(folder: Path, case: Decision) -> Iterator[str]:
    file = folder / "expected.json"
    try:
        expected = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        yield f"{file}: cannot be read: {error}"
        return
    lines = written(case).splitlines()
    if lines != expected:
        places = zip(count(1), lines, expected, strict=False)
        line, now, then = next(
            ((place, now, then) for place, now, then in places if now != then), (len(lines), "more or less", "its end")
        )
        yield f"{file}:{line}: the case ends otherwise: {now.strip()} in the place of {then.strip()}"


def _without(cases: Path, tables: Tables, rules: RuleSet, raised: dict[str, Path], missed: set[str]) -> Iterator[str]:
    places = {code: row.place for row in tables.rules for code in row.codes}
    for code in sorted(rules.codes):
        place = places.get(code, "findings.toml")
        if code not in raised:
            yield f"{place}: {code} is raised in no case of {cases}"
        elif code not in missed:
            yield f"{place}: {code} has no near miss: a [[near_miss]] in a case that raises it, as {raised[code] / FILE}"
