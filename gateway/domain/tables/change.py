"""The differences of another set of tables on some days, and whether they loosen: check or ask for less, release more."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange:
    """A difference between rows and those before them, on some days."""

    table: str
    """The kind of row, as it is called in the files."""
    keys: tuple[str, ...]
    """What the rows are for: document types and directions, codes, measures, ..."""
    means: str = ""
    """What is loosened by it, in a clause; empty: nothing."""
    field: str | None = None
    """None: the row as a whole, which is new or not there any more."""
    before: str = ""
    after: str = ""
    valid_from: date
    valid_to: date | None = None
    place: str
    """File and line of the row that says so; of one that is gone, where it stood."""
    reason: str | None = None
    """What the row itself gives as the reason why it may loosen."""

    @property
    def loosens(self) -> bool:
        """Whether it loosens anything."""
        return bool(self.means)

    @property
    def days(self) -> str:
        """The days on which it is so."""
        return f"from {self.valid_from}" if self.valid_to is None else f"from {self.valid_from} to {self.valid_to}"

    @property
    def sentence(self) -> str:
        """Return in a sentence what it loosens, without its place and its reason."""
        what = f" ({self.field}: {self.before or 'none'} -> {self.after or 'none'})" if self.field is not None else ""
        return f"{self.table} {'; '.join(self.keys)}: {self.means}{what}, {self.days}"

    @property
    def message(self) -> str:
        """Return what it loosens, with its place and its reason."""
        return f"{self.place}: loosens: {self.sentence}" + (f"; reason: {self.reason}" if self.reason else "")
