"""A contingency window in manual mode: one line of what stands against a case, and the list of what was decided inside by declaration.

The case that all tests share is decided inside, too, and stays so for minutes: this file is the last one of its folder.
"""

from collections.abc import Iterator

import pytest

from tests.builders.authority_pages import api
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor

DOCUMENTS = [("C673", f"CATCH.CC.NO.2026.08{number:05d}") for number in range(6)]


@pytest.fixture
def window(cases: Cases) -> Iterator[int]:
    """The number of a window that is open for CATCH."""
    order = {"adapter": "catch", "mode": "manual", "reason": "down", "officer": "Al", "second_officer": "Bo"}
    number = api(cases.gateway, "POST", "/v1/contingency", order)["number"]
    yield number
    api(cases.gateway, "POST", f"/v1/contingency/{number}/closing", {"reason": "over", "officer": "Cy"})


@pytest.fixture
def record_id(cases: Cases, window: int) -> str:
    """A declaration of six documents about which CATCH could not say anything."""
    cases.simulated.control("catch", "POST", "/faults", fault="down")
    items = [goods(number, "0303632000", "Cod", "10", (one,)) for number, one in enumerate(DOCUMENTS, 1)]
    try:
        return cases.lodger.lodged(declared("INSIDE", items, mrn=None))
    finally:
        cases.simulated.control("catch", "POST", "/faults", fault=None)


def test_a_document_that_an_officer_verifies_stands_in_one_line(
    cases: Cases, officer: Visitor, window: int, record_id: str
) -> None:
    officer.get(f"/console/declarations/{record_id}")
    lines = [" ".join(one.itertext()) for one in officer.page.xpath("//section[@aria-labelledby='verdict']/ol/li")]
    (line,) = [one for one in lines if "6 documents" in one]
    assert "Your turn" in line
    assert "Nobody" not in line
    # Why says all of it.
    assert "SW-DEC-030" in officer.text()

    officer.get(f"/console/contingency/{window}")
    (row,) = officer.page.xpath("//table/tbody/tr[th//a[contains(., 'INSIDE')]]")
    assert "6 documents" in row.text_content()
    links = [one.get("href") for one in row.iterfind("td//a")]
    assert len(links) == len(DOCUMENTS)
    assert all(one.startswith(f"/console/declarations/{record_id}/verify?type=C673") for one in links)
    assert officer.get(links[3]).status_code == 200
    assert officer.page.xpath("//option[@selected]/text()") == [f"C673 {DOCUMENTS[3][1]}"]
