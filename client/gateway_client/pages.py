"""Going through lists: what is asked for, and where the next page begins."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway_client.calls import Params
from gateway_client.errors import Unreachable
from gateway_client.results import Body, objects

Filter = str | int | datetime | Iterable[str] | None
"""One value of a filter, or several of which one is enough."""


def search(filters: dict[str, Filter]) -> Params:
    """Return filters as a query has them."""
    return [(name, _written(value)) for name, value in filters.items() if value is not None]


def page(body: Body, params: Params) -> tuple[Sequence[Body], Params | None]:
    """Return the items of a page, and what asks for the next one; None: it was the last.

    Raises:
        Unreachable: it is no page: an empty list would say that there is nothing.
    """
    if not isinstance(body.get("items"), list):
        raise Unreachable("The answer is not the gateway's: it is no page of a list")
    cursor = body.get("next")
    if not isinstance(cursor, str | int) or not cursor:
        return objects(body, "items"), None
    return objects(body, "items"), [
        *((name, value) for name, value in params if name != "cursor"),
        ("cursor", str(cursor)),
    ]


def _written(value: str | int | datetime | Iterable[str]) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str | int) else ",".join(value)
