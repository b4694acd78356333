"""A search for States whose public holidays are not listed, or not for long any more: no time limit ends there."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from gateway.domain.tables.in_force import Tables

WARNED_BEFORE = timedelta(days=60)
"""The lists of a year are published in the December before it: whoever brings them has to know in time."""


def ending(tables: Tables, today: date) -> Iterator[str]:
    """Return what lists end soon, or have ended, in a sentence for each day."""
    by_day: dict[date, list[str]] = defaultdict(list)
    for row in tables.state_calendars:
        if row.in_force(today) and row.covered_to <= today + WARNED_BEFORE:
            by_day[row.covered_to].append(row.state)
    for day, states in sorted(by_day.items()):
        over = "are" if day >= today else "were"
        yield (
            f"the public holidays of {', '.join(sorted(states))} {over} listed to {day}: a time limit that needs a later day has no end, "
            "and nothing lapses by it"
        )


def unlisted(tables: Tables, today: date) -> tuple[str, ...]:
    """Return the States that have customs offices of the Union and no list of public holidays."""
    offices = {
        state for row in tables.union_customs if row.in_force(today) and not row.formats for state in row.countries
    }
    return tuple(sorted(offices - set(tables.at(today).holidays.states)))
