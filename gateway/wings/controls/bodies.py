"""Bodies of the calls about control orders."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, model_validator

from gateway.api.schemas.bodies import Item, Moment, Number, Person, Reason, SeenAct
from gateway.domain.control import ExaminationOf
from gateway.domain.control_order import OrderState
from gateway.domain.release_gate import out
from gateway.wings.controls.fold import folded
from gateway.wings.controls.kept import KeptOrder
from gateway.wings.controls.order import ControlStage

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,40}$")]
Office = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9]{6}$")]
Types = Annotated[list[Code], Field(min_length=1, max_length=20)]
Items = Annotated[list[Item], Field(min_length=1, max_length=9_999)]


class NewControl(SeenAct):
    """A control is ordered: before it has ended, its goods items are not released, by no override."""

    types: Types
    """Of CL716."""
    goods_items: Items | None = None
    """None: all."""
    office: Office | None = None
    """That carries it out; None: where the goods are presented, or else where they are declared."""
    level: Code = "M"
    """A row of `[[control_level]]`."""
    instruction: Number | None = None
    """A code of a list that customs shares with its officers."""
    beside: Annotated[list[Reason], Field(max_length=20)] | None = None
    """The authorities whose check waits for the same goods: one time and place (UCC Art. 47(1))."""
    reference: Number | None = None
    """Its number at customs: the same order under it changes nothing."""
    words: Reason | None = None
    officer: Person | None = None
    """None: whoever the key belongs to."""


class ControlAct(SeenAct):
    """Something is done under a control order."""

    words: Reason | None = None
    officer: Person | None = None
    """None: whoever the key belongs to."""


class ControlAppointment(ControlAct):
    """Where and when goods are controlled; by this the parties are told of it, unless `told` is false."""

    place: Reason
    time: Moment
    told: bool = True
    """Whether it is announced to the parties: of goods, amendments are refused from then on."""


class ControlScope(ControlAct):
    """The goods items that are controlled from now on, as they are in the newest version; so many officers leave one out as waive the order."""

    goods_items: Items


class ControlResultBody(ControlAct):
    """What came of a control, or that it has begun and samples are with a laboratory."""

    code: Code | None = None
    """A row of `[[control_result]]`; none with `under_way`."""
    under_way: bool = False
    goods_items: Items | None = None
    """Those in which something was found; None: all of the order."""
    told: bool = False
    """Whether the parties are told what was found: the declarant is heard (UCC Art. 22(6))."""
    types: Types | None = None
    """The types that were carried out."""
    duty_change: Annotated[str, StringConstraints(pattern=r"^-?\d{1,14}(\.\d{1,2})? [A-Z]{3}$")] | None = None
    reference: Number | None = None
    persons: Annotated[list[Person], Field(max_length=20)] | None = None
    """Who was present."""

    @model_validator(mode="after")
    def _is_one(self) -> "ControlResultBody":
        if self.under_way is (self.code is not None):
            raise ValueError("either code is said, or that it is under_way")
        return self


class ControlReasonBody(ControlAct):
    """Why a control is given up, goes on after release, or how what it found is settled."""

    code: Code
    """A row of `[[control_reason]]`."""


class FurtherControl(ControlAct):
    """A further examination (UCC Art. 190(1)): the order is open again."""


class ControlActBody(BaseModel):
    """An act under a control order."""

    act: str
    at: datetime
    code: str | None
    counts: bool
    """Whether it counts; False: a second person has to do it, too."""


class ControlResultShown(BaseModel):
    """The last result of a control order."""

    code: str | None
    """Null: customs spoke without a code."""
    title: str | None
    at: datetime
    types: list[str]
    duty_change: str | None
    reference: str | None
    told: bool


class ControlOrderBody(BaseModel):
    """A control order."""

    declaration: str
    """Its id."""
    mrn: str | None
    number: int
    reference: str | None
    types: list[str]
    of: ExaminationOf
    goods_items: list[int]
    """Empty: all; once something was found, those in which it was."""
    version: int
    """The declaration's version of which these are: of a later one all goods items are kept."""
    stage: ControlStage
    office: str | None
    level: str
    instruction: str | None
    """Null to the declaration system, too: officers read it."""
    beside: list[str]
    state: OrderState
    told: bool
    """Whether the parties are told of it."""
    place: str | None
    time: datetime | None
    late: bool
    """Whether the appointment is over, and no result is there."""
    opened_at: datetime
    result: ControlResultShown | None
    pending: ControlActBody | None
    """The act that waits for a second person."""
    acts: list[ControlActBody]


class ControlPage(BaseModel):
    """A page of control orders: what is late first, then the most urgent."""

    items: list[ControlOrderBody]
    next: str | None


def order_body(kept: KeptOrder, *, by_officer: bool) -> dict[str, Any]:
    """Return a control order as its reader sees it; `by_officer`: with the instruction."""
    order, now = kept.order, folded(kept.order)
    acts = [{"act": one.name, "at": one.at, "code": one.code, "counts": one.counts} for one in order.acts]
    pending = next((acts[place] for place, one in enumerate(order.acts) if one is now.pending), None)
    result = now.result
    return {
        "declaration": kept.declaration_id,
        "mrn": kept.mrn,
        "number": order.number,
        "reference": order.reference,
        "types": order.types,
        "of": order.of,
        "goods_items": now.goods_items,
        "version": now.version,
        "stage": stage_of(kept),
        "office": order.office,
        "level": order.level,
        "instruction": order.instruction if by_officer else None,
        "beside": order.beside,
        "state": kept.state,
        "told": now.told,
        "place": now.place,
        "time": now.time,
        "late": kept.late,
        "opened_at": order.opened_at,
        "result": None
        if result is None
        else {
            "code": result.code,
            "title": result.title,
            "at": result.at,
            "types": result.types,
            "duty_change": result.duty_change,
            "reference": result.reference,
            "told": result.told,
        },
        "pending": pending,
        "acts": acts,
    }


def stage_of(kept: KeptOrder) -> ControlStage:
    """Return when goods are controlled: once they are out, after their release."""
    now, released = folded(kept.order), kept.released
    if released is None:
        return now.stage
    is_out = released.whole or (now.goods_items and set(now.goods_items) <= out(released))
    return ControlStage.AFTER_RELEASE if is_out else now.stage
