"""The ground of an invalidation, and what follows from it for what was written off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.release import Released
from gateway.domain.tables.applications import GoodsAre, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedInvalidation:
    """An invalidation as it was received."""

    received_at: datetime
    grounds: str | None = None
    """A row of the tables; None: none was stated."""
    goods: GoodsAre | None = None
    """Where the goods are by the ground; None: it was received before release, or from before this was said."""


def invalidation_of(at: datetime, body: Mapping[str, Any]) -> ReceivedInvalidation:
    """Read an invalidation from its event; where the goods are counts only if this gateway knows the word."""
    goods = body.get("goods")
    known = GoodsAre(goods) if goods in {one.value for one in GoodsAre} else None
    return ReceivedInvalidation(received_at=at, grounds=body.get("grounds"), goods=known)


def keeps_write_offs(invalidation: ReceivedInvalidation | None, released: Released | None) -> bool:
    """Whether what was written off stays until officers decide: goods were released, and no ground says that they are not out.

    One that was received before a release, and is carried out behind it, was judged of goods that had not been released.
    """
    if released is None:
        return False
    return invalidation is None or invalidation.goods not in {GoodsAre.NEVER_LEFT, GoodsAre.BACK}


def phase_after(released: Released | None) -> Phase:
    """Return the phase in which grounds are judged: once some goods are released others count than before."""
    return Phase.BEFORE_RELEASE if released is None else Phase.AFTER_RELEASE
