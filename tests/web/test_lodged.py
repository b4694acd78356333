"""All declarations by the day of their receipt: where an auditor begins."""

import csv
import io
from collections.abc import Callable

from tests.builders.fish_case import Lodger, declared, goods
from tests.builders.running import Served
from tests.builders.visitor import Visitor, demo_person

LIST = "/console/declarations"


def lodged(demonstration: Served, lrn: str) -> str:
    item = goods(1, "0303632000", "Cod", "10", (("N853", "CHEDP.FR.2026.0000005"),))
    return Lodger(url=demonstration.url).lodged(declared(lrn, [item], mrn=None))


def test_an_auditor_begins_at_all_declarations_with_days_and_export(
    demonstration: Served, signed_in: Callable[..., Visitor]
) -> None:
    record_id = lodged(demonstration, "LODGED-1")
    auditor = signed_in("auditor")
    assert auditor.get("/console").url.path == LIST
    assert auditor.heading() == "All declarations"
    links = auditor.page.xpath("//table//a/@href")
    assert f"{LIST}/{record_id}" in links
    export = auditor.get(f"{LIST}/{record_id}/export")
    assert (export.status_code, f"{LIST}/{record_id}/export" in links) == (200, True)
    assert auditor.page.xpath("//nav[@class='sw-nav']//a[@aria-current]/@href") == [LIST]
    # What is held is asked for by all turns: they have none.
    auditor.get("/console/queue")
    assert auditor.page.xpath("//ul[@class='sw-tabs']//a[@aria-current]/text()")[0].strip() == "All held"
    assert auditor.page.xpath("//input[@type='checkbox']") == []


def test_the_list_is_searched_by_days_office_and_declarant_and_is_a_file(
    demonstration: Served, signed_in: Callable[..., Visitor]
) -> None:
    lodged(demonstration, "LODGED-2")
    auditor = signed_in("auditor")
    auditor.get(f"{LIST}?since=2020-01-01&until=2020-01-31")
    assert "No declaration that is searched for was received on these days." in auditor.text()
    auditor.get(f"{LIST}?office=FR009999")
    assert auditor.page.xpath("//tbody/tr") == []
    auditor.get(f"{LIST}?office=FR001260&declarant=FR12345678901234")
    assert "LODGED-2" in auditor.text()
    (file,) = auditor.page.xpath("//a[@download and contains(@href, '.csv')]/@href")
    rows = list(csv.reader(io.StringIO(auditor.get(file).text.removeprefix("\ufeff"))))
    assert rows[0] == ["Received", "MRN", "LRN", "Declarant (EORI)", "Office", "State"]
    assert any("LODGED-2" in row for row in rows)
    for fault in ("since=x", "since=2026-01-02&until=2026-01-01", "colour=red", f"office={'x' * 200}"):
        assert auditor.get(f"{LIST}?{fault}").status_code == 422, fault


def test_an_officer_begins_at_the_day_and_finds_the_list_too(demonstration: Served) -> None:
    lodged(demonstration, "LODGED-3")
    officer = demo_person(demonstration.url)
    assert officer.get("/console").url.path == "/console/today"
    assert officer.get(LIST).status_code == 200
    assert "LODGED-3" in officer.text()


def test_an_operator_begins_at_authorities_and_has_no_list(signed_in: Callable[..., Visitor]) -> None:
    operator = signed_in("operator")
    assert operator.get("/console").url.path == "/console/authorities"
    assert operator.get(LIST).status_code == 403
    assert operator.page.xpath("//nav[@class='sw-nav']//a/@href")
