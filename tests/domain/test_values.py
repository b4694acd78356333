"""The parts of an adapter's value that need no check are none but those that are absent, or lists without parts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.contract import Answer, Certificate, CertificateLine, Quantity, Status
from gateway.contract.errors import UnreadableValue
from gateway.domain.values import make_sure_of

LINE = CertificateLine(number=1, commodity_code="0401", quantity=Quantity(value=Decimal(5), unit="KGM"))
CERTIFICATE = Certificate(type="N853", reference="CHEDP.XX.2026.1000001", authority_status="70", lines=(LINE,))


class NoParts(tuple[object, ...]):
    """A list that says of itself what it likes."""


def told(**parts: Any) -> Answer:
    """An answer with other parts of its certificate."""
    return Answer(status=Status.VALID, certificate=replace(CERTIFICATE, **parts))


def test_what_is_absent_or_empty_is_taken() -> None:
    make_sure_of(told(), Answer)
    make_sure_of(told(lines=(), decision=None, holder=None), Answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", None),
        ("reference", ()),
        ("holder", ()),
        ("valid_from", ()),
        ("lines", None),
        ("lines", []),
        ("lines", NoParts()),
        ("facts", None),
        ("facts", ()),
    ],
)
def test_nothing_else_is_absent_where_a_part_is_expected(name: str, value: object) -> None:
    with pytest.raises(UnreadableValue, match=f"^answer.certificate.{name}: "):
        make_sure_of(told(**{name: value}), Answer)


@pytest.mark.parametrize("text", ["A\0", "\0", "\ud800", "é\0"])
def test_a_text_that_cannot_be_stored_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(UnreadableValue, match=r"^answer.certificate.holder: a text with a character"):
        make_sure_of(told(holder=text), Answer)


@pytest.mark.parametrize("text", ["é", "\x01", "\U0001f600", ""])
def test_every_other_text_is_taken(text: str) -> None:
    make_sure_of(told(holder=text), Answer)


@pytest.mark.parametrize(
    ("amount", "taken"),
    [
        ("0", True),
        ("9999999999999999", True),
        ("-9999999999999999", True),
        ("10000000000000000", False),
        ("1E+15", True),
        ("1E+16", False),
        ("0E+16", True),
        ("0E+17", False),
        ("0.000001", True),
        ("0.0000001", False),
        ("NaN", False),
        ("Infinity", False),
    ],
)
def test_an_amount_has_so_many_digits_and_places(amount: str, *, taken: bool) -> None:
    answer = told(lines=(replace(LINE, quantity=Quantity(value=Decimal(amount), unit="KGM")),))
    if taken:
        make_sure_of(answer, Answer)
        return
    with pytest.raises(UnreadableValue, match=r"^answer.certificate.lines.quantity.value: "):
        make_sure_of(answer, Answer)
