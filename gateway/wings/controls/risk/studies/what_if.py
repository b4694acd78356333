"""What a pack would have come to over past declarations: the work it makes, what it shares with what is in force, and what is known of its goods."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from hashlib import sha256
from math import prod

from msgspec import Struct, structs

from gateway.domain.tables.in_force import Tables
from gateway.wings.controls.risk.assessor import findings_of
from gateway.wings.controls.risk.criteria import Assessed, Criteria
from gateway.wings.controls.risk.draw import drawn
from gateway.wings.controls.risk.intervals import Rate, rate_of
from gateway.wings.controls.risk.outcome import found_any
from gateway.wings.controls.risk.pack import EarlierDeclarations, Pack, PackKind
from gateway.wings.controls.risk.studies.past import PastDeclaration


class TriedRow(Struct, frozen=True, kw_only=True):
    """What a row would have come to: declarations, each once."""

    criterion: str
    in_scope: int
    not_assessable: int
    in_band: int
    chosen: int


class WhatIfFigures(Struct, frozen=True, kw_only=True):
    """What a pack would have come to: declarations, each once."""

    declarations: int
    erased: int
    """Those of which nothing is known any more: they are in no other figure."""
    failed: int
    """Those at which a row failed, for a fault of its own."""
    in_band: int
    not_assessable: int
    weighed: int
    """Of those in a band, at how many a weight lowers a share, by what is known of their operators now."""
    chosen: int
    """By a draw of this run's own, so that nobody foresees those that count."""
    expected: float
    """How many would be chosen on average."""
    by_office: Mapping[str, int]
    by_day: Mapping[str, int]
    by_type: Mapping[str, int]
    minutes: int
    """What the controls would take, by the minutes that were given for their types."""
    in_band_of_others: int
    """Of those in a band, how many lie in a band of a pack in force, other than random ones, alerts and the one of its name."""
    chosen_already: int
    """Of the chosen ones, how many packs in force chose when they were assessed."""
    known: Rate
    """Of those in a band that were controlled, for whatever reason: how often something was found. Of others nothing is known."""
    known_of_random: Rate
    """The same of all that was controlled by random checks alone."""
    rows: tuple[TriedRow, ...]


