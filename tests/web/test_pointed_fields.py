"""The fields that findings point at: by the numbers in their remedies, alike in every language."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.web.portal.pointed import fields_in, pointing

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


def cured_by_a_trader() -> Iterator[dict[str, Any]]:
    """The findings of all cases that the declaration has to be corrected for."""
    rows = [row for path in sorted(Path("config").rglob("*.toml")) for row in rules_of(path)]
    codes = {code for row in rows if row["nature"] == "correction" for code in row["codes"]}
    seen = set()
    for path in sorted(Path("tests/cases").glob("*/expected.json")):
        for one in json.loads(path.read_text("utf-8")).get("findings", ()):
            if one["code"] in codes and one["effect"] == "hold":
                seen.add(one["code"])
                yield one
    assert seen == codes, "every finding has a case"


def rules_of(path: Path) -> list[dict[str, Any]]:
    found = tomllib.loads(path.read_text("utf-8")).get("rule", [])
    return [row for row in found if "nature" in row] if isinstance(found, list) else []


def test_every_finding_that_a_trader_can_cure_is_cured_by_the_form() -> None:
    """By a field that it names, by a document that it is about or asks for, or by one of its goods item."""
    by_no_version = {
        # With the LRN the declarant's number names the declaration: another one is another declaration.
        ("SW-DEC-263", "13 05 017")
    }
    added = {("SW-DEC-227", "12 12"), ("SW-DEC-228", "12 12")}
    left = set()
    for one in cured_by_a_trader():
        words = pointing(one)
        numbers = re.findall(r"(?<![\d ])\d\d \d\d(?: \d{3})?(?![\d ])", words)
        nowhere = {(one["code"], number) for number in numbers if not fields_in(f"({number})", "")}
        names_code = re.search(r"\b[A-Z][A-Z0-9]\d\d\b", words) is not None
        is_of_one = one["document"] is not None or one["goods_item"] is not None
        if not (nowhere or names_code or is_of_one or fields_in(words, one["code"])):
            nowhere = {(one["code"], "")}
        left |= nowhere
    assert left - added == by_no_version


def test_a_quantity_and_its_unit_are_declared_together() -> None:
    assert fields_in("Declare the unit beside the quantity (12 03 005).", "") == {"unit", "quantity"}
    assert fields_in("the value in EUR (12 03 014 and 012).", "") == {"amount", "currency"}
    assert fields_in("goods with commodity code 0303 63 10 00 from 26FR001260000001R6", "") == frozenset()
