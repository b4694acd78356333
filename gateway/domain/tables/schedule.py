"""The times at which authorities are asked again automatically: rows of the tables, by their last answer."""

from dataclasses import dataclass

from gateway.domain.tables.rows import Codes, Row
from gateway.domain.verification import DocumentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain(Row):
    """The pauses after which an authority with this answer is asked again, and for how long.

    Each pause is as long as all that went before since the decision, within its bounds. With `valid`, what is confirmed is
    assessed again until the goods are released: of an authority that pushes no changes.
    """

    adapter: str
    statuses: tuple[DocumentStatus, ...]
    """What is known of the document. Neither `pending` nor `undetermined` needs a row: without one the settings count."""
    types: Codes = ()
    """Document types; empty: all of the authority."""
    first_minutes: float
    longest_minutes: float
    for_days: float
    """After so many days since the decision it is not asked again by itself."""
