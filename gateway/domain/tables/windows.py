"""The limits of contingency windows, by document type: rows of the tables, each with its legal basis."""

from dataclasses import dataclass

from gateway.domain.contingency import WindowMode
from gateway.domain.tables.rows import Codes, Row

WITHOUT_A_ROW = (WindowMode.MANUAL, WindowMode.HOLD)
"""What a window may do with documents of a type that no row names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow(Row):
    """The modes of a window that documents of these types may be decided by."""

    types: Codes
    modes: tuple[WindowMode, ...]
    legal_basis: str
    """What lets goods be released without the authority, or forbids it."""
