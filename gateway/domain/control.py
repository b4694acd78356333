"""An examination of the goods or their documents that customs announces (UCC Art. 188)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ExaminationOf(StrEnum):
    """What customs examines."""

    GOODS = "goods"
    """Of these alone the law bars amendments, and lets invalidations wait (UCC Art. 173(2)(a), 174(1))."""
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """An announced examination, and whether it has ended: while it is awaited its goods items are not released."""

    announced_at: datetime
    took_place_at: datetime | None = None
    """None: it did not, or not yet."""
    reference: str | None = None
    """Customs' own number of it: one with another number is another examination."""
    of: ExaminationOf = ExaminationOf.GOODS
    goods_items: tuple[int, ...] = ()
    """Those that are examined; empty: all."""
    withdrawn_at: datetime | None = None
    """When customs gave it up."""
    version: int | None = None
    """The declaration's version of which it was announced; None: not known."""
    place: str | None = None
    """Where it takes place; None: not said."""
    time: datetime | None = None
    """When it takes place; None: not said."""
    intended: bool = False
    """Whether it is what customs intends once the goods are presented, as an authorised operator is told (Del. Reg. (EU) 2015/2446 Art. 24(3))."""
    released: tuple[int, ...] | None = None
    """Those of its goods items that were out when it ended; None: it is awaited, or that was not kept."""

    @property
    def is_awaited(self) -> bool:
        """Whether it has yet to take place."""
        return self.took_place_at is None and self.withdrawn_at is None

    def keeps(self, goods_item: int, *, version: int) -> bool:
        """Whether it keeps a goods item of a version of the declaration: each one, once an amendment may have moved its goods."""
        return self.is_awaited and (
            not self.goods_items or goods_item in self.goods_items or self.version is None or self.version < version
        )

    @property
    def bars_changes(self) -> bool:
        """Whether it is of goods, and awaited: no amendment is taken, and an invalidation waits."""
        return self.is_awaited and self.of is ExaminationOf.GOODS

    @property
    def found_goods(self) -> bool:
        """Whether goods were examined: what customs found there is amended by nobody (UCC Art. 173(2)(b))."""
        return self.took_place_at is not None and self.of is ExaminationOf.GOODS
