"""The judgement of facts by another administration's profile, which gives one of its own codes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from gateway.domain.decision import Effect
from gateway.domain.tables.profile import ABSENT, ANYTHING, Column, Profile, ProfileFact, ProfileOutcome, ProfileRow
from gateway.domain.tables.rows import Row

NOT_STATED = "(not stated)"
"""The value of an optional column that is left out."""
UNKNOWN = "(unknown)"
"""The value of everything that a column does not list."""

_SILENT = (NOT_STATED,)

Facts = Mapping[str, str]
Possible = Mapping[str, frozenset[str]]
"""For each column the values of which the fact is one."""
Box = Mapping[str, frozenset[str]]


def judge(profile: Profile, facts: Facts, *, on: date) -> ProfileOutcome:
    """Return the code of facts on a day: of the first stage that has a row for them, its gravest.

    Facts that no row knows get the profile's `otherwise`, and so does a release where a fact is not known to its column.
    """
    stated, certain = _stated(profile, facts)
    (found,) = spread(profile, {name: frozenset((value,)) for name, value in stated.items()}, on=on).outcomes
    return profile.otherwise if not certain and releases(profile, found.code) else found


def releases(profile: Profile, code: str) -> bool:
    """Whether a code releases goods."""
    return profile.codes[code].effect.gravity <= Effect.RELEASE.gravity


@dataclass(frozen=True, slots=True)
class Spread:
    """The possible results of a profile where not all facts are known."""

    outcomes: frozenset[ProfileOutcome]
    """Every combination's outcome is among them; that one of them is no combination's cannot be ruled out."""
    columns: frozenset[str]
    """The facts that are not known and on which it may depend."""


def spread(profile: Profile, possible: Possible, *, on: date) -> Spread:
    """Return every possible result where of some facts only the values are known of which they are one."""
    silent, outcomes = True, set[ProfileOutcome]()
    columns: set[str] = set()
    for stage in profile.stages:
        over = [one for one in outcomes if one.code in stage.over] if stage.over else []
        if not silent and not over:
            continue
        matching = [
            (row, depends)
            for row in profile.of_stage(stage.name)
            if (depends := _depends(row, possible)) is not None and row.in_force(on)
        ]
        if not matching:
            continue
        certain = [_gravity(profile, row) for row, depends in matching if not depends]
        if certain:
            silent = False
            outcomes.difference_update(over)
        for row, depends in matching:
            if not certain or _gravity(profile, row) >= max(certain):
                outcomes.add(ProfileOutcome(code=row.gives, detail=row.detail))
                columns.update(depends)
    return Spread(frozenset((*outcomes, profile.otherwise) if silent else outcomes), frozenset(columns))


def read(profile: Profile, cells: Facts) -> Iterator[dict[str, str]]:
    """Read a row of a published table: as facts, once for each combination that a `*` in it stands for.

    Raises:
        ValueError: a cell contradicts another, or a column is none of the profile's.
    """
    facts: dict[str, str] = {}
    for name, cell in cells.items():
        text = cell.strip() or ABSENT
        reading = profile.readings.get((name, text))
        column = profile.columns.get(name)
        if reading is None and column is None:
            if text != ABSENT or not any(known == name for known, _ in profile.readings):
                raise ValueError(f"{name}: {text!r} cannot be read; a [[reading]] says what a word means as facts")
            continue
        means = reading.means if reading is not None else {name: text.removeprefix(column.prefix if column else "")}
        for fact, value in means.items():
            if facts.setdefault(fact, value) not in (value, ABSENT):
                raise ValueError(f"{fact}: {facts[fact]!r} and {value!r} are both said")
    spread = [
        [(name, one) for one in _representatives(profile, profile.columns[name])]
        if value == ANYTHING
        else [(name, value)]
        for name, value in facts.items()
    ]
    return (dict(pairs) for pairs in product(*spread))


def _stated(profile: Profile, facts: Facts) -> tuple[dict[str, str], bool]:
    """Return each column's value, and whether all facts are known to their columns."""
    certain = facts.keys() <= profile.columns.keys()
    stated: dict[str, str] = {}
    for column in profile.columns.values():
        value = facts.get(column.name, NOT_STATED if column.optional else ABSENT)
        known = value in column.values or (value == NOT_STATED and column.optional)
        certain = certain and known
        stated[column.name] = value if known else UNKNOWN
    return stated, certain


def _depends(row: ProfileRow, possible: Possible) -> tuple[str, ...] | None:
    """Return the columns whose fact decides whether a row matches: none where it does anyway. None: it never does."""
    columns: tuple[str, ...] = ()
    for column, values in row.when.items():
        facts = possible[column]
        if facts.isdisjoint(values):
            return None
        if len(facts) > 1 and not facts.issubset(values):
            columns += (column,)
    for column, values in row.unless.items():
        facts = possible[column]
        left = facts.difference(values, _SILENT)
        if not left:
            return None
        if len(left) < len(facts):
            columns += (column,)
    return columns


