"""The tables in the docs are those of the code."""

import pytest

from tests.builders.places import ROOT
from tests.house.generated import DELIVERED, TABLES, between, delivered_list


@pytest.mark.parametrize(("page", "name"), TABLES)
def test_table_is_the_code_s(page: str, name: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert between(text, name)[2] == TABLES[page, name](), "write it anew: python -m tests.house.generated"


def test_the_list_of_what_is_delivered_is_of_these_files() -> None:
    assert DELIVERED.read_text(encoding="utf-8") == delivered_list(), "write it anew: python -m tests.house.generated"
