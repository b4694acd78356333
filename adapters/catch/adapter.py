"""Asks CATCH about catch certificates and processing statements.

Both are cited as C673 and their numbers do not say which is which: the certificate is asked for first and, if there
is none of that number, the processing statement. A certificate's products carry HS codes, a statement's CN codes.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    DocumentQuery,
    Exchange,
    Ledger,
    LedgerLine,
    Nomenclature,
    Occasion,
    Quantity,
    Reference,
    ReferenceKind,
    Request,
    RequestRejected,
    Response,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record, read_codes, read_json

EORI = r"[A-Z]{2}[A-Za-z0-9]{1,15}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One of the two registers of CATCH: where it is asked, and how its records differ from the other's."""

    kind: str
    path: str
    code: str
    code_form: str
    nomenclature: Nomenclature
    weight: str


CERTIFICATES = Register(
    kind="CATCH_CERTIFICATE",
    path="/api/v1/catch-certificates/",
    code="hs_code",
    code_form=r"[0-9]{4}([0-9]{2})?",
    nomenclature=Nomenclature.HS,
    weight="verified_weight_landed",
)
STATEMENTS = Register(
    kind="PROCESSING_STATEMENT",
    path="/api/v1/processing-statements/",
    code="cn_code",
    code_form=r"[0-9]{4}([0-9]{2}([0-9]{2})?)?",
    nomenclature=Nomenclature.CN,
    weight="processed_product_weight",
)


class CatchAdapter:
    """The authority's adapter: verifies a C673 document and reads how much of it is left."""

    def __init__(self, settings: Settings) -> None:
        codes = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
        self._statuses = read_codes(codes, "status", Status)

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for the catch certificate of that number, then for the processing statement."""
        if query.reference in {".", ".."}:
            raise RequestRejected("a number of dots alone cannot stand in a path")
        for register in (CERTIFICATES, STATEMENTS):
            response = yield Request(
                path=register.path + quote(query.reference, safe=""),
                headers={"Accept": "application/json", "X-Request-Id": occasion.nth(STATEMENTS is register).message_id},
                expect=frozenset({200, 404}),
            )
            if response.status == 200:
                return self._answer(register, query, read_json(response.body), occasion)
            _make_sure_it_is_not_known(response, query.reference)
        return Answer(status=Status.NOT_FOUND)

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads what is left on each line; a document of which CATCH states no usage has no position."""
        answer = yield from self.verify(query, occasion)
        if answer.ledger is None:
            raise UnexpectedAnswer("no usage is stated")
        return answer.ledger

    def _answer(self, register: Register, query: DocumentQuery, record: Record, occasion: Occasion) -> Answer:
        record.same("number", query.reference)
        record.text("kind", register.kind)
        code = record.text("status")
        status = self._statuses.meaning(code, occasion.at.date())
        successors = record.texts("replaced_by")
        if successors and status is not Status.WITHDRAWN:
            raise UnexpectedAnswer(f"$.replaced_by: a document that is {code} has successors")
        lines = tuple(_line(register, product) for product in record.records("products"))
        if len({line.number for line in lines}) != len(lines):
            raise UnexpectedAnswer("$.products: a line stands twice")
        if status is Status.VALID and not (lines and all(line.quantity for line in lines)):
            raise UnexpectedAnswer("$.products: a valid document states products, each with its weight")
        usage = record.optional(record.record, "usage")
        return Answer(
            status=status,
            certificate=Certificate(
                type="C673",
                reference=record.text("number"),
                authority_status=code,
                lines=lines,
                holder=record.optional(lambda key: record.text(key, EORI), "importer_eori"),
                successors=successors,
                facts=_facts(register, record),
            ),
            ledger=None if usage is None else _ledger(usage, lines),
        )


def _line(register: Register, product: Record) -> CertificateLine:
    return CertificateLine(
        number=product.count("line"),
        commodity_code=product.text(register.code, register.code_form),
        nomenclature=register.nomenclature,
        quantity=product.optional(lambda key: _weight(product, key), register.weight),
        description=product.text("species", r"[A-Z]{3}"),
    )


def _weight(record: Record, key: str) -> Quantity:
    weight = record.quantity(key)
    if weight.unit != "KGM":
        raise UnexpectedAnswer(f"{record.path}.{key}: weights are in kilograms")
    return weight


def _facts(register: Register, record: Record) -> dict[str, str]:
    facts = {"kind": register.kind}
    if register is CERTIFICATES:
        facts["flag_state"] = record.text("flag_state", "[A-Z]{2}")
        validated_on = record.optional(record.day, "validated_on")
        if validated_on is not None:
            facts["validated_on"] = validated_on.isoformat()
    else:
        facts["catch_certificates"] = json.dumps(record.texts("catch_certificates"))
    return facts


def _ledger(usage: Record, lines: tuple[CertificateLine, ...]) -> Ledger:
    certified = {line.number: line.quantity for line in lines}
    left = tuple(
        LedgerLine(number=line.count("line"), available=_weight(line, "available")) for line in usage.records("lines")
    )
    if sorted(line.number for line in left) != sorted(certified):
        raise UnexpectedAnswer("$.usage.lines: other lines than the document's")
    for line in left:
        weight = certified[line.number]
        if weight is None or line.available.value > weight.value:
            raise UnexpectedAnswer("$.usage.lines: more is left than was certified")
    return Ledger(lines=left, allocations=tuple(_allocation(used) for used in usage.records("declarations")))


def _allocation(used: Record) -> Allocation:
    return Allocation(
        declaration=Reference(kind=ReferenceKind.MRN, value=used.text("mrn")),
        state=AllocationState.CONSUMED,
        goods_item=used.count("goods_item"),
        certificate_line=used.count("line"),
        quantity=_weight(used, "quantity"),
    )


def _make_sure_it_is_not_known(response: Response, reference: str) -> None:
    # A wrong base URL answers 404 too: only the authority's own problem, naming the number, says "not found".
    problem = read_json(response.body)
    problem.text("code", "DOCUMENT_NOT_FOUND")
    problem.same("number", reference)
