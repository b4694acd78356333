"""How old an authority's answer may be for goods to be released on it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from gateway.domain.laxer import always, larger
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, Row


@row_kind(
    "before_release",
    "changes.toml",
    key="adapter types",
    for_all="types",
    later=True,
    added=always("answers have an age of their own for goods to be released on them"),
)
class BeforeRelease(Row):
    """The age from which an authority's answer about a document is asked for once more before goods are released on it."""

    adapter: str | None = None
    """None: of every authority that has no row of its own."""
    types: Codes = ()
    """Document types; empty: all of the authority."""
    minutes: Annotated[float, larger("goods are released on older answers")]
    """0: it is asked for each time."""


class AnswerAges:
    """The ages of one day, by adapter and document type. It never changes."""

    def __init__(self, rows: Iterable[BeforeRelease]) -> None:
        self._ages = {
            (row.adapter, kind): timedelta(minutes=row.minutes) for row in rows for kind in row.types or ("",)
        }

    def longest(self, adapter: str | None, kind: str) -> timedelta:
        """Return up to which age an answer counts; the row of the adapter and type comes first, and without any it is zero."""
        for key in ((adapter, kind), (adapter, ""), (None, kind), (None, "")):
            if (age := self._ages.get(key)) is not None:
                return age
        return timedelta()
