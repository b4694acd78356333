"""The fields that findings point at: by the numbers in their remedies, alike in every language."""

import re
import tomllib
from pathlib import Path

import pytest

from gateway.web.portal.pointed import fields_in

MESSAGES = Path("config/messages")


def remedies(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("decisions", "records"):
        rows = tomllib.loads((MESSAGES / f"{name}.{language}.toml").read_text("utf-8"))["message"]
        found |= {row["code"]: row.get("remedy", "") for row in rows}
    return found


@pytest.mark.parametrize("language", ["de", "fr"])
def test_remedies_of_every_language_point_at_the_same_fields(language: str) -> None:
    told = remedies(language)
    for code, english in remedies("en").items():
        assert fields_in(told[code], code) == fields_in(english, code), code


def test_a_remedy_that_names_a_data_element_points_at_a_field_or_needs_a_file() -> None:
    by_file = {"12 01", "12 12"}
    for code, remedy in remedies("en").items():
        numbers = set(re.findall(r"\((\d\d \d\d)", remedy)) - by_file
        assert not numbers or fields_in(remedy, code), (code, remedy)


def test_a_quantity_and_its_unit_are_declared_together() -> None:
    assert fields_in("Declare the unit beside the quantity (12 03 005).", "") == {"unit", "quantity"}
    assert fields_in("the value in EUR (12 03 014 and 012).", "") == {"amount", "currency"}
    assert fields_in("goods with commodity code 0303 63 10 00 from 26FR001260000001R6", "") == frozenset()
