"""Rows about document codes and data elements that contradict each other are refused with their lines."""

from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationError
from tests.builders.layers import over

DATED = 'valid_from = 2026-01-01\nsource = "test"\n'


def place(*beginnings: str, elements: str = '["supporting_document"]') -> str:
    told = ", ".join(f'"{one}"' for one in beginnings)
    return f"[[code_element]]\nbeginnings = [{told}]\nelements = {elements}\n{DATED}"


def listed(*entries: str, code_list: str = "CL213", more: str = 'element = "supporting_document"\n') -> str:
    told = ", ".join(f'"{one}"' for one in entries)
    return f'[[listed_code]]\ncode_list = "{code_list}"\nentries = [{told}]\n{more}{DATED}'


@pytest.mark.parametrize(
    ("file", "text", "line", "says"),
    [
        ("document_elements", place("U9011"), 2, "beginnings: 'U9011' is no document code (an4), nor the beginning"),
        ("document_elements", place(), 2, "beginnings: at least one is needed"),
        ("document_elements", place("U", elements="[]"), 3, "elements: at least one is needed"),
        ("document_elements", place("U", elements='["12 03"]'), 3, "Invalid enum value '12 03'"),
        ("document_elements", place("U") + place("U"), 6, "code_element U is given already at"),
        (
            "document_elements",
            place("U", elements='["supporting_document", "supporting_document"]'),
            1,
            "names one data element twice",
        ),
        (
            "document_elements",
            f'[[undivided]]\nformats = ["native"]\nelements = ["supporting_document"]\nloosens = "test"\n{DATED}',
            1,
            "a single data element is divided from nothing",
        ),
        ("code_lists", listed("C999") + listed("C999"), 7, "listed_code CL213, C999 is given already at"),
        ("code_lists", listed("C99"), 1, "'C99' is no document code (an4)"),
        ("code_lists", listed("c999"), 3, "entries: 'c999' is no code of a list"),
        ("code_lists", listed("C999", code_list="213"), 2, "code_list: '213' is no number of a code list"),
        ("code_lists", listed("C999", more=""), 1, "the list CL213 is of another data element at"),
        ("code_lists", listed("Y999"), 1, "CL213: Y999 stands in supporting_document (12 03), and may not by"),
        ("code_lists", listed("C999", more="valid_to = 2025-01-01\n"), 4, "valid_to: lies before valid_from"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused(tmp_path: Path, file: str, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        over(tmp_path, **{file: text})
    assert any(
        fault.startswith(f"{tmp_path}/{file}.toml:{line}: ") and says in fault for fault in refused.value.faults
    ), refused.value.faults


def test_a_code_twice_for_one_element_and_day_with_other_classes_is_refused(tmp_path: Path) -> None:
    row = '[[class]]\nname = "{}"\ntypes = ["U901"]\nelement = "previous_document"\nlegal_basis = "test"\nloosens = "test"\n{}'
    with pytest.raises(ConfigurationError, match=r"9: class U901, previous_document is given already at .*:1"):
        over(tmp_path, document_classes=row.format("previous", DATED) + row.format("transport", DATED))
    over(tmp_path / "other", document_classes=row.format("previous", DATED))


def test_a_code_of_a_list_may_end_and_begin_again(tmp_path: Path) -> None:
    earlier = listed("C999").replace("2026-01-01", "2025-01-01\nvalid_to = 2025-06-30")
    assert over(tmp_path, code_lists=earlier + listed("C999")).loosenings == ()
