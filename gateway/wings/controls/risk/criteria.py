"""The criteria in force: which rows a declaration meets, and which of them choose it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from heapq import merge
from operator import itemgetter

from msgspec import Struct

from gateway.domain.declaration import Declaration, GoodsItem
from gateway.domain.tables.in_force import InForce
from gateway.wings.controls.order import ControlStage
from gateway.wings.controls.parties.facts import AeoType, TrustedParty, types_by_role
from gateway.wings.controls.risk.draw import is_chosen, label
from gateway.wings.controls.risk.measures import SPELT, MeasuredItem, NotMeasurable, figure, holds, lies
from gateway.wings.controls.risk.pack import (
    SHORTEST,
    Band,
    EarlierDeclarations,
    IfMissing,
    Pack,
    PackKind,
    PackRow,
    TrustWeight,
    in_force,
    most_of_the_same_goods,
)


class Hit(Struct, frozen=True, kw_only=True):
    """A goods item that lies in a band of a row."""

    pack: str
    criterion: str
    goods_item: int
    level: str
    share: str
    types: tuple[str, ...]
    stage: ControlStage
    random: bool = False
    instruction: str | None = None
    weighed: bool = False
    """Whether a weight of trusted operators is in its share, which is a fraction then."""
    chosen: bool = False
    """Whether the draw chose it, or an earlier one of the same goods did."""
    figure: str | None = None
    """What was measured, as a fraction."""

    @property
    def drawn_as(self) -> str:
        """The name under which its row draws."""
        return label(self.criterion, random=self.random)


class NotAssessable(Struct, frozen=True, kw_only=True):
    """A row that could not be held against a goods item: what it measures is not declared."""

    pack: str
    criterion: str
    goods_item: int
    element: str


class Assessed(Struct, frozen=True, kw_only=True):
    """What the packs in force come to for one declaration."""

    version: int
    packs: tuple[str, ...]
    """Those that counted."""
    hits: tuple[Hit, ...] = ()
    not_assessable: tuple[NotAssessable, ...] = ()
    failed: tuple[str, ...] = ()
    """The criteria that could not be measured for a fault."""

    @property
    def chosen(self) -> tuple[Hit, ...]:
        """The hits by which goods are controlled."""
        return tuple(one for one in self.hits if one.chosen)


@dataclass(frozen=True, slots=True)
class _PreparedRow:
    pack: Pack
    row: PackRow
    listed: tuple[frozenset[str], ...]
    """The values of each measure."""
    parties: Mapping[str, frozenset[str]]
    weights: tuple[TrustWeight, ...]

    @classmethod
    def of(cls, pack: Pack, row: PackRow) -> "_PreparedRow":
        listed = tuple(frozenset(map(SPELT.get(one.list or "", str), one.values or ())) for one in row.measure)
        parties = {role: frozenset(eoris) for role, eoris in row.scope.parties.items()}
        return cls(pack, row, listed, parties, pack.weights_of(row))

    def share(self, band: Band, trusted: Mapping[str, frozenset[AeoType]]) -> Decimal | Fraction:
        """Return how many of what lies in a band are chosen, by who stands in the roles of a declaration."""
        weight = next((one for one in self.weights if one.is_for(trusted)), None)
        return band.share if weight is None else weight.lowered(band.share)

    @property
    def is_random(self) -> bool:
        return self.pack.kind is PackKind.RANDOM

    @property
    def name(self) -> str:
        """The name under which it draws."""
        return label(self.row.criterion, random=self.is_random)

    def is_about(self, one: MeasuredItem) -> bool:
        """Whether a goods item is in the scope, whose beginnings of commodity codes are judged already."""
        scope, item, declaration = self.row.scope, one.item, one.declaration
        fields: Iterator[tuple[Collection[str], str | None]] = iter(
            (
                (scope.direction, declaration.direction),
                (scope.origin, item.origin),
                (scope.dispatch, item.country_of_dispatch or declaration.country_of_dispatch),
                (scope.destination, item.country_of_destination or declaration.country_of_destination),
                (scope.offices, one.office),
                (scope.modes, declaration.transport.border_mode if declaration.transport is not None else None),
            )
        )
        if any(wanted and has not in wanted for wanted, has in fields):
            return False
        wanted = scope.procedures
        if wanted and item.requested_procedure not in wanted and item.procedure not in wanted:
            return False
        return all(getattr(declaration, role) in eoris for role, eoris in self.parties.items())

    def band(self, one: MeasuredItem) -> tuple[Band, Fraction | None] | None:
        """Return the band in which a goods item lies, with its figure; None: it meets not all of the row.

        Raises:
            NotMeasurable: what is measured is not declared.
        """
        if not all(holds(measure, one, listed) for measure, listed in zip(self.row.measure, self.listed, strict=True)):
            return None
        if (measure := self.row.banded) is None:
            return self.row.band[0], None
        value, start = figure(measure, one), None
        for band in self.row.band:
            start = band.start if band.start is not None else start
            if lies(value, start, band.to):
                return band, value
            start = band.to
        return None


class Criteria:
    """The rows of the packs that count on one day, found by the commodity codes that they name."""

    def __init__(self, packs: Sequence[Pack], day: date) -> None:
        counting = in_force(tuple(packs), day)
        self.names = tuple(sorted(one.name for one in counting))
        self.alerts = frozenset(one.name for one in counting if one.kind is PackKind.ALERT)
        """Those of the packs whose hits are told to analysts."""
        self.looking_back = tuple(
            one.name for one in counting if one.look_back is EarlierDeclarations.OPEN or one.name in self.alerts
        )
        """The packs by which open declarations are assessed again that were assessed without them."""
        self.day = day
        self._by_goods: dict[tuple[str, str | None], list[tuple[int, _PreparedRow]]] = {}
        self._rest: list[_PreparedRow] = []
        self.weighs = any(pack.weights_of(row) for pack in counting for row in pack.row)
        """Whether any of their shares is lowered for trusted operators."""
        self.may_tell = frozenset((pack.name, row.criterion) for pack in counting for row in pack.row if row.may_tell)
        """Packs and criteria of rows whose examination of goods an authorised operator is told of by itself."""
        self.unless_done = frozenset(
            (pack.name, row.criterion) for pack in counting for row in pack.row if row.unless_done
        )
        """Packs and criteria of rows whose control is void where it was done at entry."""
        drawing, findings = set[str](), set[str]()
        for place, (pack, row) in enumerate((one, row) for one in counting for row in one.row):
            prepared = _PreparedRow.of(pack, row)
            drawing.add(prepared.name)
            findings.update(one.finding for one in row.measure if one.finding is not None)
            for goods in row.scope.found_by:
                self._by_goods.setdefault(goods, []).append((place, prepared))
            if not row.scope.goods:
                self._rest.append(prepared)
        self.lists_mrn = any(one.list == "mrn" for pack in counting for row in pack.row for one in row.measure)
        """Whether any of them measures the MRN, which customs gives to a declaration that stated none."""
        self.drawing = frozenset(drawing)
        """The names under which their rows draw."""
        self.findings = frozenset(findings)
        """The codes of a decision's findings that any of them measures."""
        self.most = most_of_the_same_goods(row.scope for pack in counting for row in pack.row)
        """The rows that one goods item is held against at most."""

    def assess(
        self,
        declaration: Declaration,
        tables: InForce,
        *,
        version: int,
        findings: Callable[[int], frozenset[str]],
        draw: Callable[[str], int],
        before: Collection[str] = (),
        trusted: Iterable[TrustedParty] = (),
        about: Callable[[str], object] | None = None,
    ) -> Assessed:
        """Return what a declaration meets, and what of that is chosen.

        Args:
            declaration: as it is declared.
            tables: the rows by which what it states is converted.
            version: of the declaration.
            findings: the codes of the decision on a goods item.
            draw: the number of a draw, by the name under which a row draws.
            before: the names under which an earlier version was chosen, or other declarations of the same goods.
            trusted: the operators that are trusted.
            about: gets the criterion of each row of which a goods item is in the scope.
        """
        hits, missing, failed = list[Hit](), list[NotAssessable](), set[str]()
        roles = types_by_role(trusted, declaration)
        for item in declaration.items:
            one = MeasuredItem(declaration=declaration, item=item, tables=tables, findings=findings(item.number))
            for row in self._rows(item):
                try:
                    if row.is_about(one):
                        if about is not None:
                            about(row.row.criterion)
                        _measure(row, one, hits, missing, draw, before, roles)
                except Exception:  # whatever it is: it is counted, and told of nowhere
                    failed.add(row.row.criterion)
        return Assessed(
            version=version,
            packs=self.names,
            hits=tuple(hits),
            not_assessable=tuple(missing),
            failed=tuple(sorted(failed)),
        )

    def _rows(self, item: GoodsItem) -> Iterator[_PreparedRow]:
        code, origin, found_by = item.commodity_code, item.origin, self._by_goods
        for digits in range(SHORTEST, len(code) + 1):
            found, own = found_by.get((code[:digits], None)), None
            if origin is not None:
                own = found_by.get((code[:digits], origin))
            if found and own:  # in the order of the packs, as assessments were made before there were origins here
                found = list(merge(found, own, key=itemgetter(0)))
            for _, row in found or own or ():
                yield row
        yield from self._rest


def _measure(
    row: _PreparedRow,
    one: MeasuredItem,
    hits: list[Hit],
    missing: list[NotAssessable],
    draw: Callable[[str], int],
    before: Collection[str],
    roles: Mapping[str, frozenset[AeoType]],
) -> None:
    """Add what a goods item in the scope of a row comes to."""
    criterion, value = row.row.criterion, None
    try:
        found = row.band(one)
        if found is None:
            return
        band, value = found
    except NotMeasurable as error:
        missing.append(
            NotAssessable(pack=row.pack.name, criterion=criterion, goods_item=one.item.number, element=error.element)
        )
        if row.row.if_missing is IfMissing.COUNT:
            return
        band = row.row.band[0]
    share = row.share(band, roles)
    hits.append(
        Hit(
            pack=row.pack.name,
            criterion=criterion,
            goods_item=one.item.number,
            level=band.level,
            share=str(share),
            types=tuple(str(one) for one in band.types),
            stage=band.stage,
            random=row.is_random,
            instruction=row.row.instruction,
            weighed=isinstance(share, Fraction),
            chosen=row.name in before or is_chosen(draw(row.name), share),
            figure=str(value) if value is not None else None,
        )
    )
