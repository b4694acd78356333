"""Pages of a list: as many items as were asked for, and no more than a limit of bytes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from gateway.domain.codec import encode

T = TypeVar("T")


def filled(
    found: Sequence[T],
    show: Callable[[T], Any],
    place: Callable[[T], int],
    *,
    limit: int,
    most: int,
    more: bool | None = None,
) -> tuple[list[msgspec.Raw], int | None]:
    """Return the items of a page as they are written, and the place of the last of them if others follow.

    Args:
        found: what was found, in its order; one more than fits if others follow.
        show: returns an item as a JSON object, or written already.
        place: returns the number behind which the following page begins.
        limit: how many items fit.
        most: bytes beyond which the page ends; the first item is on it however large it is.
        more: whether others follow, where `found` does not say it.
    """
    items = within(most, map(show, found[:limit]))
    cut = len(items) < len(found)
    return items, place(found[len(items) - 1]) if items and (cut or more) else None


def within(most: int, views: Iterable[Any]) -> list[msgspec.Raw]:
    """Return items as they are written until there are `most` bytes of them; the first one however large it is."""
    items: list[msgspec.Raw] = []
    size = 0
    for view in views:
        written = view if isinstance(view, msgspec.Raw) else msgspec.Raw(encode(view))
        size += len(bytes(written))
        if items and size > most:
            break
        items.append(written)
    return items


def cursor(place: int | None) -> str | None:
    """Write the place where the following page begins; None: there is none."""
    return None if place is None else str(place)
