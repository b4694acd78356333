"""Declarations of milk and fish, and the certificates that they draw on, as these tests describe them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.contract import OrderLine, Quantity
from gateway.domain.tables.in_force import InForce

JSON = "application/json"
KIND = "N853"
OFFICE = "FR001260"
MILK = "0401101000"
COD, HADDOCK = "0303631000", "0303640000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one goods item states for one line of one certificate (12 03 005, 006, 013)."""

    reference: str
    quantity: str
    unit: str = "KGM"
    line: int = 1
    code: str = MILK


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A version of a declaration: what each goods item takes, numbered from 1."""

    items: tuple[tuple[Taken, ...], ...]

    def of(self, reference: str) -> tuple[OrderLine, ...]:
        """All that the declaration has to hold of one certificate."""
        return tuple(
            OrderLine(
                goods_item=number,
                certificate_line=taken.line,
                commodity_code=taken.code,
                quantities=(Quantity(value=Decimal(taken.quantity), unit=taken.unit),),
            )
            for number, item in enumerate(self.items, 1)
            for taken in item
            if taken.reference == reference
        )

    @property
    def references(self) -> tuple[str, ...]:
        """The certificates that it cites."""
        return tuple(dict.fromkeys(taken.reference for item in self.items for taken in item))


def goods(*items: Taken | Sequence[Taken]) -> Goods:
    """Goods items, each with what it takes."""
    return Goods(items=tuple((item,) if isinstance(item, Taken) else tuple(item) for item in items))


def milk(reference: str, quantity: str = "100", unit: str = "KGM") -> Taken:
    """Milk of a certificate's first line."""
    return Taken(reference=reference, quantity=quantity, unit=unit)


def message(
    lrn: str,
    what: Goods,
    *,
    mrn: str | None,
    version: int = 1,
    additional_type: str = "A",
    previous: Iterable[str] = (),
) -> bytes:
    """The declaration as JSON."""
    declaration: dict[str, Any] = {
        "messageIdentification": f"{lrn}-{version}",
        "preparationDateAndTime": "2026-03-02T08:15:00Z",
        "LRN": lrn,
        "version": version,
        "dataset": "H1",
        "declarationType": "IM",
        "additionalDeclarationType": additional_type,
        "CustomsOffice": {"referenceNumber": OFFICE},
        "Declarant": {"identificationNumber": "FR12345678901234"},
        "Importer": {"identificationNumber": "FR12345678901234"},
        "GoodsShipment": {
            "countryOfDispatch": "NO",
            "countryOfDestination": "FR",
            "GoodsItem": [_item(number, item, previous) for number, item in enumerate(what.items, 1)],
        },
    }
    if mrn is not None:
        declaration["MRN"] = mrn
    return json.dumps(declaration).encode()


def _item(number: int, takes: Sequence[Taken], previous: Iterable[str]) -> dict[str, Any]:
    code = takes[0].code
    item: dict[str, Any] = {
        "goodsItemNumber": number,
        "Procedure": {"requestedProcedure": "40", "previousProcedure": "00", "additionalProcedure": ["000"]},
        "Commodity": {
            "descriptionOfGoods": "Food",
            "harmonizedSystemSubHeadingCode": code[:6],
            "combinedNomenclatureCode": code[6:8],
            "taricCode": code[8:],
            "GoodsMeasure": {"grossMass": "1000", "netMass": "1000"},
        },
        "countryOfOrigin": "NO",
        "SupportingDocument": [
            {
                "sequenceNumber": place,
                "type": KIND,
                "referenceNumber": taken.reference,
                "documentLineItemNumber": taken.line,
                "measurementUnitAndQualifier": taken.unit,
                "quantity": taken.quantity,
            }
            for place, taken in enumerate(takes, 1)
        ],
    }
    if said := [{"type": "NMRN", "referenceNumber": mrn} for mrn in previous]:
        item["PreviousDocument"] = said
    return item


def certified(*lines: tuple[str, str, str], status: str = "70") -> dict[str, Any]:
    """A valid certificate whose lines are (code, quantity, unit)."""
    return {
        "status": status,
        "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET",
        "lines": [{"code": code, "quantity": quantity, "unit": unit, "origin": "NO"} for code, quantity, unit in lines],
    }


def weight(lines: Iterable[OrderLine], view: InForce) -> dict[tuple[int, int], Decimal]:
    """What lines take, in kilograms, by goods item and certificate line."""
    found: dict[tuple[int, int], Decimal] = {}
    for line in lines:
        (quantity,) = line.quantities
        kilograms = view.convert(quantity, "KGM")
        assert kilograms is not None
        place = (line.goods_item, line.certificate_line)
        found[place] = found.get(place, Decimal(0)) + kilograms.value
    return found
