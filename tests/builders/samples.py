"""Native declarations of any size, as a tree of plain values and as both of its formats."""

import json
from copy import deepcopy
from typing import Any
from xml.sax.saxutils import escape

NAMESPACE = "urn:eu-single-window:declaration:1"

ORDER = (
    "messageIdentification", "preparationDateAndTime", "LRN", "MRN", "version", "dataset", "declarationType",
    "additionalDeclarationType", "security", "acceptanceDate", "CustomsOffice", "CustomsOfficeOfExit", "CustomsOfficeOfTransit", "CustomsOfficeOfDestination", "Declarant", "Importer", "Exporter", "Representative",
    "HolderOfTheTransitProcedure", "Authorisation", "GoodsShipment", "countryOfDispatch", "countryOfDestination",
    "countryOfExport", "goodsItemNumber", "referenceNumberUCR", "invoiceCurrency", "internalCurrencyUnit",
    # A goods item
    "Procedure", "requestedProcedure", "previousProcedure", "additionalProcedure", "Commodity",
    "descriptionOfGoods", "harmonizedSystemSubHeadingCode", "combinedNomenclatureCode", "taricCode", "nationalAdditionalCode", "cusCode", "DangerousGoods", "GoodsMeasure",
    "grossMass", "netMass", "supplementaryUnits", "countryOfOrigin", "countryOfPreferentialOrigin",
    # A document, a party, a duty
    "role", "code", "taxRate", "taxType", "methodOfPayment", "payableTaxAmount", "TaxBase", "sequenceNumber", "type", "referenceNumber", "holderOfAuthorisation", "documentLineItemNumber", "measurementUnitAndQualifier", "quantity",
    "currency", "amount", "validityDate", "issuingAuthorityName", "typeOfIdentification", "identificationNumber", "nationality",
    "conveyanceReferenceNumber", "name", "Address", "status", "incotermCode", "typeOfLocation", "qualifierOfIdentification", "UNLOCODE", "country", "location", "additionalIdentifier",
    # Lists of the shipment and of an item
    "SupportingDocument", "AdditionalReference", "PreviousDocument", "TransportDocument", "containerIndicator",
    "modeOfTransportAtTheBorder", "inlandModeOfTransport", "Consignor", "Consignee", "Seller", "Buyer", "Carrier",
    "AdditionalSupplyChainActor", "AdditionalFiscalReference", "DutiesAndTaxes", "DeliveryTerms", "AdditionsAndDeductions", "valuationIndicators",
    "CountryOfRoutingOfConsignment", "LocationOfGoods", "ArrivalTransportMeans", "DepartureTransportMeans", "ActiveBorderTransportMeans",
    "TransportEquipment", "containerIdentificationNumber", "Seal", "GoodsReference", "Packaging",
    "typeOfPackages", "numberOfPackages", "shippingMarks", "preference", "quotaOrderNumber", "valuationMethod",
    "natureOfTransaction", "GoodsItem", "statisticalValue",
    "itemAmountInvoiced",
)  # fmt: skip
"""The order of the schema; JSON has none."""


def native(*, items: int = 10, documents: int = 3, lrn: str = "LRN-0001", **changed: Any) -> dict[str, Any]:
    """Gives a declaration of so many goods items; they cite so many different documents in turn."""
    declaration: dict[str, Any] = {
        "messageIdentification": f"{lrn}-1",
        "preparationDateAndTime": "2026-03-02T08:15:00Z",
        "LRN": lrn,
        "version": 1,
        "dataset": "H1",
        "declarationType": "IM",
        "additionalDeclarationType": "A",
        "CustomsOffice": {"referenceNumber": "FR001260"},
        "Declarant": {"identificationNumber": "FR12345678901234"},
        "Importer": {"identificationNumber": "FR12345678901234"},
        "GoodsShipment": {
            "countryOfDispatch": "NO",
            "countryOfDestination": "FR",
            "GoodsItem": [_item(number, documents) for number in range(1, items + 1)],
        },
    }
    declaration.update(deepcopy(changed))
    return {name: value for name, value in declaration.items() if value is not None}


def _item(number: int, documents: int) -> dict[str, Any]:
    item: dict[str, Any] = {
        "goodsItemNumber": number,
        "Procedure": {"requestedProcedure": "40", "previousProcedure": "00", "additionalProcedure": ["000"]},
        "Commodity": {
            "descriptionOfGoods": f"Frozen cod, lot {number}",
            "harmonizedSystemSubHeadingCode": "030363",
            "combinedNomenclatureCode": "10",
            "taricCode": "00",
            "GoodsMeasure": {"grossMass": "126.5", "netMass": "120"},
        },
        "countryOfOrigin": "NO",
        "statisticalValue": "96.00",
    }
    if documents:
        which = (number - 1) % documents + 1
        item["SupportingDocument"] = [
            {
                "sequenceNumber": 1,
                "type": "N853",
                "referenceNumber": f"CHEDP.FR.2026.{which:07d}",
                "measurementUnitAndQualifier": "KGM",
                "quantity": "120",
            }
        ]
    return item


def xml(declaration: dict[str, Any], *, namespace: str = NAMESPACE) -> bytes:
    """Writes a declaration as XML, one element a line."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', f'<Declaration xmlns="{namespace}">']
    for name, value in in_order(declaration):
        _write(parts, name, value)
    return "\n".join([*parts, "</Declaration>", ""]).encode()


def in_order(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Gives the values in the order of the schema; names that it does not know come first."""
    return sorted(values.items(), key=lambda one: ORDER.index(one[0]) if one[0] in ORDER else -1)


def _write(parts: list[str], name: str, value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _write(parts, name, one)
    elif isinstance(value, dict):
        parts.append(f"<{name}>")
        for inner, one in in_order(value):
            _write(parts, inner, one)
        parts.append(f"</{name}>")
    else:
        parts.append(f"<{name}>{escape(str(value))}</{name}>")


def as_json(declaration: dict[str, Any]) -> bytes:
    """Writes a declaration as JSON, one value a line."""
    return json.dumps({"Declaration": declaration}, indent=1, ensure_ascii=False).encode()


def build_native(*, items: int = 10, documents: int = 3, lrn: str = "LRN-0001") -> bytes:
    """Gives a declaration as XML."""
    return xml(native(items=items, documents=documents, lrn=lrn))