def _gravity(profile: Profile, row: ProfileRow) -> tuple[int, str]:
    return profile.codes[row.gives].severity, row.detail


def _domain(column: Column) -> frozenset[str]:
    return frozenset((*column.values, UNKNOWN, *((NOT_STATED,) if column.optional else ())))


def _representatives(profile: Profile, column: Column) -> tuple[str, ...]:
    """Return one value of each kind that rows treat differently."""
    alike: dict[tuple[bool, ...], str] = {}
    for value in column.values:
        matched = tuple(value in values for row in profile.rows for values in _named(row, column.name))
        alike.setdefault(matched, value)
    return tuple(alike.values())


def _named(row: ProfileRow, column: str) -> tuple[tuple[str, ...], ...]:
    return tuple(where[column] for where in (row.when, row.unless) if column in where)


def faults(profile: Profile) -> tuple[str, ...]:
    """List rows that name what is not there, contradict or repeat each other, or never decide; each with its place."""
    found = [fault for row in profile.rows for fault in _misnamed(profile, row)]
    found += [
        fault for at, row in enumerate(profile.facts) for one in profile.facts[:at] for fault in _differ(row, one)
    ]
    if found:
        return tuple(found)  # nothing further can be worked out
    spaces = [_space(profile, row) for row in profile.rows]
    for at, one in enumerate(spaces):
        if any(not values for values in one.box.values()):
            found.append(f"{one.row.place}: no fact can match this row")
            continue
        found += [fault for other in spaces[:at] for fault in _clash(one, other)]
        before = [other for other in spaces if other is not one and _overrules(profile, other, one)]
        if _rest(one.box, before) is None:
            found.append(f"{one.row.place}: this row never decides; rows before it speak for all that it says")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Space:
    """A profile row with all the facts that it matches."""

    row: ProfileRow
    box: Box


def _misnamed(profile: Profile, row: ProfileRow) -> Iterator[str]:
    if row.stage not in {stage.name for stage in profile.stages}:
        yield f"{row.place}: stage: {row.stage!r} is no stage"
    if row.gives not in profile.codes:
        yield f"{row.place}: gives: {row.gives!r} is no code of this profile"
    for conditions in (row.when, row.unless):
        for fault in profile.misnamed(conditions):
            yield f"{row.place}: {fault}"


def _differ(row: ProfileFact, earlier: ProfileFact) -> Iterator[str]:
    """List the contradictions between two rows of facts about one document."""
    together = not row.types or not earlier.types or not set(row.types).isdisjoint(earlier.types)
    shared = sorted(set(row.says) & set(earlier.says)) if row.known is earlier.known and together else []
    if not shared or not _meet(row, earlier):
        return
    for column in sorted(row.means.keys() & earlier.means.keys()):
        yield f"{row.place}: means: {column}: {earlier.place} says of {shared[0]!r} already what it means"


def _space(profile: Profile, row: ProfileRow) -> _Space:
    box = {name: _domain(column) for name, column in profile.columns.items()}
    for name, values in row.when.items():
        box[name] &= frozenset(values)
    for name, values in row.unless.items():
        box[name] -= frozenset(values) | {NOT_STATED}
    return _Space(row, box)


def _meet(one: Row, other: Row) -> bool:
    return (other.valid_to is None or one.valid_from <= other.valid_to) and (
        one.valid_to is None or other.valid_from <= one.valid_to
    )


def _clash(one: _Space, other: _Space) -> Iterator[str]:
    row, earlier = one.row, other.row
    if row.stage != earlier.stage or not _meet(row, earlier):
        return
    if one.box == other.box:
        yield f"{row.place}: says what {earlier.place} says of the same facts already"
    elif (
        row.gives == earlier.gives
        and row.detail != earlier.detail
        and all(values & other.box[name] for name, values in one.box.items())
    ):
        yield f"{row.place}: gives {row.gives} another detail than {earlier.place} to facts that both match"


def _overrules(profile: Profile, other: _Space, one: _Space) -> bool:
    """Whether what both match is decided by the other row on every day on which this one is in force."""
    begins = other.row.valid_from <= one.row.valid_from
    ends = other.row.valid_to is None or (one.row.valid_to is not None and one.row.valid_to <= other.row.valid_to)
    if not (begins and ends):
        return False
    order = {stage.name: position for position, stage in enumerate(profile.stages)}
    if other.row.stage == one.row.stage:
        return _gravity(profile, other.row) > _gravity(profile, one.row)
    over = profile.stages[order[one.row.stage]].over
    return order[other.row.stage] < order[one.row.stage] and other.row.gives not in over


def _rest(box: Box, others: list[_Space]) -> Box | None:
    """Return a part of a box that none of the others covers."""
    for at, other in enumerate(others):
        if not all(values & other.box[name] for name, values in box.items()):
            continue
        inside = dict(box)
        for name, values in box.items():
            outside = values - other.box[name]
            if outside and (found := _rest({**inside, name: outside}, others[at + 1 :])) is not None:
                return found
            inside[name] = values & other.box[name]
        return None
    return box
