"""The dated rows of control orders: what may be ordered, what may come of it, why one is given up, and how urgent it is."""

from enum import StrEnum
from typing import Annotated

from gateway.domain.control import ExaminationOf
from gateway.domain.control_order import OrderState
from gateway.domain.laxer import NEUTRAL, always, changed, lower, row, smaller
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Row

FILE = "controls.toml"


class ReasonFor(StrEnum):
    """What a reason is given for."""

    WAIVER = "waiver"
    TRANSFER = "transfer"
    SETTLEMENT = "settlement"


@row_kind(
    "control_type", FILE, later=True, key="name", removed=always("controls of this type are not ordered any more")
)
class ControlType(Row):
    """A type of control (CL716)."""

    name: str
    title: Annotated[str, NEUTRAL]
    """As pages name it, in English; in other languages a word of `table_names` for `control_type`."""
    of: Annotated[ExaminationOf, changed("announcing it bars amendments, or does so no more")]
    """What it is a control of: of goods alone an announcement bars amendments."""


@row_kind(
    "control_result",
    FILE,
    later=True,
    key="name",
    added=row(lambda row: row.becomes is OrderState.SATISFACTORY, "a further result frees goods"),
)
class ControlResult(Row):
    """A result of a control."""

    name: str
    title: Annotated[str, NEUTRAL]
    """As sentences name it, in English; in other languages a word of `table_names` for `control_result`."""
    becomes: Annotated[
        OrderState, lower((OrderState.SATISFACTORY, OrderState.ADVERSE), "goods go with this result that stayed")
    ]
    ncts: Annotated[str | None, NEUTRAL] = None
    """Its code where transit asks for one; None: not known here."""


@row_kind(
    "control_reason", FILE, later=True, key="act name", added=always("controls are given up for a further reason")
)
class ControlReason(Row):
    """A reason why a control is given up, goes on after release, or what it found is settled."""

    act: ReasonFor
    name: str
    title: Annotated[str, NEUTRAL]
    """As pages name it, in English; in other languages a word of `table_names` for `control_reason`."""


@row_kind("control_level", FILE, later=True, key="name")
class ControlLevel(Row):
    """A level of priority."""

    name: str
    title: Annotated[str, NEUTRAL]
    """As pages name it, in English; in other languages a word of `table_names` for `control_level`."""
    rank: Annotated[int, NEUTRAL]
    """The highest comes first."""
    persons: Annotated[int, smaller("one officer waives or settles it alone")]
    """How many officers waive a control of this level, or settle what it found."""


@row_kind("control_area", FILE, later=True, key="name")
class ControlArea(Row):
    """An area of risk, by a code of the administration's own list: rows of packs may name it."""

    name: str
