"""A search for unsound rows of indicators: unknown counts, and rows that together would tell what each keeps back."""

from collections.abc import Iterator, Sequence

from gateway.domain.tables.in_force import Tables
from gateway.wings.reporting.indicators.counts import COUNTS
from gateway.wings.reporting.indicators.rows import OFFICE, Indicator


def found(tables: Tables) -> Iterator[str]:
    """Yield the faults, each with the place of its row."""
    rows: Sequence[Indicator] = tables.rows_of("indicator")
    for row in rows:
        yield from (f"{row.place}: {row.name}: {fault}" for fault in _of_row(row))
    for place, row in enumerate(rows):
        yield from (f"{row.place}: {row.name}: {fault}" for other in rows[:place] for fault in _beside(row, other))


def _of_row(row: Indicator) -> Iterator[str]:
    counts = [one for one in (row.numerator, row.denominator) if one is not None]
    unknown = [one for one in counts if one not in COUNTS]
    for one in unknown:
        yield f"nothing is counted as {one!r}; take one of {', '.join(COUNTS)}"
    if row.least < 1:
        yield "`least` is 1 or more; leave it out for 10"
    if unknown:
        return
    own = COUNTS[row.numerator].by
    for one in sorted({*row.by} - {OFFICE, own}):
        known = f"`{OFFICE}`" + (f" and `{own}`" if own else "")
        yield f"{row.numerator} is not told apart by {one!r}; `by` may have {known}"
    if row.denominator == row.numerator and own not in row.by:
        yield "a share of itself is always 1; leave `denominator` out, or have it told apart in `by`"


def _beside(row: Indicator, other: Indicator) -> Iterator[str]:
    """Yield the faults of two rows that are in force together: what one keeps back, the other would tell."""
    shared = {row.numerator, row.denominator} & {other.numerator, other.denominator} - {None}
    if not shared or not _together(row, other):
        return
    name = min(one for one in shared if one is not None)
    for what, mine, others in (("period", row.period, other.period), ("least", row.least, other.least)):
        if mine != others:
            yield (
                f"its `{what}` is {mine}, and that of {other.name} in {other.place}, which counts {name}, too, is {others}: "
                f"together they tell figures that each keeps back; give both the same `{what}`"
            )


def _together(row: Indicator, other: Indicator) -> bool:
    ends = [one.valid_to for one in (row, other) if one.valid_to is not None]
    return not ends or max(row.valid_from, other.valid_from) <= min(ends)
