"""The tables in the docs are those of the code."""

import re

import pytest

from tests.builders.places import ROOT
from tests.house import contract_page
from tests.house.generated import CHAPTER, DELIVERED, TABLES, between, delivered_list


@pytest.mark.parametrize(("page", "name"), [one for one in TABLES if one[1] != CHAPTER])
def test_table_is_the_code_s(page: str, name: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert between(text, name)[2] == TABLES[page, name](), "write it anew: python -m tests.house.generated"


def test_the_list_of_what_is_delivered_is_of_these_files() -> None:
    assert DELIVERED.read_text(encoding="utf-8") == delivered_list(), "write it anew: python -m tests.house.generated"


def test_everything_that_partners_build_against_is_explained() -> None:
    assert contract_page.modules() == set(contract_page.SECTIONS)
    bare = [
        f"{module}.{one.name}"
        for module in contract_page.SECTIONS
        for one in contract_page.entries(module)
        if not one.text
    ]
    assert bare == [], "each needs a docstring: what it is, its unit or form, what an absent one means"


def test_what_raises_says_what() -> None:
    silent = [
        f"{module}.{name}"
        for module in contract_page.SECTIONS
        for name, raised, told in contract_page.raised(module)
        if not all(re.search(rf"\b{error}\b", told) for error in raised)
    ]
    assert silent == []
