"""The entries for lists on a declaration's head: an entry for each kind of reader, each different one once."""

from enum import IntEnum
from typing import Any

from gateway.domain.codec import encode
from gateway.domain.work_list import Listed


class ListReader(IntEnum):
    """A kind of reader, by its place in what is stored."""

    OFFICER = 0
    OFFICER_ONCE_CONFIRMED = 1
    TRADER = 2
    TRADER_ONCE_TOLD = 3


def listed_columns(listed: Listed | None) -> dict[str, Any]:
    """Return the parameters that write the columns; without a decision there is nothing."""
    if listed is None:
        return {"listed": None, "held_from": None, "listing": None}
    return {
        "listed": listed.number,
        "held_from": listed.decided_at if listed.held else None,
        "listing": listing_text(listed),
    }


def listing_text(listed: Listed) -> str:
    """Return the entries as they are stored."""
    entries: dict[str, int] = {}
    readers = [entries.setdefault(encode(one).decode(), len(entries)) for one in listed.readers]
    return f'{{"readers":{encode(readers).decode()},"entries":[{",".join(entries)}]}}'
