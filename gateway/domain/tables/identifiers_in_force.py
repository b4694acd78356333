"""The rows of one day about MRNs, numbers of parties, customs offices and countries, which answer questions."""

from collections.abc import Iterable

from gateway.contract import Direction
from gateway.domain.tables.consulted import AnsweringRows
from gateway.domain.tables.identifiers import (
    NumberedParty,
    OwnMrn,
    PartyNumber,
    PreviousMrn,
    TransitCustoms,
    UnionCustoms,
)
from gateway.domain.tables.rows import Countries


class IdentifiersInForce(AnsweringRows):
    """What MRNs, numbers of parties, offices and countries may be on one day. It never changes."""

    def __init__(
        self,
        *,
        own: Iterable[OwnMrn],
        previous: Iterable[PreviousMrn],
        union: Iterable[UnionCustoms],
        transit: Iterable[TransitCustoms],
        parties: Iterable[PartyNumber],
        countries: Iterable[Countries],
    ) -> None:
        self._own = {direction: row for row in own for direction in row.directions}
        self._previous = {kind: row for row in previous for kind in row.types}
        self._union = {(one, name): row for row in union for one in row.countries for name in row.formats or ("",)}
        self._transit = {one: row for row in transit for one in row.countries}
        self._parties = {(one, name): row for row in parties for one in row.parties for name in row.formats or ("",)}
        self._countries = {one: row for row in countries for one in row.countries}
        self.judged = bool(self._union)
        """Whether offices, parties and countries are judged; by a set that was stored before there were such rows, none is."""

    def own_mrn(self, direction: Direction) -> OwnMrn | None:
        """Return the row of a declaration's own MRN; None: it is not judged."""
        return self._row(self._own, direction)

    def previous_mrn(self, kind: str) -> PreviousMrn | None:
        """Return the row of a previous document's code; None: no MRN is looked for in its reference."""
        return self._row(self._previous, kind)

    def only_mrns(self) -> frozenset[str]:
        """Return the codes of the previous documents that are cited by nothing but an MRN."""
        return frozenset(kind for kind, row in self._previous.items() if row.always)

    def applies_code(self, country: str, name: str) -> bool:
        """Whether a country's customs apply the Code, in messages of a format."""
        row = self._row(self._union, (country, name))
        return row is not None or self._row(self._union, (country, "")) is not None

    def in_transit(self, country: str) -> bool:
        """Whether a country beside the Union takes part in transit."""
        return self._row(self._transit, country) is not None

    def party(self, party: NumberedParty, name: str) -> PartyNumber | None:
        """Return the row of a party's number in messages of a format; None: it is not judged."""
        row = self._row(self._parties, (party, name))
        return row if row is not None else self._row(self._parties, (party, ""))

    def is_country(self, code: str) -> bool:
        """Whether customs' list has a country by this code."""
        return self._row(self._countries, code) is not None
