"""Asks an office that writes weights as numbers, as contract 1.2 gave them: `Record.values` alone had them."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.contract import (
    Answer,
    Certificate,
    CertificateLine,
    DocumentQuery,
    Exchange,
    Nomenclature,
    Occasion,
    Quantity,
    Request,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record, read_codes, read_json


class OfficeAdapter:
    """The office's adapter."""

    def __init__(self, settings: Settings) -> None:
        codes = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
        self._statuses = read_codes(codes, "status", Status)

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Ask for the licence of that number."""
        response = yield Request(path=f"/licences?number={quote(query.reference, safe='')}")
        answer = read_json(response.body)
        answer.same("number", query.reference)
        code = answer.text("status")
        certificate = Certificate(
            type=query.type,
            reference=answer.text("number"),
            authority_status=code,
            valid_to=answer.optional(answer.day, "valid_to"),
            lines=tuple(_line(line) for line in answer.records("lines")),
        )
        return Answer(status=self._statuses.meaning(code, occasion.at.date()), certificate=certificate)


def _line(line: Record) -> CertificateLine:
    weight: Any = line.values.get("weight")
    # A number is whole, or has a point: another type is none that this version of the contract gave.
    if type(weight) not in (int, float):
        raise UnexpectedAnswer("weight: a number is expected")
    return CertificateLine(
        number=line.count("line"),
        commodity_code=line.text("hs_code", "[0-9]{4}([0-9]{2})?"),
        nomenclature=Nomenclature.HS,
        quantity=Quantity(value=Decimal(repr(weight)), unit="KGM"),
    )
