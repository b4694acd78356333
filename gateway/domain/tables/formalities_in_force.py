"""The rows of one day about documents of single formalities, which answer questions."""

from collections.abc import Iterable

from gateway.contract import Direction
from gateway.domain.tables.consulted import AnsweringRows
from gateway.domain.tables.formality_rows import (
    DesignatedOffices,
    DocumentHolders,
    DocumentsTogether,
    LicenceDeviation,
    ServesOnce,
)


class FormalitiesInForce(AnsweringRows):
    """Who holds documents on one day, what goes with them, where and how often they serve."""

    def __init__(
        self,
        *,
        holders: Iterable[DocumentHolders],
        together: Iterable[DocumentsTogether],
        designated: Iterable[DesignatedOffices],
        once: Iterable[ServesOnce],
        deviations: Iterable[LicenceDeviation],
    ) -> None:
        self._holders = {
            (kind, direction, procedure): row
            for row in holders
            for kind in row.types
            for direction in row.directions
            for procedure in row.procedures or ("",)
        }
        self._held = frozenset((kind, direction) for kind, direction, _ in self._holders)
        self._together = {(kind, way): row for row in together for kind in row.types for way in row.directions}
        self._designated = {(kind, way): row for row in designated for kind in row.types for way in row.directions}
        self._once = {kind: row for row in once for kind in row.types}
        self._deviations = {kind: row for row in deviations for kind in row.types}

    def names_holders(self, kind: str, direction: Direction) -> bool:
        """Whether rows say which parties may hold documents of a type: then that of its route says nothing."""
        return (kind, direction) in self._held

    def holders(self, kind: str, direction: Direction, procedure: str | None) -> DocumentHolders | None:
        """Return the parties that may hold a document under a procedure; None: no row says so."""
        own = self._row(self._holders, (kind, direction, procedure)) if procedure else None
        return own or self._row(self._holders, (kind, direction, ""))

    def together(self, kind: str, direction: Direction) -> DocumentsTogether | None:
        """Return the documents that go with one of a type; None: it stands alone."""
        return self._row(self._together, (kind, direction))

    def designated(self, kind: str, direction: Direction) -> DesignatedOffices | None:
        """Return the offices that may clear goods with a document of a type; None: nobody says so."""
        return self._row(self._designated, (kind, direction))

    def once(self, kind: str) -> ServesOnce | None:
        """Return how one knows that a document of a type has served; None: it may serve again."""
        return self._row(self._once, kind)

    def deviation(self, kind: str) -> LicenceDeviation | None:
        """Return how far a quantity may deviate from what a document of a type certifies; None: no row says so."""
        return self._row(self._deviations, kind)
