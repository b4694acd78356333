"""Lists of declarations as the store gives them, for tests that search for one."""

from collections.abc import Collection
from typing import Any

from gateway.domain.record import Record
from gateway.domain.work_list import ListPlace, Search
from gateway.store import Store


async def _none(document_type: str, references: Collection[str]) -> dict[str, str | None]:
    return dict.fromkeys(references)


async def find(
    store: Store, *, cursor: str | None = None, limit: int = 50, most: int | None = None, **search: Any
) -> tuple[tuple[Record, ...], str | None]:
    """A page of declarations, the newest first, and the cursor of the next one."""
    after = ListPlace(number=int(cursor)) if cursor is not None else None
    found, following, _ = await store.work_lists.find(
        Search(**search), limit=limit, after=after, counting=False, identify=_none
    )
    bounded = {} if most is None else {"most": most}
    records = await store.work_lists.records([one.number for one in found], **bounded)
    if len(records) < len(found):
        following = ListPlace(number=found[len(records) - 1].number)
    return records, str(following.number) if following is not None else None
