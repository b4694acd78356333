"""The rows of one day about measures, which answer questions about goods, and where they come from and go to."""

from collections.abc import Iterable
from datetime import date

from gateway.contract import Direction
from gateway.domain.tables.consulted import AnsweringRows
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.required import RequiredDocuments, TaricRequirement
from gateway.domain.tables.rows import GeneralAuthorisation, JudgedByOfficer, Office, Statement, UnionTransit
from gateway.domain.tables.rows_by_goods import RowsByGoods
from gateway.domain.tables.taric import Taric


class MeasuresInForce(AnsweringRows):
    """The measures of one day, and what they depend on: places, destinations and procedures."""

    def __init__(
        self,
        day: date,
        *,
        required: Iterable[RequiredDocuments],
        taric: Taric | None,
        statements: Iterable[Statement],
        general_authorisations: Iterable[GeneralAuthorisation],
        offices: Iterable[Office],
        union_transit: Iterable[UnionTransit],
        judged_by_officer: Iterable[JudgedByOfficer],
    ) -> None:
        self._day = day
        self._taric = taric
        self._measures = RowsByGoods(
            day, required, taric=taric, whole=Taric.measures, finer=Taric.finer_measures, concerns=self._concerns
        )
        self._of_origins = {kind: row for row in statements if row.origins for kind in row.types}
        self._general = {kind: row for row in general_authorisations for kind in row.types}
        self._offices = {office: row for row in offices for office in row.offices}
        self._union_transit = {kind: row for row in union_transit for kind in row.declaration_types}
        self._judged_by_officer = {code: row for row in judged_by_officer for code in row.additional_procedures}

    def measures(self, goods: Goods) -> tuple[RequiredDocuments, ...]:
        """Return the measures on goods, which their description may still exclude."""
        return self._noted(self._measures.whole(goods), goods.commodity_code)

    def finer_measures(self, goods: Goods) -> tuple[RequiredDocuments, ...]:
        """Return further measures that goods may come under, by further digits or an additional code."""
        return self._noted(self._measures.finer(goods), goods.commodity_code)

    @property
    def taric_as_of(self) -> date | None:
        """The day as of which the measures of TARIC are known; None: none were loaded."""
        return self._taric.coverage.as_of if self._taric is not None else None

    def covers(self, commodity_code: str, direction: Direction) -> bool:
        """Whether all measures of TARIC on goods of a commodity code are known and judged."""
        return self._taric is not None and self._taric.covers(commodity_code, direction, self._day)

    def for_some_countries(self, row: TaricRequirement) -> bool:
        """Whether a measure of TARIC is on goods from, or on export to, some countries only."""
        return bool(row.excepted_areas) or self._taric is None or not self._taric.everywhere(row.area)

    def is_named_by_taric(self, kind: str) -> bool:
        """Whether a measure of TARIC names a document code."""
        return self._taric is not None and kind in self._taric.certificates

    def general_authorisation(self, kind: str) -> GeneralAuthorisation | None:
        """Return the row with the destinations of a general export authorisation; None: they are not known."""
        return self._row(self._general, kind)

    def is_of_origin(self, kind: str, origin: str) -> bool:
        """Whether a type can be declared of goods with an origin: some statements say where goods are from."""
        row = self._row(self._of_origins, kind)
        return row is None or origin in row.origins

    def is_at_entry(self, office: str | None) -> bool | None:
        """Whether goods enter the Union at a customs office; None: that is not known."""
        row = self._row(self._offices, office or "") or self._row(self._offices, (office or "")[:2])
        return row.entry if row is not None else None

    def union_transit(self, direction: Direction, declaration_type: str) -> UnionTransit | None:
        """Return the row of a type of transit declaration for Union goods; None: the goods may be non-Union goods."""
        return self._row(self._union_transit, declaration_type) if direction is Direction.TRANSIT else None

    def judged_by_officer(self, additional_procedures: Iterable[str]) -> tuple[str, JudgedByOfficer] | None:
        """Return the first additional procedure under which an officer judges what is missing, with its row; None: there is none."""
        rows = ((code, self._row(self._judged_by_officer, code)) for code in additional_procedures)
        return next(((code, row) for code, row in rows if row is not None), None)

    def _concerns(self, row: RequiredDocuments, goods: Goods) -> bool:
        if row.excepted and goods.commodity_code.startswith(row.excepted):
            return False
        # TARIC says it itself, and closer.
        if row.is_derived and self.covers(goods.commodity_code, goods.direction):
            return False
        return row.concerns(goods)
