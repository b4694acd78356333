"""When an altered answer is better than the recorded one, and how answers are altered."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gateway.conformance.alteration import (
    AlterationKind,
    absent_and_empty,
    alterations,
    sampled,
    truncations,
    with_texts,
    with_units,
)
from gateway.conformance.checks.cost import blown_up
from gateway.conformance.checks.documents import another
from gateway.conformance.comparison import improvements
from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Ledger,
    LedgerLine,
    Quantity,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Status,
)

KILOS = Quantity(value=Decimal(100), unit="KGM")
LINE = CertificateLine(number=1, commodity_code="0401", quantity=KILOS)
CERTIFICATE = Certificate(
    type="C690",
    reference="A/1",
    authority_status="VALID",
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
    holder="FR1",
    destinations=("US",),
    lines=(LINE,),
)
TAKEN = Allocation(
    declaration=Reference(kind=ReferenceKind.MRN, value="26FR"),
    state=AllocationState.RESERVED,
    goods_item=1,
    certificate_line=1,
    quantity=KILOS,
)
LEDGER = Ledger(lines=(LedgerLine(number=1, available=KILOS),), allocations=(TAKEN,))
ANSWER = Answer(status=Status.VALID, certificate=CERTIFICATE, ledger=LEDGER)


def certified(**changes: Any) -> Answer:
    """The answer with another certificate."""
    return replace(ANSWER, certificate=replace(CERTIFICATE, **changes))


BETTER = {
    "valid": (replace(ANSWER, status=Status.REFUSED), ANSWER),
    "no end": (ANSWER, certified(valid_to=None)),
    "a later end": (ANSWER, certified(valid_to=date(2027, 1, 1))),
    "no beginning": (ANSWER, certified(valid_from=None)),
    "no holder": (ANSWER, certified(holder=None)),
    "another holder": (ANSWER, certified(holder="FR2")),
    "any destination": (ANSWER, certified(destinations=())),
    "no lines": (ANSWER, certified(lines=())),
    "a line without a limit": (ANSWER, certified(lines=(replace(LINE, quantity=None),))),
    "a larger line": (ANSWER, certified(lines=(replace(LINE, quantity=replace(KILOS, value=Decimal(101))),))),
    "more left": (LEDGER, replace(LEDGER, lines=(LedgerLine(number=1, available=replace(KILOS, value=Decimal(101))),))),
    "nothing taken": (LEDGER, replace(LEDGER, allocations=())),
    "done": (Receipt(outcome=ReceiptOutcome.NO_RECORD), Receipt(outcome=ReceiptOutcome.DONE)),
}
WORSE = {
    "the same": (ANSWER, ANSWER),
    "refused": (ANSWER, replace(ANSWER, status=Status.REFUSED)),
    "not found": (ANSWER, Answer(status=Status.NOT_FOUND)),
    "no position": (ANSWER, replace(ANSWER, ledger=None)),
    "an earlier end": (ANSWER, certified(valid_to=date(2026, 6, 30))),
    "a smaller line": (ANSWER, certified(lines=(replace(LINE, quantity=replace(KILOS, value=Decimal(9))),))),
    "a refused line": (ANSWER, certified(lines=(replace(LINE, refused=True),))),
    "less left": (LEDGER, replace(LEDGER, lines=(LedgerLine(number=1, available=replace(KILOS, value=Decimal(9))),))),
    "refused, not done": (Receipt(outcome=ReceiptOutcome.DONE), Receipt(outcome=ReceiptOutcome.NO_RECORD)),
}


@pytest.mark.parametrize("case", BETTER)
def test_what_could_release_more_is_better(case: str) -> None:
    assert list(improvements(*BETTER[case]))


@pytest.mark.parametrize("case", WORSE)
def test_what_could_not_is_no_better(case: str) -> None:
    assert list(improvements(*WORSE[case])) == []


def test_an_answer_is_cut_at_its_ends_and_at_its_tokens() -> None:
    body = b'{"a": 1, "b": "x"}\n'
    cuts = truncations(body, 4)
    assert all(body.startswith(one) and len(one) < len(body.rstrip()) for one in cuts)
    assert {b"", b'{"a": 1,', b'{"a": 1, "b": "x"'} <= set(cuts)
    assert sampled(range(100), 3) == [0, 50, 99]


def test_every_field_is_deleted_nulled_and_retyped() -> None:
    made = list(alterations(b'{"a": 1, "b": {"c": "x"}, "d": [{"e": true}]}', 60))
    places = {(one.kind, one.shown) for one in made}
    for shown in ("$.a", "$.b", "$.b.c", "$.d", "$.d[0].e"):
        assert {(kind, shown) for kind in AlterationKind} <= places
    bodies = [json.loads(one.body) for one in made if one.shown == "$.b.c"]
    assert {"a": 1, "b": {}, "d": [{"e": True}]} in bodies
    assert {"a": 1, "b": {"c": None}, "d": [{"e": True}]} in bodies


def test_elements_and_attributes_of_xml_are_altered() -> None:
    made = list(alterations(b'<r xmlns="u"><a k="1">x</a><b><c>y</c></b></r>', 60))
    shown = {(one.kind.value, one.shown) for one in made}
    assert {
        ("deleted", "r/a"),
        ("nulled", "r/a"),
        ("retyped", "r/a"),
        ("deleted", "r/a/@k"),
        ("deleted", "r/b"),
    } <= shown
    assert list(alterations(b"no document", 60)) == []


def test_what_an_authority_leaves_out_is_known_from_what_it_said() -> None:
    absent, empty = absent_and_empty([b'{"p": {"a": 1, "b": null}}', b'{"p": {"a": 1}}', b'{"p": {"a": 2, "b": 3}}'])
    assert (absent, empty) == ({("p", "b")}, {("p", "b")})
    absent, empty = absent_and_empty([b"<r><a>1</a><b/></r>", b"<r><a>1</a></r>"])
    assert (absent, empty) == ({("r", "b")}, {("r", "b")})


def test_texts_are_exchanged_as_whole_values() -> None:
    def change(text: str) -> str | None:
        return "B" if text == "A" else None

    assert with_texts(b'{"x": "A", "y": "AA", "z": ["A"]}', change) == b'{"x": "B", "y": "AA", "z": ["B"]}'
    assert with_texts(b'<r k="A"><x> A </x><y>AA</y></r>', change) == b'<r k="B"><x>B</x><y>AA</y></r>'
    assert with_texts(b'{"x": "C"}', change) is None
    assert with_texts(b"<r>A</r>", lambda text: "\x01") is None
    assert [another(one) for one in ("ID/17", "A9", "z)", "--")] == ["ID/18", "A0", "a)", "--1"]


def test_lists_are_made_long_and_their_numbers_go_on() -> None:
    large = blown_up(b'{"n": "A", "lines": [{"line": 1, "q": "5"}, {"line": 2, "q": "6"}]}', 20_000)
    assert large is not None
    lines = json.loads(large)["lines"]
    assert len(large) > 15_000
    assert len({line["line"] for line in lines}) == len(lines)
    assert blown_up(b'{"n": "A"}', 20_000) is None
    xml = blown_up(b"<r><l><n>1</n></l><l><n>2</n></l></r>", 5_000)
    assert xml is not None
    assert 4_000 < len(xml) < 6_000


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"lines": [{"quantity": 5, "unit": "pcs"}]}', b'{"lines": [{"quantity": 5, "unit": "QUEBEC9"}]}'),
        (b'{"amount": 5}', None),
        (b'<a><Weight unitCode="t">5</Weight></a>', b'<a><Weight unitCode="QUEBEC9">5</Weight></a>'),
        (b"<a><Unit>t</Unit><Other>t</Other></a>", b"<a><Unit>QUEBEC9</Unit><Other>t</Other></a>"),
        (b"<a><b>t</b></a>", None),
    ],
)
def test_units_are_found_by_their_names(body: bytes, named: bytes | None) -> None:
    assert with_units(body, "QUEBEC9") == named


def test_a_number_is_also_told_as_true() -> None:
    made = [one.body for one in alterations(b'{"quantity": 5}', 10) if one.kind is AlterationKind.RETYPED]
    assert b'{"quantity": true}' in made
