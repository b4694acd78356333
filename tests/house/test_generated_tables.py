"""The tables in the docs are those of the code."""

import json
import re

import pytest

from tests.builders.places import CASES, ROOT
from tests.builders.story import STORIES
from tests.house import authorities_page, contract_page
from tests.house.generated import CHAPTER, DELIVERED, TABLES, between, delivered_list


@pytest.mark.parametrize(("page", "name"), [one for one in TABLES if one[1] != CHAPTER])
def test_table_is_the_code_s(page: str, name: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert between(text, name)[2] == TABLES[page, name](), "write it anew: python -m tests.house.generated"


def test_what_golden_cases_find_about_an_authority_s_documents_stands_in_its_section() -> None:
    told = {
        kind: {code for group in ("of every document", *groups) for code in authorities_page.codes_of(group)}
        for one in authorities_page.formalities()
        for groups in (authorities_page.groups_of(one),)
        for kind in one.said["document_types"]
    }
    missing = set()
    for story in STORIES:
        for finding in json.loads((CASES / story / "expected.json").read_bytes())["findings"]:
            kind = (finding["document"] or {}).get("type")
            if kind in told and finding["code"] not in told[kind]:
                missing.add((kind, finding["code"], story))
    assert missing == set()


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
