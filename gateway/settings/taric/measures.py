"""Rows of table 3 made of conditions: measures that ask the same of different goods or origins are one row."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import Codes, DocumentRoute, Statement
from gateway.settings.taric.extract import Condition, Extract, ExtractMeasure, directions
from gateway.settings.taric.vocabulary import CodeMeanings, Means, MeasureType

Groups = tuple[Codes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The result of loading an extract."""

    required: tuple[RequiredDocuments, ...]
    routes: tuple[DocumentRoute, ...]
    """Documents that the gateway's own tables do not know."""
    statements: tuple[Statement, ...]
    """Statements that they do not know."""
    measures: int
    """How many measures the extract holds."""

    @property
    def added(self) -> tuple[str, ...]:
        """The codes of the documents and waiver codes that were not known."""
        documents = tuple(kind for row in self.routes for kind in row.types)
        return documents + tuple(kind for row in self.statements for kind in row.types)


@dataclass(frozen=True, slots=True)
class _Alike:
    """The fields by which measures can be one row, beside goods and origins."""

    type: str
    groups: Groups
    excluded: Codes
    directions: tuple[Direction, ...]
    procedures: Codes
    valid_from: date
    valid_to: date | None
    legal_base: str


def make_rows(extract: Extract, meanings: CodeMeanings) -> Loaded:
    """Make the rows of an extract.

    Raises:
        ConfigurationError: with every measure that cannot be a row.
    """
    by_measure: dict[ExtractMeasure, list[Condition]] = defaultdict(list)
    for condition in extract.conditions:
        by_measure[condition.measure].append(condition)
    faults: list[str] = []
    goods: dict[tuple[_Alike, Codes], set[str]] = defaultdict(set)
    first: dict[_Alike, int] = {}
    for measure, conditions in by_measure.items():
        alike = _alike(measure, conditions, meanings, extract.name, faults)
        if alike is not None:
            first.setdefault(alike, conditions[0].line)
            goods[alike, measure.origins].add(measure.goods)
    if faults:
        raise ConfigurationError(tuple(faults))
    origins: dict[tuple[_Alike, Codes, bool], set[str]] = defaultdict(set)
    for (alike, countries), prefixes in goods.items():
        origins[alike, _shortest(prefixes), bool(countries)].update(countries)
    required = tuple(_rows(origins, meanings, extract, first))
    routes, statements = _unknown(required, extract.known, meanings)
    return Loaded(required=required, routes=routes, statements=statements, measures=len(by_measure))


def _alike(
    measure: ExtractMeasure, conditions: list[Condition], meanings: CodeMeanings, name: str, faults: list[str]
) -> _Alike | None:
    groups: dict[str, set[str]] = defaultdict(set)
    for condition in conditions:
        groups[condition.code].update(filter(None, (condition.certificate,)))
    for code, certificates in groups.items():
        if not certificates:
            line = next(one.line for one in conditions if one.code == code)
            faults.append(f"{name}:{line}: condition {code} names no certificate that allows: a prohibition is no row")
    ways = {directions(condition, meanings) for condition in conditions}
    if len(ways) > 1:
        faults.append(f"{name}:{conditions[0].line}: the actions of this measure speak of different directions")
    if faults:
        return None
    allowing = [one.action.procedures for one in conditions if one.action.means is Means.ALLOWED]
    named: dict[Codes, None] = {}
    for certificates in groups.values():
        named[tuple(sorted(certificates, key=lambda kind: (kind.startswith("Y"), kind)))] = None
    return _Alike(
        type=measure.type,
        groups=tuple(named),
        excluded=measure.excluded,
        directions=next(iter(ways)),
        procedures=allowing[0] if len(set(allowing)) == 1 else (),
        valid_from=measure.valid_from,
        valid_to=measure.valid_to,
        legal_base=measure.legal_base,
    )


def _shortest(prefixes: Collection[str]) -> Codes:
    """Leave out every prefix that a shorter one covers."""
    return tuple(
        sorted(
            prefix for prefix in prefixes if not any(prefix[:length] in prefixes for length in range(2, len(prefix), 2))
        )
    )


def _rows(
    origins: Mapping[tuple[_Alike, Codes, bool], set[str]],
    meanings: CodeMeanings,
    extract: Extract,
    first: Mapping[_Alike, int],
) -> Iterator[RequiredDocuments]:
    numbers: dict[str, int] = defaultdict(int)
    for (alike, goods, _), countries in sorted(origins.items(), key=lambda one: repr((one[0], sorted(one[1])))):
        kind = meanings.measure_type(alike.type, alike.valid_from)
        assert kind is not None, "its lines were refused otherwise"
        numbers[alike.type] += 1
        yield RequiredDocuments(
            measure=f"{kind.title} (TARIC {alike.type}/{numbers[alike.type]})",
            commodities=goods,
            directions=alike.directions,
            procedures=alike.procedures,
            origins=tuple(sorted(countries)),
            excepted_origins=alike.excluded,
            all_of=alike.groups,
            legal_basis=_basis(alike, kind),
            valid_from=alike.valid_from,
            valid_to=alike.valid_to,
            source=f"TARIC extract {extract.name}, {extract.digest}",
            place=f"{extract.name}:{first[alike]}",
        )


def _basis(alike: _Alike, kind: MeasureType) -> str:
    return alike.legal_base or kind.legal_basis or f"TARIC measure type {alike.type}"


def _unknown(
    required: Iterable[RequiredDocuments], known: Collection[str], meanings: CodeMeanings
) -> tuple[tuple[DocumentRoute, ...], tuple[Statement, ...]]:
    """Make rows for certificates that no table knows: each for the directions and days of the measures that admit it."""
    used: dict[str, list[tuple[RequiredDocuments, Codes]]] = defaultdict(list)
    for row in required:
        for group in row.all_of:
            for kind in group:
                if kind not in known:
                    used[kind].append((row, group))
    routes, statements = [], []
    for kind, places in sorted(used.items()):
        named = meanings.certificate(kind)
        assert named is not None, "its line was refused otherwise"
        ways = tuple(one for one in Direction if any(one in place.directions for place, _ in places))
        begins = min(min(place.valid_from for place, _ in places), named.valid_from)
        if named.authority:
            bases = dict.fromkeys(place.legal_basis for place, _ in places)
            routes.append(
                DocumentRoute(
                    types=(kind,),
                    authority=named.authority,
                    directions=ways,
                    legal_basis="; ".join(list(bases)[:3]),
                    valid_from=begins,
                    source=named.source,
                )
            )
        else:
            waived = {one for _, group in places for one in group if not _is_statement(one, meanings)}
            statements.append(
                Statement(
                    types=(kind,),
                    waives=tuple(sorted(waived)),
                    directions=ways,
                    self_declared=named.self_declared,
                    valid_from=begins,
                    source=named.source,
                )
            )
    return tuple(routes), tuple(statements)


def _is_statement(kind: str, meanings: CodeMeanings) -> bool:
    row = meanings.certificate(kind)
    return not row.authority if row is not None else kind.startswith("Y")
