"""What became of a control order, as analysts count it."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from gateway.domain.codec import decode
from gateway.domain.control_order import OrderState
from gateway.wings.controls.fold import folded
from gateway.wings.controls.order import ControlOrder, ControlStage


class OrderOutcome(Struct, frozen=True, kw_only=True):
    """A control order, and what came of it."""

    number: int
    types: tuple[str, ...]
    adverse: bool | None
    """Whether its last result, which may correct an earlier one, found something; None: there is none."""
    waived: bool
    open: bool
    duty_change: str | None = None
    after_release: bool = False
    """Whether it is, or goes on, after the release of its goods."""

    @property
    def counted(self) -> Counter[str]:
        """As what it counts: every figure of what controls found is a sum of these."""
        return Counter(
            orders=1,
            waived=int(self.waived),
            open=int(self.open),
            results=int(self.adverse is not None),
            adverse=int(bool(self.adverse)),
        )


def outcome_of(body: str) -> OrderOutcome:
    """Return what became of an order as it is kept."""
    order = decode(body, ControlOrder)
    now = folded(order)
    result = now.result
    return OrderOutcome(
        number=order.number,
        types=order.types,
        adverse=result.becomes is OrderState.ADVERSE if result is not None and result.becomes is not None else None,
        waived=now.state is OrderState.WAIVED,
        open=result is None and not now.state.is_over,
        duty_change=result.duty_change if result is not None else None,
        after_release=now.stage is ControlStage.AFTER_RELEASE,
    )


def found_any(orders: Iterable[OrderOutcome]) -> bool | None:
    """Whether any of some orders found something; None: none has a result."""
    results = [one.adverse for one in orders if one.adverse is not None]
    return any(results) if results else None
