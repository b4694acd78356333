"""What is compared of a document: it never fits what nobody told, and differs where a rule says so and nowhere else; for every story:
`tests/cases/`.
"""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import CertificateLine
from gateway.decisions import Case
from gateway.decisions.comparison import ComparedFact, RecordFact
from gateway.decisions.explanation import grounds
from gateway.domain.document import DocumentKey
from tests.builders.small_cases import CHED, case, confirmed, declared, kilograms, milk

KEY = DocumentKey("N853", CHED)


def facts(made: Case) -> dict[RecordFact, ComparedFact]:
    return {one.what: one for one in grounds(made).compared[KEY]}


def test_what_fits_is_told_with_both_sides() -> None:
    found = facts(case(None, confirmed(certificate={"lines": (line(origin="CH"),)})))
    one = found[RecordFact.COMMODITY]
    assert (one.declared, one.told, one.fits, one.finding, one.goods_item) == ("04011010", "0401", True, None, 1)
    assert (found[RecordFact.TYPE].told, found[RecordFact.TYPE].fits) == ("N853", True)
    quantity = found[RecordFact.QUANTITY]
    assert (quantity.declared, quantity.told, quantity.unit, quantity.fits) == ("100", "500", "KGM", True)


def line(code: str = "0401", origin: str | None = None, **more: Any) -> CertificateLine:
    return CertificateLine(number=1, commodity_code=code, quantity=kilograms("500"), origin=origin, **more)


@pytest.mark.parametrize(
    ("lines", "told", "fits"),
    [
        ((line(origins=("CH", "LI")),), "CH, LI", True),
        ((line(origins=("LI",)),), "LI", False),
        ((line(origins=("LI", "NO")),), "LI, NO", False),
        ((line(origins=("LI", "NO")), replace(line(origin="CH"), number=2)), "CH, LI, NO", True),
        ((line(origins=("LI", "NO")), replace(line(), number=2)), None, None),
        ((line("0402", origins=("LI", "NO")), replace(line(origin="CH"), number=2)), "CH", True),
    ],
)
def test_an_origin_fits_if_it_is_among_those_that_the_lines_name(
    lines: tuple[CertificateLine, ...], told: str | None, fits: bool | None
) -> None:
    made = case(declared(structs.replace(milk(), origin="CH")), confirmed(certificate={"lines": lines}))
    found = facts(made)[RecordFact.ORIGIN]
    assert (found.told, found.fits, found.finding) == (told, fits, "SW-DEC-047" if fits is False else None)
    raised = {one.code: one for one in grounds(made).decision.findings}
    assert ("SW-DEC-047" in raised) is (fits is False)


def test_what_nobody_told_never_fits() -> None:
    found = facts(case(None, confirmed(certificate={"lines": (line(),)})))
    for what in (RecordFact.ORIGIN, RecordFact.VALIDITY):
        assert (found[what].told, found[what].fits) == (None, None)
    silent = structs.replace(confirmed(), certificate=None, ledger=None)
    assert {one.told for one in facts(case(None, silent)).values()} == {None}
    assert {one.fits for one in facts(case(None, silent)).values()} == {None}


@pytest.mark.parametrize(
    ("what", "made", "code"),
    [
        (RecordFact.COMMODITY, case(None, confirmed(certificate={"lines": (line("0402"),)})), "SW-DEC-041"),
        (RecordFact.TYPE, case(None, confirmed(certificate={"type": "C640"})), "SW-DEC-040"),
        (RecordFact.QUANTITY, case(declared(milk(net="501")), confirmed()), "SW-DEC-070"),
    ],
)
def test_what_differs_names_its_finding(what: RecordFact, made: Case, code: str) -> None:
    assert (facts(made)[what].fits, facts(made)[what].finding) == (False, code)


def test_what_items_take_together_is_compared_with_what_is_left() -> None:
    both = case(declared(milk(1, net="300"), milk(2, net="300")), confirmed())
    quantities = [one for one in grounds(both).compared[KEY] if one.what is RecordFact.QUANTITY]
    assert [(one.goods_item, one.fits, one.finding) for one in quantities] == [
        (1, False, "SW-DEC-070"),
        (2, False, "SW-DEC-070"),
    ]