class WhatIf:
    """A pack that is tried over past declarations, page by page. It asks nobody, and writes nothing."""

    def __init__(
        self, pack: Pack, text: str, in_force: Iterable[Pack], tables: Tables, minutes: Mapping[str, int]
    ) -> None:
        # It is tried on every day of the span, whenever it counts.
        always = structs.replace(
            pack, valid_from=pack.valid_from.min, valid_to=None, suspends=(), look_back=EarlierDeclarations.NONE
        )
        day = pack.valid_from
        others = [
            one for one in in_force if one.name != pack.name and one.kind not in {PackKind.RANDOM, PackKind.ALERT}
        ]
        self._pack = pack
        self._criteria = Criteria((always,), day)
        self._others = Criteria(others, day)
        self._tables = tables
        self._minutes = minutes
        self._key = sha256(f"what-if {text}".encode()).digest()
        self._count = Counter[str]()
        self._expected = 0.0
        self._offices, self._days, self._types = Counter[str](), Counter[str](), Counter[str]()
        self._rows: dict[str, Counter[str]] = {row.criterion: Counter() for row in pack.row}

    @property
    def needs_decisions(self) -> bool:
        """Whether any row measures what a decision found."""
        return bool(self._criteria.findings or self._others.findings)

    @property
    def weighs(self) -> bool:
        """Whether any weight is for any row."""
        return self._criteria.weighs

    def take(self, page: Iterable[PastDeclaration]) -> None:
        """Count some declarations more."""
        for one in page:
            self._count["declarations"] += 1
            if one.declaration is None:
                self._count["erased"] += 1
            else:
                self._take(one)
            self._of_random(one)

    def figures(self) -> WhatIfFigures:
        """Return what was counted so far."""
        count = self._count
        return WhatIfFigures(
            declarations=count["declarations"],
            erased=count["erased"],
            failed=count["failed"],
            in_band=count["in_band"],
            not_assessable=count["not_assessable"],
            weighed=count["weighed"],
            chosen=count["chosen"],
            expected=round(self._expected, 1),
            by_office=_sorted(self._offices),
            by_day=_sorted(self._days),
            by_type=_sorted(self._types),
            minutes=sum(self._minutes.get(one, 0) * often for one, often in self._types.items()),
            in_band_of_others=count["in_band_of_others"],
            chosen_already=count["chosen_already"],
            known=rate_of(count["adverse"], count["controlled"]),
            known_of_random=rate_of(count["random_adverse"], count["random_controlled"]),
            rows=tuple(
                TriedRow(
                    criterion=name,
                    in_scope=row["in_scope"],
                    not_assessable=row["not_assessable"],
                    in_band=row["in_band"],
                    chosen=row["chosen"],
                )
                for name, row in self._rows.items()
            ),
        )

    def _take(self, one: PastDeclaration) -> None:
        scope = set[str]()
        assessed = self._assessed(self._criteria, one, scope)
        in_band = {hit.criterion for hit in assessed.hits}
        missing = {row.criterion for row in assessed.not_assessable}
        chosen = {hit.criterion for hit in assessed.chosen}
        for figure, criteria in (
            ("in_scope", scope),
            ("in_band", in_band),
            ("not_assessable", missing),
            ("chosen", chosen),
        ):
            self._count[figure] += bool(criteria)
            for name in criteria:
                self._rows[name][figure] += 1
        self._count["failed"] += bool(assessed.failed)
        if in_band:
            self._in_band(one, assessed)
        if chosen:
            self._chosen(one, assessed)

    def _in_band(self, one: PastDeclaration, assessed: Assessed) -> None:
        shares: dict[str, float] = {}
        for hit in assessed.hits:
            shares[hit.criterion] = max(shares.get(hit.criterion, 0.0), float(Fraction(hit.share)))
        self._expected += 1 - prod(1 - share for share in shares.values())
        self._count["weighed"] += any(hit.weighed for hit in assessed.hits)
        self._count["in_band_of_others"] += bool(self._assessed(self._others, one, set()).hits)
        if one.is_adverse is not None:
            self._count["controlled"] += 1
            self._count["adverse"] += one.is_adverse

    def _chosen(self, one: PastDeclaration, assessed: Assessed) -> None:
        self._offices[one.office] += 1
        self._days[one.day.isoformat()] += 1
        self._types.update({each for hit in assessed.chosen for each in hit.types})
        self._count["chosen_already"] += one.sealed is not None and any(
            order.trigger != "undetermined" for order in one.sealed.orders
        )

    def _of_random(self, one: PastDeclaration) -> None:
        random = {order.number for order in (one.sealed.orders if one.sealed else ()) if order.trigger == "random"}
        adverse = found_any(order for order in one.orders if order.number in random)
        self._count["random_controlled"] += adverse is not None
        self._count["random_adverse"] += bool(adverse)

    def _assessed(self, criteria: Criteria, one: PastDeclaration, scope: set[str]) -> Assessed:
        assert one.declaration is not None, "what is erased is assessed by nothing"
        found = {each.goods_item: frozenset(each.codes) for each in findings_of(one.last, criteria.findings)}
        everywhere = found.get(None, frozenset())
        return criteria.assess(
            one.declaration,
            self._tables.at(one.day),
            version=one.version,
            findings=lambda item: found.get(item, frozenset()) | everywhere,
            draw=lambda name: drawn(self._key, name, one.id),
            trusted=one.trusted,
            about=scope.add,
        )


def _sorted(counter: Counter[str]) -> Mapping[str, int]:
    return {name: counter[name] for name in sorted(counter)}
