"""A control order as pages show it: by the API's answer, in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.api.localization import Wording
from gateway.domain.tables.in_force import InForce
from gateway.web.console.authorities import times_of
from gateway.web.console.goods_items import spans
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit
from gateway.wings.controls.bodies import order_body
from gateway.wings.controls.kept import KeptOrder
from gateway.wings.controls.rows import ControlLevel, ControlResult, ControlType


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A control order in a list."""

    number: int
    types: Sequence[str]
    items: str
    """The numbers of its goods items; empty: all."""
    state: str
    is_over: bool
    stage: str
    level: str
    office: str
    place: str
    time: ShownMoment | None
    is_late: bool
    opened: ShownMoment
    is_told: bool
    reference: str
    instruction: str
    result: str
    pending: str
    """The act that waits for a second person; empty: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """The writer of control orders on one page."""

    visit: Visit
    wording: Wording
    times: Times
    view: InForce

    @classmethod
    def of(cls, visit: Visit) -> "OrderView":
        """Make the writer of a page."""
        lifecycle = visit.web.lifecycle
        return cls(
            visit=visit,
            wording=visit.web.cases.wording([visit.language]),
            times=times_of(visit),
            view=lifecycle.tables.at(lifecycle.now().date()),
        )

    def row(self, kept: KeptOrder) -> OrderRow:
        """Return an order as lists have it."""
        body: Mapping[str, Any] = order_body(kept, by_officer=True)
        result, pending = body["result"], body["pending"]
        return OrderRow(
            number=body["number"],
            types=[self.named("control_type", ControlType, one) for one in body["types"]],
            items=spans(body["goods_items"]),
            state=self.visit.text(f"controls.state_{body['state']}"),
            is_over=kept.state.is_over,
            stage=self.visit.text(f"controls.stage_{body['stage']}"),
            level=self.named("control_level", ControlLevel, body["level"]),
            office=body["office"] or "",
            place=body["place"] or "",
            time=self.times.moment(body["time"]) if body["time"] is not None else None,
            is_late=body["late"],
            opened=self.times.moment(body["opened_at"]),
            is_told=body["told"],
            reference=body["reference"] or "",
            instruction=body["instruction"] or "",
            result="" if result is None else self._result(result["code"]),
            pending="" if pending is None else self.visit.text(f"controls.act_{pending['act']}"),
        )

    def _result(self, code: str | None) -> str:
        return self.visit.text("controls.uncoded") if code is None else self.named("control_result", ControlResult, code)  # fmt: skip

    def named(self, param: str, kind: type[Any], name: str) -> str:
        """Return the title of a row in the reader's language; of one that is not in force any more its name."""
        row = self.view.further.find(kind, name)
        return name if row is None else self.wording.name(param, row.title)
