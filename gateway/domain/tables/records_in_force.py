"""The rows of one day about what authorities' records say, which answer questions."""

from collections.abc import Iterable

from gateway.domain.tables.consulted import AnsweringRows
from gateway.domain.tables.decision_rows import (
    Accompaniment,
    AuthorityStatus,
    DecisionFit,
    Processed,
    Simplification,
    Simplified,
    Validation,
)


class RecordsInForce(AnsweringRows):
    """What decisions and statuses of authorities mean on one day, and which goods and declarations they are read for."""

    def __init__(
        self,
        *,
        decisions: Iterable[DecisionFit],
        statuses: Iterable[AuthorityStatus],
        accompanied: Iterable[Accompaniment],
        validated: Iterable[Validation],
        processed: Iterable[Processed],
        simplifications: Iterable[Simplification],
    ) -> None:
        self._decisions = {
            (kind, decision): row for row in decisions for kind in row.types for decision in row.decisions
        }
        self.noted = frozenset(kind for (kind, _), row in self._decisions.items() if row.note is not None)
        """The types of documents that authorities release as less than they are for by some decision."""
        self._decided = {decision: row for (_, decision), row in self._decisions.items()}
        self._statuses = {(kind, row.status): row for row in statuses for kind in row.types}
        self._opened = {status: row for (_, status), row in self._statuses.items()}
        self._accompanied = {row.type: row for row in accompanied}
        self._validated = {(kind, row.status): row for row in validated for kind in row.types}
        self._processed = {(kind, before): row for row in processed for kind in row.types for before in row.previous}
        self._simplified = {row.name: row for row in simplifications}

    def decision(self, kind: str, decision: str) -> DecisionFit | None:
        """Return the row of table 1 for an authority's decision; None: its meaning is not known."""
        return self._row(self._decisions, (kind, decision))

    def decided_elsewhere(self, kind: str, decision: str) -> bool:
        """Whether a decision is known of other documents, but not of this type, which therefore cannot have it."""
        return (kind, decision) not in self._decisions and self._row(self._decided, decision) is not None

    def authority_status(self, kind: str, status: str) -> AuthorityStatus | None:
        """Return the row of an authority's own status; None: a confirmed document never has it."""
        return self._row(self._statuses, (kind, status))

    def status_elsewhere(self, kind: str, status: str) -> bool:
        """Whether an authority's own status is known of other documents, but not of this type, which therefore cannot have it."""
        return (kind, status) not in self._statuses and self._row(self._opened, status) is not None

    def accompaniment(self, kind: str) -> Accompaniment | None:
        """Return which documents of a type others of the same type have to accompany; None: none of them."""
        return self._row(self._accompanied, kind)

    def validation(self, kind: str, status: str) -> Validation | None:
        """Return whose confirmation an authority's own status is; None: its own."""
        return self._row(self._validated, (kind, status))

    def processed(self, kind: str, previous: str | None) -> Processed | None:
        """Return the row by which goods of a previous procedure come out of processing; None: they do not."""
        return self._row(self._processed, (kind, previous or ""))

    def simplification(self, name: Simplified) -> Simplification | None:
        """Return the signs of a simplification; None: the tables do not know it."""
        return self._row(self._simplified, name)

    def is_authorisation(self, kind: str) -> bool:
        """Whether a code is that of an authorisation for a simplification, which is declared as such (12 12) and not among documents."""
        rows = [self.simplification(one) for one in Simplified]
        return any(kind in row.types for row in rows if row is not None)
