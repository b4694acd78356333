"""Reading of a document of CATCH: what it says of the catch, and how much of each line is left.

A catch certificate's products carry HS codes, a processing statement's CN codes. What is left may be below zero, after
a forced usage; nothing else may.
"""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adapters.catch.codes import Codes
from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Ledger,
    LedgerLine,
    Nomenclature,
    Quantity,
    Reference,
    ReferenceKind,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record

EORI = r"[A-Z]{2}[A-Za-z0-9]{1,15}"
BELOW_ZERO = r"-(?=[0-9.]*[1-9])[0-9]{1,16}(\.[0-9]{1,6})?"


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


def read_document(register: Register, reference: str, record: Record, codes: Codes, on: date) -> Answer:
    """Read a document of a register.

    Raises:
        UnexpectedAnswer: it is another one, not as agreed, or contradicts itself.
    """
    record.same("number", reference)
    record.text("kind", register.kind)
    code = record.text("status")
    status = codes.statuses.meaning(code, on)
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
    left = tuple(LedgerLine(number=line.count("line"), available=_left(line)) for line in usage.records("lines"))
    if sorted(line.number for line in left) != sorted(line.number for line in lines):
        raise UnexpectedAnswer("$.usage.lines: other lines than the document's")
    allocations = tuple(_allocation(used) for used in usage.records("declarations"))
    # CATCH need not state what others used, so that less may be stated than was used; more may not.
    totals = {line.number: line.available.value for line in left}
    for one in allocations:
        if one.certificate_line not in totals:
            raise UnexpectedAnswer("$.usage.declarations: a line that the document has not")
        totals[one.certificate_line] += one.quantity.value
    if any(line.quantity is None or totals[line.number] > line.quantity.value for line in lines):
        raise UnexpectedAnswer("$.usage: more is left and used than was certified")
    return Ledger(lines=left, allocations=allocations)


def _left(line: Record) -> Quantity:
    stated = line.record("available")
    if not str(stated.values.get("value", "")).startswith("-"):
        return _weight(line, "available")
    return Quantity(value=Decimal(stated.text("value", BELOW_ZERO)), unit=stated.text("unit", "KGM"))


def _allocation(used: Record) -> Allocation:
    return Allocation(
        declaration=Reference(kind=ReferenceKind.MRN, value=used.text("mrn")),
        state=AllocationState.CONSUMED,
        goods_item=used.count("goods_item"),
        certificate_line=used.count("line"),
        quantity=_weight(used, "quantity"),
    )
