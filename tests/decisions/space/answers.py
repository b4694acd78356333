"""Every answer that can be known of a document: the authorities' own codes as the adapters read them, and what is none."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import structs

from adapters.catch.adapter import CatchAdapter
from adapters.catch.codes import load_codes as catch_codes
from adapters.dual_use.adapter import DualUseAdapter
from adapters.dual_use.codes import load_codes as dual_use_codes
from adapters.traces.certificate import read_certificate
from adapters.traces.codes import read_code_lists
from adapters.traces.simulator.certificates import certificate
from gateway.contract import Answer, Certificate, Ledger, LedgerLine, Quantity, Settings, UnexpectedAnswer
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from tests.builders.driving import OCCASION, query, replay
from tests.builders.small_cases import DAY

TRACES_CODES = read_code_lists(Path("adapters/traces/codes.toml").read_text(encoding="utf-8"))
CHEDS = {"C640": "A", "N853": "P", "C678": "D", "C085": "PP"}
GOODS = {
    "C640": "0102",
    "N853": "0401",
    "C678": "1202",
    "C085": "0603",
    "C673": "030363",
    "X060": "8806",
    "X061": "8806",
    "X070": "8806",
    "X072": "8806",
}
"""The heading that each type of document is about."""
REFERENCES = {
    **{kind: f"CHED{ched}.FR.2026.0000001" for kind, ched in CHEDS.items()},
    "C673": "CATCH.CC.NO.2026.0000001",
    **{kind: f"DU.FR.2026.000{kind[1:]}" for kind in ("X060", "X061", "X070", "X072")},
}
LICENCES = {"X060": "INDIVIDUAL", "X061": "EU001", "X070": "GLOBAL", "X072": "TRANSIT"}
PLENTY = Quantity(value=Decimal(1_000_000), unit="KGM")
UNHEARD_OF = "UNHEARD_OF"
BRITISH = (
    "ACCEPTABLE_IF_CHANNELED",
    "ACCEPTABLE_FOR_TRANSIT",
    "ACCEPTABLE_FOR_TEMPORARY_IMPORT",
    "ACCEPTABLE_FOR_SPECIFIC_WAREHOUSE",
    "HORSE_REENTRY",
    "ACCEPTABLE_FOR_NON_INTERNAL_MARKET",
)
"""Decisions that the British system has beside those of TRACES."""
STATUSES = (*TRACES_CODES.statuses.rows, "999")
DECISIONS: tuple[str | None, ...] = (*TRACES_CODES.decisions.rows, *BRITISH, UNHEARD_OF, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is known of a document, and how it came to be known."""

    told: str
    """The authority's status, or what stands in its place."""
    decision: str = "-"
    word: Verification | None
    """None: nothing is known."""


def answers(kind: str) -> Iterator[Word]:
    """Everything that can be known of a document of a type."""
    if kind in CHEDS:
        yield from _of_traces(kind)
    elif kind == "C673":
        yield from _of_catch()
    else:
        yield from _of_dual_use(kind)
    yield from _none(kind)


def unread(kind: str) -> Iterator[Word]:
    """A confirmation with every status and every decision, as an adapter that knows more codes would report it."""
    for status in STATUSES:
        for decision in DECISIONS:
            record = Certificate(
                type=kind,
                reference=REFERENCES[kind],
                authority_status=status,
                decision=decision,
                lines=_confirmed(kind).lines,
            )
            yield Word(told=status, decision=decision or "none", word=_known(kind, record))


def _of_traces(kind: str) -> Iterator[Word]:
    for status in STATUSES:
        for decision in DECISIONS:
            yield Word(told=status, decision=decision or "none", word=_read_traces(kind, status, decision))
    for status in ("44", "68", "64", "55"):
        follower = [{"relationship": "AXG", "reference": REFERENCES[kind][:-1] + "2"}]
        yield Word(told=f"{status} with a successor", word=_read_traces(kind, status, None, successors=follower))


