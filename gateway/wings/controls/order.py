"""A control order as it is kept: what was ordered, and what was done under it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.control import ExaminationOf
from gateway.domain.control_order import OrderState


class ControlStage(StrEnum):
    """When goods are controlled."""

    BEFORE_RELEASE = "before_release"
    AFTER_RELEASE = "after_release"


class ActName(StrEnum):
    """What is done under a control order."""

    OPENED = "opened"
    APPOINTED = "appointed"
    SCOPED = "scoped"
    """Its goods items were set once more, as they are in the newest version."""
    TOLD = "told"
    """The parties were told of it by an announcement."""
    BEGUN = "begun"
    """It has begun, and its result is not known yet."""
    RESULT = "result"
    WAIVED = "waived"
    TRANSFERRED = "transferred"
    SETTLED = "settled"
    FURTHER = "further"
    """A further examination: it is open again."""
    VOID = "void"
    """The same control was done at entry, before the goods are presented."""


class OrderAct(Struct, frozen=True, kw_only=True):
    """An act under a control order; what is personal of it stands with its step."""

    name: ActName
    seq: int
    """The number of its event."""
    at: datetime
    code: str | None = None
    """Its row; None of a result: customs spoke without a code, and it is satisfactory."""
    title: str | None = None
    """The row's, in English."""
    becomes: OrderState | None = None
    """Of a result."""
    goods_items: tuple[int, ...] = ()
    """Of a result those in which something was found, or those that are controlled from now on; empty: all of the order."""
    version: int | None = None
    """The declaration's version of which these are."""
    place: str | None = None
    time: datetime | None = None
    told: bool = False
    """Whether the parties are told: of an appointment where and when, of a result what was found."""
    types: tuple[str, ...] = ()
    """Of a result the types of control that were carried out."""
    reference: str | None = None
    duty_change: str | None = None
    """By how much a duty changed, with its currency."""
    counts: bool = True
    """False: another person has to do it, too."""


class ControlOrder(Struct, frozen=True, kw_only=True):
    """An order to control goods items of a declaration."""

    number: int
    """Of all orders."""
    reference: str | None = None
    """Its number at customs."""
    types: tuple[str, ...]
    of: ExaminationOf
    goods_items: tuple[int, ...] = ()
    """Empty: all."""
    stage: ControlStage
    office: str | None = None
    """The customs office that carries it out; None: none is known."""
    level: str
    rank: int
    prior: bool = False
    """Whether it comes before others of its level: a trusted operator declared the goods (Del. Reg. (EU) 2015/2446 Art. 24(4))."""
    persons: int
    """How many officers waive it, or settle what it found."""
    instruction: str | None = None
    """A code of a list that customs shares with its officers."""
    beside: tuple[str, ...] = ()
    """The authorities whose check waits for the same goods: one time and place (UCC Art. 47(1))."""
    acts: tuple[OrderAct, ...]
    """In the order in which they were entered; the first one opened it."""

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""
        return self.acts[0].at

    @property
    def ordered(self) -> Mapping[str, object]:
        """What makes it the same order under its reference."""
        return {
            "types": self.types,
            "goods_items": self.goods_items,
            "office": self.office,
            "level": self.level,
            "instruction": self.instruction,
            "beside": self.beside,
        }
