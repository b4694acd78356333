"""What a recording expects: written as it is read, compared member by member, and put in the place of what stood there."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.conformance.expectation import differences, expected_of, has_facts, read_expectation
from gateway.conformance.expected_facts import with_expected
from gateway.conformance.recorder import expected_text
from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Change,
    DocumentSummary,
    Ledger,
    LedgerLine,
    Nomenclature,
    Quantity,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Status,
)

AT = datetime(2026, 3, 2, 8, 12, tzinfo=UTC)
NOTHING = Quantity(value=Decimal("0.00"), unit="MTQ")
LEDGER = Ledger(
    lines=(LedgerLine(number=1, available=NOTHING),),
    allocations=(
        Allocation(
            declaration=Reference(kind=ReferenceKind.MRN, value="26FRD0000000001019"),
            state=AllocationState.CONSUMED,
            goods_item=1,
            certificate_line=1,
            quantity=Quantity(value=Decimal("0.0000001"), unit="MTQ"),
            at=AT,
        ),
    ),
)
LINE = CertificateLine(number=1, commodity_code="4407", nomenclature=Nomenclature.HS, quantity=NOTHING, refused=True)
ANSWER = Answer(
    status=Status.VALID,
    certificate=Certificate(
        type="C690",
        reference='ID/"17\x7f\U0001f332',
        authority_status="ISSUED",
        valid_to=date(2026, 12, 31),
        lines=(LINE, replace(LINE, number=2)),
        successors=("ID/18",),
        facts={"Stelle (Land)": "Forstamt Süd", "plain": "x"},
    ),
    ledger=LEDGER,
    ask_again_at=AT,
)
REFUSED = Receipt(
    outcome=ReceiptOutcome.REFUSED, refusal=Refusal.LINE, goods_item=1, authority_code="L7", ledger=Ledger(lines=())
)
LISTED = (
    DocumentSummary(type="C690", reference="ID/17", status=Status.VALID, authority_status="ISSUED", updated_at=AT),
)
CHANGED = (Change(type="C690", reference="ID/17", at=AT), Change(type="C690", reference="ID/18"))


def faults_of(method: str, table: dict[str, Any]) -> list[str]:
    """The faults of a table of what is expected."""
    found: list[str] = []
    read_expectation(method, table, lambda path, what: found.append(f"{'.'.join(map(str, path))}: {what}"))
    return found


@pytest.mark.parametrize(
    ("method", "value"),
    [("verify", ANSWER), ("position", LEDGER), ("force", REFUSED), ("list", LISTED), ("read_notification", CHANGED)],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_written_is_what_is_read(method: str, value: Any) -> None:
    table = tomllib.loads(expected_text(expected_of(value)))["expect"]
    assert faults_of(method, table) == []
    read = read_expectation(method, table, lambda path, what: None)
    assert read.value == value
    assert (read.holds_facts, has_facts(value)) == (True, True)
    assert list(differences(read.value, value)) == []


def test_instants_and_decimals_are_texts_with_all_their_digits() -> None:
    text = expected_text(expected_of(LEDGER))
    assert 'at = "2026-03-02T08:12:00Z"' in text
    assert 'value = "0.0000001"' in text
    assert 'value = "0.00"' in text


def test_an_instant_is_the_same_in_any_zone_and_a_day_may_be_a_text() -> None:
    allocation = replace(LEDGER.allocations[0], at=datetime.fromisoformat("2026-03-02T10:12:00+02:00"))
    assert list(differences(LEDGER, replace(LEDGER, allocations=(allocation,)))) == []
    told = {"type": "C690", "reference": "A", "authority_status": "X", "valid_to": "2026-12-31"}
    read = read_expectation("verify", {"status": "valid", "certificate": told}, lambda path, what: pytest.fail(what))
    assert read.value.certificate.valid_to == date(2026, 12, 31)


def test_each_member_that_differs_is_told_with_both_values() -> None:
    assert ANSWER.certificate is not None
    found = replace(
        ANSWER,
        certificate=replace(
            ANSWER.certificate,
            valid_from=date(2026, 12, 31),
            valid_to=None,
            lines=(replace(LINE, quantity=Quantity(value=Decimal(121), unit="MTQ")),),
            facts={"plain": "y"},
        ),
        ledger=None,
    )
    assert [str(one) for one in differences(ANSWER, found)] == [
        "certificate.valid_from: nothing is expected, and it says 2026-12-31",
        "certificate.valid_to: 2026-12-31 is expected, and it says nothing",
        "certificate.lines: a list of 2 is expected, and it says a list of 1",
        "certificate.lines[0].quantity.value: 0.00 is expected, and it says 121",
        "certificate.facts.Stelle (Land): 'Forstamt Süd' is expected, and it says nothing",
        "certificate.facts.plain: 'x' is expected, and it says 'y'",
        "ledger: a Ledger is expected, and it says nothing",
    ]


def test_what_says_only_how_many_there_are_is_read_and_holds_no_facts() -> None:
    read = read_expectation("position", {"lines": 3}, lambda path, what: pytest.fail(what))
    assert (read.count, read.value, read.holds_facts) == (3, None, False)
    read = read_expectation("list", {"references": ["ID/17"]}, lambda path, what: pytest.fail(what))
    assert (read.references, read.value, read.holds_facts) == (("ID/17",), None, False)
    assert not read_expectation("verify", {"status": "valid"}, lambda path, what: pytest.fail(what)).holds_facts


@pytest.mark.parametrize(
    ("method", "table", "what"),
    [
        ("verify", {}, "it says what the adapter makes of it: status"),
        ("verify", {"certificate": {}}, "expect.status: Answer needs it"),
        ("verify", {"status": "valid", "weight": 1}, "expect.weight: unknown key"),
        ("verify", {"status": "valid", "certificate": {"facts": {"a": 1}}}, "certificate.facts: a table of texts"),
        ("verify", {"status": "valid", "ask_again_at": "2026-03-02T08:12:00"}, "a time with its zone is needed"),
        ("verify", {"raises": "UnexpectedAnswer", "status": "valid"}, "it stands beside `raises`"),
        ("position", {"lines": [{"number": 1, "available": {"value": 3, "unit": "KGM"}}]}, "available.value: a decimal as a text"),
        ("position", {"lines": [{"number": 1, "available": {"value": "NaN", "unit": "KGM"}}]}, "available.value: a decimal as a text"),
        ("position", {"lines": 3, "allocations": []}, "it stands beside `lines`"),
        ("list", {"references": "ID/17"}, "a list of texts is needed"),
        ("list", {"changes": []}, "unknown key; it knows documents"),
    ],
)  # fmt: skip
def test_what_cannot_be_expected_is_told_with_its_key(method: str, table: dict[str, Any], what: str) -> None:
    assert any(what in fault for fault in faults_of(method, table)), faults_of(method, table)


def test_facts_are_put_in_the_place_of_what_stood_there_wherever_that_is() -> None:
    body = "body = '''\n[expect]\nstatus = 1\n[[exchange]]\n'''\n"
    before = (
        f'about = "x"\n\n[[exchange]]\n{body}\n[expect]\nstatus = "valid" # so\n\n[expect.certificate]\ntype = "X"\n'
    )
    for text in (before, f'{before}\n[call]\nmethod = "verify"\n'):
        new = with_expected(text, {"status": "refused"})
        assert new is not None
        assert tomllib.loads(new) == {**tomllib.loads(text), "expect": {"status": "refused"}}
        assert new.startswith(f'about = "x"\n\n[[exchange]]\n{body}\n[expect]\nstatus = "refused"\n')
    assert with_expected('about = "x"\nexpect = { status = "valid" }\n', {"status": "refused"}) is None