def _read_traces(kind: str, status: str, decision: str | None, **more: Any) -> Verification:
    document = {
        "reference": REFERENCES[kind],
        "status": status,
        "lines": [{"code": GOODS[kind], "quantity": PLENTY.value, "unit": PLENTY.unit, "origin": "IN"}],
        **({} if decision is None else {"decision": decision}),
        **more,
    }
    try:
        said, record = read_certificate(certificate(document), REFERENCES[kind], TRACES_CODES, DAY)
    except UnexpectedAnswer:
        return _undetermined(kind, "SW-ADP-04")
    return _known(kind, record, status=DocumentStatus(said.value))


def _of_catch() -> Iterator[Word]:
    for status in (*catch_codes().statuses.rows, UNHEARD_OF):
        weight = {"value": str(PLENTY.value), "unit": "KGM"}
        record = {
            "kind": "CATCH_CERTIFICATE",
            "number": REFERENCES["C673"],
            "status": status,
            "flag_state": "NO",
            "validated_on": None,
            "importer_eori": None,
            "replaced_by": [],
            "products": [{"line": 1, "species": "COD", "hs_code": GOODS["C673"], "verified_weight_landed": weight}],
            "usage": {"lines": [{"line": 1, "available": weight}], "declarations": []},
        }
        yield Word(told=status, word=_asked("C673", CatchAdapter(Settings()), record))


def _of_dual_use(kind: str) -> Iterator[Word]:
    for status in (*dual_use_codes().statuses.rows, UNHEARD_OF):
        weight = {"value": str(PLENTY.value), "unit": "KGM"}
        number = REFERENCES[kind]
        licence: Mapping[str, Any] = {
            "number": number,
            "type": LICENCES[kind],
            "status": status,
            "valid_from": "2026-01-01",
            "valid_to": None,
            "holder_eori": "FR1",
            "end_user_country": None,
            "destinations": ["US"],
            "issuing_authority": "-",
            "conditions": [],
            "lines": [{"line": 1, "cn_code": "8806", "control_code": "9A012", "quantity": weight, "amount": None}],
            "balance": {"lines": [{"line": 1, "quantity": weight, "amount": None}], "declarations": []},
        }
        yield Word(told=status, word=_asked(kind, DualUseAdapter(Settings()), {"number": number, "licence": licence}))


def _asked(kind: str, adapter: CatchAdapter | DualUseAdapter, body: Mapping[str, Any]) -> Verification:
    """Lets the adapter read an answer of its authority."""
    try:
        exchange = adapter.verify(query(kind, REFERENCES[kind]), OCCASION)
        answer: Answer = replay(exchange, (200, json.dumps(body).encode()))
    except UnexpectedAnswer:
        return _undetermined(kind, "SW-ADP-04")
    assert answer.certificate is not None
    status = DocumentStatus(answer.status.value)
    return structs.replace(_known(kind, answer.certificate, status=status), ledger=answer.ledger)


def _none(kind: str) -> Iterator[Word]:
    """What is known where the authority's record is not."""
    yield Word(told="silence", word=None)
    for cause in ("SW-ADP-01", "SW-ADP-02", "SW-ADP-03", "SW-ADP-04", "SW-ADP-99"):
        yield Word(told=f"fault {cause}", word=_undetermined(kind, cause))
    for status in (one for one in DocumentStatus if one is not DocumentStatus.NOT_TOLD):
        bare = Verification(type=kind, reference=REFERENCES[kind], status=status)
        yield Word(told=f"no record, {status}", word=bare)
        yield Word(told=f"an officer: {status}", word=structs.replace(bare, verified_by=VerifiedBy.OFFICER))


def _undetermined(kind: str, cause: str) -> Verification:
    return Verification(type=kind, reference=REFERENCES[kind], status=DocumentStatus.UNDETERMINED, cause=cause)


def _known(kind: str, record: Certificate, status: DocumentStatus = DocumentStatus.VALID) -> Verification:
    ledger = Ledger(lines=(LedgerLine(number=1, available=PLENTY),))
    return Verification(type=kind, reference=REFERENCES[kind], status=status, certificate=record, ledger=ledger)


def _confirmed(kind: str) -> Certificate:
    record = _read_traces(kind, "70", "ACCEPTABLE_FOR_INTERNAL_MARKET").certificate
    assert record is not None
    return record
