"""Quantities are written as people write them, in each language, and without changing a digit."""

import re
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.texts import plurals
from gateway.domain.texts.sentences import Texts
from tests.builders.story import catalogue, shipped

LANGUAGES = ("en", "de", "fr")
DECIMAL = {"en": ".", "de": ",", "fr": ","}


@cache
def texts(language: str) -> Texts:
    return catalogue().languages[language]


@pytest.mark.parametrize(
    ("amount", "unit", "written"),
    [
        ("500.001", "KGM", ("500.001 kg", "500,001 kg", "500,001 kg")),
        ("0.001", "TNE", ("0.001 t", "0,001 t", "0,001 t")),
        ("1234567.5", "KGM", ("1234567.5 kg", "1234567,5 kg", "1234567,5 kg")),
        ("20", "H87", ("20 pieces", "20 Stück", "20 pièces")),
        ("1", "NAR", ("1 piece", "1 Stück", "1 pièce")),
        ("0", "H87", ("0 pieces", "0 Stück", "0 pièce")),
        ("1.5", "LTR", ("1.5 litres", "1,5 Liter", "1,5 litre")),
        ("2", "LTR", ("2 litres", "2 Liter", "2 litres")),
        ("7", "EUR", ("7 EUR", "7 EUR", "7 EUR")),
        ("5", "EUR / KGM", ("5 EUR / kg", "5 EUR / kg", "5 EUR / kg")),
        ("0.5", "EUR / NAR", ("0.5 EUR / piece", "0,5 EUR / Stück", "0,5 EUR / pièce")),
        ("7", "XYZ", ("7 XYZ", "7 XYZ", "7 XYZ")),
        ("0.6 TNE = 600", "KGM", ("0.6 t = 600 kg", "0,6 t = 600 kg", "0,6 t = 600 kg")),
        ("1: 1 H87; 2: 0.35 TNE = 350", "KGM", ("1: 1 piece; 2: 0.35 t = 350 kg", "1: 1 Stück; 2: 0,35 t = 350 kg", "1: 1 pièce ; 2: 0,35 t = 350 kg")),
        ("1.333333…", "", ("1.333333…", "1,333333…", "1,333333…")),
        ("320 ≤ x < 470.001", "", ("320 ≤ x < 470.001", "320 ≤ x < 470,001", "320 ≤ x < 470,001")),
        ("-", "", ("-", "-", "-")),
        ("", "", ("", "", "")),
    ],
)  # fmt: skip
def test_a_quantity_is_written_as_people_write_it(amount: str, unit: str, written: tuple[str, ...]) -> None:
    assert tuple(texts(language).quantity(amount, unit) for language in LANGUAGES) == written


@given(value=st.decimals(min_value=0, max_value=10**15, places=6), unit=st.sampled_from(["KGM", "H87", "LTR", "DTN"]))
def test_no_digit_changes(value: Decimal, unit: str) -> None:
    for language in LANGUAGES:
        number, _, name = texts(language).quantity(f"{value:f}", unit).partition(" ")
        assert number == f"{value:f}".replace(".", DECIMAL[language])
        assert name
        assert unit not in name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_of_the_tables_has_a_name(language: str) -> None:
    for row in shipped().units:
        said = texts(language).quantity("5", row.word)
        assert not re.search(rf"\b{row.word}\b", said), said


@pytest.mark.parametrize(
    ("measured", "written"),
    [
        ("KGM / 18 02", ("kg / supplementary unit", "kg / besondere Maßeinheit", "kg / unité supplémentaire")),
        ("EUR / NAR", ("EUR / piece", "EUR / Stück", "EUR / pièce")),
        ("KGM", ("kg", "kg", "kg")),
        ("XYZ / DTN", ("XYZ / decitonne of 100 kg", "XYZ / Dezitonne zu 100 kg", "XYZ / décitonne de 100 kg")),
    ],
)
def test_a_rate_is_for_one_of_the_unit_behind_the_stroke(measured: str, written: tuple[str, ...]) -> None:
    params = {"commodity": "1001190000", "measure": "wheat", "measure_type": "482", "figure": "2.5", "thresholds": "-"}
    for language, said in zip(LANGUAGES, written, strict=True):
        message, _ = texts(language).rendered("SW-DEC-191", {**params, "measured": measured})
        assert f"2{DECIMAL[language]}5 {said}" in message


