"""Control orders on pages: what is open at an office, and the forms by which controls are ordered and ended."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from gateway.domain.mrn import with_check_character
from tests.builders.browser import DESK, PHONE, faults_at, faults_of, led_on, opened, overflowing_if_spaced
from tests.builders.extent import part
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor

LIST = "/console/controls"
PLENTIFUL = "CHEDP.FR.2026.0000005"


def lodged(cases: Cases, number: int) -> str:
    """A declaration of two goods items that may be released."""
    items = [goods(one, "0402101900", "Milk powder", "1", (("N853", PLENTIFUL),)) for one in (1, 2)]
    return cases.lodger.lodged(declared(f"CTL-{number}", items, mrn=mrn_of(number)))


def mrn_of(number: int) -> str:
    return with_check_character(f"26FR00126000{number}R")


def ordered(cases: Cases, record_id: str, **more: object) -> dict[str, Any]:
    return cases.lodger.called("POST", f"/{record_id}/controls", {"types": ["40"], **more})


def orders(cases: Cases, record_id: str) -> list[dict[str, Any]]:
    url, params = f"{cases.gateway.url}/v1/controls", {"declaration": record_id, "ended": "true"}
    found: list[dict[str, Any]] = httpx.get(url, params=params, trust_env=False).json()["items"]
    return found


def faults(visitor: Visitor) -> list[str]:
    """The fields that are wrong, each of which stands on the page."""
    found = [str(one).removeprefix("#") for one in visitor.page.xpath("//div[@role='alert']//a/@href")]
    assert all(visitor.page.get_element_by_id(one) is not None for one in found)
    return found


def test_the_list_has_what_is_open_and_today_counts_it(officer: Visitor, cases: Cases) -> None:
    record_id = lodged(cases, 9801)
    ordered(cases, record_id, goods_items=[2], level="H")
    officer.get("/console/today")
    (figure,) = officer.page.xpath(f"//main//a[@href='{LIST}']")
    assert "Controls ordered" in figure.text_content()
    officer.get(f"/console/declarations/{record_id}")
    assert "A control is ordered" in officer.text()
    for language, words in (("en", "physical control"), ("de", "Beschau der Waren"), ("fr", "examen physique")):
        officer.get(f"{LIST}?lang={language}")
        rows = [[" ".join(one.text_content().split()) for one in row] for row in officer.page.xpath("//main//tbody/tr")]
        (row,) = [row for row in rows if row[0] == mrn_of(9801)]
        assert row[1:3] == [words, "2"]
    officer.get(f"{LIST}?lang=en")
    for path in (f"{LIST}?x=1", f"{LIST}?after=x"):
        assert officer.get(path).status_code == 422, path


def test_who_reads_no_orders_has_no_list(signed_in: Callable[[str], Visitor]) -> None:
    auditor, operator = signed_in("auditor"), signed_in("operator")
    assert auditor.get(LIST).status_code == 200
    assert operator.get(LIST).status_code == 403
    assert operator.page.xpath(f"//nav//a[@href='{LIST}']") == []


def test_a_control_is_ordered_appointed_found_and_settled_by_forms(officer: Visitor, cases: Cases) -> None:
    """What is missing is said beside the field; what two have to say waits."""
    record_id = lodged(cases, 9803)
    here = f"/console/declarations/{record_id}/controls"
    officer.get(here)
    assert "No control of this declaration was ever ordered." in officer.text()
    officer.get(f"{here}/new")
    assert officer.post(f"{here}/new", items="7").status_code == 422
    assert faults(officer) == ["type", "level", "items"]
    officer.post(f"{here}/new", type="40", level="H", items="1-2", words="as the engine says")
    (made,) = orders(cases, record_id)
    assert (made["goods_items"], made["level"], made["told"]) == ([1, 2], "H", False)
    one = f"{here}/{made['number']}"

    officer.get(f"{one}?act=appointed")
    assert officer.post(f"{one}?act=appointed", place="", time="x", told="no").status_code == 422
    assert faults(officer) == ["place", "time"]
    assert officer.post(f"{one}?act=appointed", place="Quay", time="2020-01-01T09:00", told="no").status_code == 422
    assert faults(officer) == ["act"]
    officer.post(f"{one}?act=appointed", place="Quay 4", time="2099-01-01T09:00", told="no")
    officer.get(f"{one}?act=result")
    officer.post(f"{one}?act=result", code="irregularity", items="2", told="no", words="other goods")
    officer.get(f"{one}?act=settled")
    assert "Two officers have to say so" in officer.text()
    officer.post(f"{one}?act=settled", code="corrected")
    (made,) = orders(cases, record_id)
    assert (made["state"], made["goods_items"], made["pending"]["act"]) == ("adverse", [2], "settled")
    officer.get(here)
    assert "Waits for a second officer: Settle what was found" in officer.text()
    officer.get(f"{one}?act=settled")
    assert officer.post(f"{one}?act=settled", code="corrected").status_code == 422
    assert officer.get(f"{one}?act=opened").status_code == 404
    assert officer.get(f"{here}/999999?act=result").status_code == 404


def test_what_was_amended_meanwhile_is_looked_at_again(officer: Visitor, cases: Cases) -> None:
    """The goods items of a form are those of the version that was read."""
    record_id = lodged(cases, 9804)
    here = f"/console/declarations/{record_id}/controls"
    officer.get(f"{here}/new")
    officer.post(f"{here}/new", type="40", level="H", items="1")
    (before,) = orders(cases, record_id)
    one = f"{here}/{before['number']}?act=scoped"
    officer.get(one)
    items = [goods(1, "0402101900", "Milk powder", "1", (("N853", PLENTIFUL),))]
    amended = {"Declaration": declared("CTL-9804", items, mrn=mrn_of(9804), version=2)}
    cases.lodger.called("POST", f"/{record_id}/amendments", amended)
    assert officer.post(one, items="1").status_code == 409
    (after,) = orders(cases, record_id)
    assert after == before


@pytest.mark.whole
@pytest.mark.browser
@pytest.mark.parametrize("width", part([PHONE, DESK], 2))
async def test_the_pages_can_be_used_by_everybody(chromium: Browser, cases: Cases, width: int) -> None:
    record_id = lodged(cases, 8_400 + width)
    number = ordered(cases, record_id)["number"]
    here = f"/console/declarations/{record_id}/controls"
    forms = [f"{here}/new", f"{here}/new?lang=de", *(f"{here}/{number}?act={one}&lang=fr" for one in ("appointed", "result", "waived"))]  # fmt: skip
    async with opened(chromium, viewport={"width": width, "height": 800}) as page:
        await page.goto(f"{cases.gateway.url}/sign-in")
        await led_on(page, page.get_by_role("button", name="Enter as first demo officer"))
        assert await faults_at(page, cases.gateway.url, [LIST, here, f"{here}?lang=de", *forms]) == []
        await page.goto(f"{cases.gateway.url}{LIST}?lang=de")
        assert await overflowing_if_spaced(page) <= 0, "a heading of one long word breaks"
        await page.goto(f"{cases.gateway.url}{here}/new?lang=en")
        await led_on(page, page.get_by_role("button", name="Order the control"))
        assert await page.locator("[role=alert]:focus").count() == 1, "what is wrong has the focus"
        assert await faults_of(page) == []
