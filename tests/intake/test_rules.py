"""Every rule of intake beyond the schema: where it fires, what it says and where."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain.errors import BusinessRuleViolated, DeclarationRefused
from tests.builders.samples import as_json, native, xml
from tests.intake.native import ITEM, document, item, put
from tests.intake.reading import JSON, only

Refused = Callable[..., DeclarationRefused]


def transit(declaration: dict[str, Any], *, but: int) -> None:
    """Makes a transit declaration of it, but for one item that keeps its procedure."""
    declaration.update(declarationType="T1")
    del declaration["additionalDeclarationType"]
    for one in declaration["GoodsShipment"]["GoodsItem"]:
        if one["goodsItemNumber"] != but:
            del one["Procedure"]


def both_ways(declaration: dict[str, Any]) -> None:
    declaration.update(declarationType="CO")
    item(declaration)["Procedure"].update(requestedProcedure="10")


RULES: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "an item number twice": (
        lambda d: item(d, 2).update(goodsItemNumber=1),
        "SW-INT-101",
        f"{ITEM}[2]/goodsItemNumber",
    ),
    "a quantity without its unit": (
        lambda d: document(d).pop("measurementUnitAndQualifier"),
        "SW-INT-102",
        f"{ITEM}[1]/SupportingDocument/quantity",
    ),
    "a unit without its quantity": (
        lambda d: document(d).pop("quantity"),
        "SW-INT-103",
        f"{ITEM}[1]/SupportingDocument/measurementUnitAndQualifier",
    ),
    "an amount without its currency": (
        lambda d: document(d).update(amount="5"),
        "SW-INT-104",
        f"{ITEM}[1]/SupportingDocument",
    ),
    "a currency without its amount": (
        lambda d: document(d).update(currency="EUR"),
        "SW-INT-105",
        f"{ITEM}[1]/SupportingDocument",
    ),
    "a reference with a zero-width character": (
        lambda d: document(d, 2).update(referenceNumber="CHEDP.FR.2026\u200b.0000001"),
        "SW-INT-125",
        f"{ITEM}[2]/SupportingDocument/referenceNumber",
    ),
    "a reference that is written backwards": (
        lambda d: item(d, 2).update(AdditionalReference=[{"type": "Y929", "referenceNumber": "\u202e1234"}]),
        "SW-INT-125",
        f"{ITEM}[2]/AdditionalReference/referenceNumber",
    ),
    "a previous document with a character that could not be read": (
        lambda d: item(d, 2).update(PreviousDocument=[{"type": "NMRN", "referenceNumber": "26\ufffd"}]),
        "SW-INT-125",
        f"{ITEM}[2]/PreviousDocument/referenceNumber",
    ),
    "a local reference number with a mark of direction": (
        lambda d: put(d, LRN="LRN\u200e1"),
        "SW-INT-125",
        "/Declaration/LRN",
    ),
    "a local reference number with a Cyrillic letter": (
        lambda d: put(d, LRN="LRN-\u0410-1"),
        "SW-INT-134",
        "/Declaration/LRN",
    ),
    "a local reference number in wide digits": (lambda d: put(d, LRN="LRN-\uff11"), "SW-INT-134", "/Declaration/LRN"),
    "no procedure": (lambda d: item(d, 2).pop("Procedure"), "SW-INT-106", f"{ITEM}[2]"),
    "a procedure in transit": (lambda d: transit(d, but=1), "SW-INT-107", f"{ITEM}[1]/Procedure/requestedProcedure"),
    "an export procedure in an import": (
        lambda d: item(d, 2)["Procedure"].update(requestedProcedure="10"),
        "SW-INT-108",
        f"{ITEM}[2]/Procedure/requestedProcedure",
    ),
    "an unknown declaration type": (
        lambda d: put(d, declarationType="ZZ"),
        "SW-INT-109",
        "/Declaration/declarationType",
    ),
    "a declaration that is import and export in one": (
        lambda d: both_ways(d),
        "SW-INT-109",
        "/Declaration/declarationType",
    ),
    "no additional type": (lambda d: d.pop("additionalDeclarationType"), "SW-INT-110", "/Declaration"),
    "an unknown additional type": (
        lambda d: put(d, additionalDeclarationType="Q"),
        "SW-INT-111",
        "/Declaration/additionalDeclarationType",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_broken_rule_is_told_with_code_and_place(refused: Refused, name: str) -> None:
    change, code, path = RULES[name]
    declaration = native(items=2)
    change(declaration)

    refusal = refused(xml(declaration))

    violation = only(refusal)
    assert isinstance(refusal, BusinessRuleViolated)
    assert (violation.code, violation.path) == (code, path)
    assert violation.line is not None
    assert only(refused(as_json(declaration), JSON)).code == code
