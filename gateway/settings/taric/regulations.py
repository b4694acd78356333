"""The ends of regulations, with which measures end that have no end of their own.

A restriction ends only where the files surely say so: what might have been prolonged, or is abrogated without a day, or is stopped for
a while, holds on.
"""

from datetime import date

from gateway.settings.taric.extraction import Extraction

_REGULATION = "SELECT effective, ends, abrogating FROM regulation WHERE role = ? AND id = ?"
_PROLONGED = "SELECT until FROM prorogation WHERE regulation = ?"
_ABROGATED = "SELECT day FROM abrogation WHERE regulation = ?"


class RegulationEnds:
    """The last days of the regulations of an extraction."""

    def __init__(self, extraction: Extraction) -> None:
        """Take the extraction."""
        self._extraction = extraction
        self._found: dict[tuple[str, str], date | None] = {}

    def end_of(self, role: str | None, regulation: str | None) -> date | None:
        """Return the last day of a regulation; None: the files say none, or not surely."""
        if role is None or regulation is None:
            return None
        key = (role, regulation)
        if key not in self._found:
            self._found[key] = self._end(role, regulation)
        return self._found[key]

    def _end(self, role: str, regulation: str) -> date | None:
        row = next(self._extraction.rows(_REGULATION, role, regulation), None)
        if row is None:
            return None
        effective, ends, abrogating = row
        prolonged = [until for (until,) in self._extraction.rows(_PROLONGED, f"{role}{regulation}")]
        if None in prolonged:
            return None
        enacted = max([*filter(None, (effective or ends,)), *prolonged], default=None)
        # The effective end takes abrogations into account; beside it their days say nothing new.
        abrogated = (
            [] if effective or not abrogating else [day for (day,) in self._extraction.rows(_ABROGATED, abrogating)]
        )
        first = min(filter(None, (enacted, *abrogated)), default=None)
        return date.fromisoformat(first) if first else None
