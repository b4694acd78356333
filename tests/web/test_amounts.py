"""Amounts as they are typed: each language by its own signs, and nothing that can be read in two ways."""

from decimal import Decimal

import pytest

from gateway.web.amounts import AmountFault, TwofoldAmount, amount_of, written


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [
        ("en", "1,000", "1000"),
        ("en", "1,800.5", "1800.5"),
        ("en", "1800.5", "1800.5"),
        ("en", "1 800.5", "1800.5"),
        ("en", "0.125", "0.125"),
        ("en", "1.2500", "1.25"),
        ("de", "1.000", "1000"),
        ("de", "1.800,5", "1800.5"),
        ("de", "1800,5", "1800.5"),
        ("fr", "1 800,5", "1800.5"),
        ("fr", "1\u202f800,5", "1800.5"),
        ("fr", "1\u00a0800,5", "1800.5"),
        ("fr", "1000", "1000"),
    ],
)
def test_an_amount_is_read_by_the_language_of_its_page(language: str, text: str, amount: str) -> None:
    assert amount_of(text, language) == Decimal(amount)


@pytest.mark.parametrize(
    ("language", "text", "both"),
    [
        ("en", "1.000", ("1", "1,000")),
        ("en", "1.250", ("1.25", "1,250")),
        ("de", "1,000", ("1", "1.000")),
        ("fr", "1,125", ("1,1250", "1\u202f125")),
        ("fr", "1.000", ("1", "1\u202f000")),
    ],
)
def test_what_can_be_read_in_two_ways_is_none(language: str, text: str, both: tuple[str, str]) -> None:
    with pytest.raises(TwofoldAmount) as refused:
        amount_of(text, language)
    assert (refused.value.one, refused.value.other) == both
    for one in both:
        amount_of(one, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("en", one) for one in ("", "1.800,5", "1,5", "10,00", "1,2.3", "0", "-1", "+1", "1e3", "NaN", "1.1234567")),
        *(("en", one) for one in ("\u0661", "1" * 17, "1" * 5_000)),
        *(("de", one) for one in ("1,800.5", "1800.5", "10.00")),
        *(("fr", one) for one in ("1,800.5", "1.800,5", "10 00")),
    ],
)
def test_what_is_no_amount_is_none(language: str, text: str) -> None:
    with pytest.raises(AmountFault):
        amount_of(text, language)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_what_is_written_into_a_field_is_read_as_the_same(language: str) -> None:
    for amount in ("1", "1.125", "1800.5", "0.125", "999997600", "0.000001", "3000", "123.456", "1234.567"):
        assert amount_of(written(Decimal(amount), language), language) == Decimal(amount)