def test_a_number_and_the_unit_beside_it_agree() -> None:
    params = {"declared": "1", "verified": "0.5", "unit": "H87", "type": "C640", "reference": "R"}
    assert "is 1 piece;" in texts("en").rendered("SW-DEC-124", params)[0]
    assert "beträgt 1 Stück;" in texts("de").rendered("SW-DEC-124", params)[0]
    assert "0,5 pièce." in texts("fr").rendered("SW-DEC-124", params)[0]


def test_an_administration_s_sentence_may_put_any_parameter_before_a_unit() -> None:
    own = replace(texts("en").messages["SW-DEC-075"], message="{line} {unit}: {declared} {unit}, {available} {unit}.")
    params = {"line": "7", "unit": "H87", "declared": "1.5 TNE = 1500 KGM", "available": "", "compared": ""}
    said, _ = replace(texts("en"), messages={"SW-DEC-075": own}).rendered("SW-DEC-075", params)
    assert said.startswith("7 pieces: 1.5 t = 1500 kg ")


def test_what_was_stored_when_system_and_authority_were_one_reads_as_it_should() -> None:
    """Findings of before carry one name for both, and their quantities with codes."""
    stored = {"authority": "TRACES", "type": "N853", "reference": "CHEDP.FR.2026.0000001"}
    assert (
        texts("de")
        .rendered("SW-DEC-021", {**stored, "in_its_place": ""})[0]
        .startswith("Die Grenzkontrollstelle hat die Unterlage")
    )
    assert (
        texts("fr").rendered("SW-DEC-030", stored)[0].startswith("Il n’a pas été possible de joindre TRACES au sujet")
    )
    left = {**stored, "line": "1", "declared": "0.95 TNE = 950 KGM", "available": "500.001 KGM", "items": "1: 950 KGM"}
    left |= {"most": "at_most", "left": "500.001", "unit": "KGM"}
    message, remedy = texts("de").rendered("SW-DEC-070", left)
    assert message.endswith(
        "die angemeldete Menge 0,95 t = 950 kg (je Warenposition: 1: 950 kg) und die verbleibende 500,001 kg."
    )
    assert remedy.startswith("Melden Sie höchstens 500,001 kg an")


def test_a_reference_with_points_and_a_code_behind_it_stays() -> None:
    params = {"reference": "DU.FR.2026.1 KGM", "type": "X060", "system": "x", "authority": "x"}
    assert "DU.FR.2026.1 KGM" in texts("de").rendered("SW-DEC-030", params)[0]


@pytest.mark.parametrize(
    ("language", "numbers", "category"),
    [
        ("en", "1 1.0 1.000", "one"),
        ("en", "0 2 1.5", "other"),
        ("fr", "0 0.5 1 1.9", "one"),
        ("fr", "2 100", "other"),
        ("pl", "1", "one"),
        ("pl", "2 3 4 22 104", "few"),
        ("pl", "0 5 11 12 14 21 112", "many"),
        ("pl", "1.5", "other"),
        ("cs", "2 3 4", "few"),
        ("cs", "1.5", "many"),
        ("sl", "2 102", "two"),
        ("sl", "3 4 103 1.5", "few"),
        ("sl", "5 11 111", "other"),
        ("lv", "0 10 11 20", "zero"),
    ],
)
def test_numbers_take_the_forms_of_their_language(language: str, numbers: str, category: str) -> None:
    assert {plurals.category(Decimal(number), language) for number in numbers.split()} == {category}


def test_a_unit_is_called_by_the_form_of_its_number() -> None:
    words = {
        "unit": {"KGM": "kilograma"},
        "unit_one": {"KGM": "kilogram"},
        "unit_few": {"KGM": "kilogramy"},
        "unit_many": {"KGM": "kilogramów"},
    }
    polish = Texts(language="pl", messages={}, words=words)
    assert [polish.quantity(amount, "KGM") for amount in ("1", "3.0", "5", "1.5")] == [
        "1 kilogram", "3.0 kilogramy", "5 kilogramów", "1.5 kilograma",
    ]  # fmt: skip
    assert polish.quantity("7", "EUR / KGM") == "7 EUR / kilogram"
