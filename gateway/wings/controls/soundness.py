"""A search for unsound rows about control orders: results that come to nothing, levels that nobody waives."""

from collections.abc import Iterator

from gateway.domain.control_order import OrderState
from gateway.domain.tables.in_force import Tables
from gateway.wings.controls.acts import DOCUMENTS, GOODS, MIDDLE

_BECOME = (OrderState.SATISFACTORY, OrderState.ADVERSE)


def found(tables: Tables) -> Iterator[str]:
    """Yield the faults, each with the place of its row."""
    for row in tables.rows_of("control_result"):
        if row.becomes not in _BECOME:
            yield f"{row.place}: {row.name}: a result becomes {' or '.join(_BECOME)}"
    for row in tables.rows_of("control_level"):
        if row.persons not in (1, 2) or not 0 <= row.rank <= 99:
            yield f"{row.place}: {row.name}: one person waives it, or two, and its rank is from 0 to 99"
    for kind, needed in (("control_type", (GOODS, DOCUMENTS)), ("control_level", (MIDDLE,))):
        known = {row.name for row in tables.rows_of(kind)}
        yield from (
            f"{kind}: there is no row {one!r}, which announcements go by"
            for one in needed
            if known and one not in known
        )
