"""How movements, releases and positions are shown, and to whom."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from gateway.access import ANYBODY
from gateway.api.schemas import answers as models
from gateway.api.views import declaration as resources
from gateway.api.views import movements
from gateway.contract import (
    Allocation,
    AllocationState,
    Ledger,
    LedgerLine,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    Reference,
    ReferenceKind,
    Refusal,
)
from gateway.domain.movement import Movement, MovementState, OwnQuantity
from gateway.domain.release import Released, ReleasedItem
from tests.builders.shown import ENGLISH, OFFICER, TRADER, explained, read, record, shown_to

AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
LINE = OrderLine(
    goods_item=1,
    certificate_line=2,
    commodity_code="04012019",
    quantities=(Quantity(value=Decimal("2400.50"), unit="KGM"),),
    amount=Money(value=Decimal("12.00"), currency="EUR"),
)
MOVEMENT = Movement(
    number=1,
    type="N853",
    reference="CHEDP.FR.2026.1",
    adapter="traces",
    kind=MovementKind.RESERVE,
    version=1,
    mrn="26FR001260000001R6",
    key="k" * 32,
    customs_office="FR001260",
    lines=(LINE,),
    state=MovementState.REFUSED,
    holding=OwnQuantity(),
    refusal=Refusal.INSUFFICIENT,
    authority_code="05",
    cause="SW-ADP-04",
    planned_at=AT,
    settled_at=AT,
    message_ids=("a" * 32,),
)


def test_a_movement_is_shown_as_documented() -> None:
    body = read(movements.movements([MOVEMENT], OFFICER, ()))
    (shown,) = body["items"]
    assert set(models.MovementList.model_validate(body).items[0].model_fields_set) == set(shown)
    assert shown["document"] == {"type": "N853", "reference": "CHEDP.FR.2026.1"}
    assert (shown["kind"], shown["state"], shown["refusal"]) == ("reserve", "refused", "insufficient")
    assert shown["lines"] == [
        {
            "goods_item": 1,
            "line": 2,
            "commodity_code": "04012019",
            "quantities": [{"value": "2400.50", "unit": "KGM"}],
            "amount": {"value": "12.00", "currency": "EUR"},
        }
    ]
    assert shown["holding"] == {"reserved": [], "written_off": []}
    assert (shown["authority_code"], shown["message_ids"]) == ("05", ["a" * 32])


def test_what_is_not_known_of_a_movement_is_null() -> None:
    doubtful = structs.replace(MOVEMENT, state=MovementState.IN_DOUBT, holding=None, refusal=None, settled_at=None)
    (shown,) = read(movements.movements([doubtful], OFFICER, ()))["items"]
    assert (shown["holding"], shown["refusal"], shown["settled_at"]) == (None, None, None)


def test_a_trader_sees_no_code_and_no_handle_of_the_authority() -> None:
    raw = movements.movements([MOVEMENT], TRADER, ())
    (shown,) = read(raw)["items"]
    assert (shown["state"], shown["refusal"]) == ("refused", "insufficient")
    assert {"authority_code", "cause", "looks", "message_ids"}.isdisjoint(shown)
    assert b"aaaa" not in raw
    assert b"kkkk" not in raw


def test_an_explanation_tells_each_documents_movements_in_order() -> None:
    other = structs.replace(MOVEMENT, number=2, reference="CHEDP.FR.2026.2")
    later = structs.replace(MOVEMENT, number=3, kind=MovementKind.CANCEL)
    moved = (MOVEMENT, other, later)
    (told,) = shown_to(OFFICER, explained(moved=moved))["documents"]
    assert [(one["number"], one["kind"]) for one in told["movements"]] == [(1, "reserve"), (3, "cancel")]
    assert told["movements"][0]["authority_code"] == "05"
    (told,) = shown_to(TRADER, explained(moved=moved))["documents"]
    assert (told["status"], told["movements"], told["asked"], told["answers"]) == ("not_told", [], [], [])
    (told,) = shown_to(TRADER, explained(record(confirmed=True), moved=moved))["documents"]
    assert [one["number"] for one in told["movements"]] == [1, 3]
    assert "authority_code" not in told["movements"][0]


def test_a_trader_sees_what_was_released() -> None:
    so_far = Released(
        whole=False,
        items=(ReleasedItem(goods_item=1, quantity=Decimal("100.5"), unit="KGM"), ReleasedItem(goods_item=2)),
        at=AT,
        override=True,
    )
    body = read(resources.declaration(replace(record(), released=so_far), TRADER, ENGLISH))
    assert body["release"] == {
        "whole": False,
        "items": [
            {"goods_item": 1, "quantity": "100.5", "unit": "KGM"},
            {"goods_item": 2, "quantity": None, "unit": None},
        ],
        "at": "2026-11-01T08:30:00Z",
        "override": True,
    }
    assert read(resources.declaration(record(), TRADER, ENGLISH))["release"] is None
    assert body["links"]["movements"] == f"/v1/declarations/{record().id}/movements"


def test_a_position_tells_values_and_deficits_and_hides_allocations_from_traders() -> None:
    ledger = Ledger(
        lines=(
            LedgerLine(
                number=1,
                available=Quantity(value=Decimal("-3"), unit="H87"),
                amount=Money(value=Decimal("10.50"), currency="EUR"),
            ),
        ),
        allocations=(
            Allocation(
                declaration=Reference(kind=ReferenceKind.MRN, value="26FR9"),
                state=AllocationState.CONSUMED,
                goods_item=1,
                certificate_line=1,
                quantity=Quantity(value=Decimal("3"), unit="H87"),
                amount=Money(value=Decimal("7"), currency="EUR"),
            ),
        ),
    )
    line = {
        "line": 1,
        "available": Decimal("-3"),
        "unit": "H87",
        "commodity_code": None,
        "amount": Money(value=Decimal("10.50"), currency="EUR"),
    }
    assert movements.position(ledger, TRADER) == {"lines": [line]}
    assert movements.position(ledger, ANYBODY) == {"lines": [line], "allocations": ledger.allocations}
    assert movements.position(None, ANYBODY) is None
