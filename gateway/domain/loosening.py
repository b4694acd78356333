"""What a change of the tables loosens: after it, something is checked less, asked for less or let through that was not."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosening:
    """One thing that rows say less strictly than those before them, on some days."""

    table: str
    """The kind of row, as it is called in the files."""
    keys: tuple[str, ...]
    """What the rows are for: document types and directions, codes, measures, ..."""
    means: str
    """What it comes to, in a clause."""
    field: str | None = None
    """None: the row as a whole, which is new or not there any more."""
    before: str = ""
    after: str = ""
    valid_from: date
    valid_to: date | None = None
    place: str
    """File and line of the row that loosens; of one that is gone, where it stood."""
    reason: str | None = None
    """What the row itself gives as the reason (`loosens`)."""

    @property
    def sentence(self) -> str:
        """Says it in a sentence, without its place and its reason."""
        days = f"from {self.valid_from}" if self.valid_to is None else f"from {self.valid_from} to {self.valid_to}"
        what = f" ({self.field}: {self.before or 'none'} -> {self.after or 'none'})" if self.field is not None else ""
        return f"{self.table} {'; '.join(self.keys)}: {self.means}{what}, {days}"

    @property
    def told(self) -> str:
        """Says it with its place and its reason."""
        return f"{self.place}: loosens: {self.sentence}" + (f"; reason: {self.reason}" if self.reason else "")
