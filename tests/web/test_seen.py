"""What is new to a person since they were here: on a case, in lists and among alerts, from their own marks alone."""

import psycopg
import pytest

from tests.builders.authority_pages import api
from tests.builders.fish_case import SHORT, Cases, declared, goods
from tests.builders.visitor import Visitor, demo_person

LRN, MRN = "SEEN-1", "26FR001260000709R0"
CHANGED = "Changed since you were here"


def version(number: int) -> dict[str, object]:
    """The declaration as a version has it."""
    haddock = goods(1, "0303641000", "Frozen haddock", str(1_900 + number), (("N853", SHORT),))
    return declared(LRN, [haddock], mrn=MRN, version=number)


def news(visitor: Visitor) -> list[str]:
    """What stands on the page as new to its reader."""
    return [" ".join(one.text_content().split()) for one in visitor.page.xpath("//section[@aria-labelledby='new']//li")]


def row(visitor: Visitor, path: str, record_id: str) -> str:
    """What a list says of a declaration."""
    visitor.get(path)
    (found,) = visitor.page.xpath(f"//tr[.//a[contains(@href, '/declarations/{record_id}')]]")
    return str(found.text_content())


def test_whoever_comes_back_is_told_what_is_new(cases: Cases, trader: Visitor) -> None:
    record_id = cases.lodger.lodged(version(1))
    first, second = demo_person(cases.gateway.url, "first-officer"), demo_person(cases.gateway.url, "second-officer")
    mine, queue, own = (
        f"/console/declarations/{record_id}",
        "/console/queue?turn=all&order=newest",
        f"/declarations/{record_id}",
    )
    for visitor, page, listed in ((first, mine, queue), (trader, own, "/declarations")):
        assert CHANGED not in row(visitor, listed, record_id), "never opened"
        for _ in range(2):
            visitor.get(page)
            assert news(visitor) == []
        assert CHANGED not in row(visitor, listed, record_id), "opened, and as it was"
    cases.lodger.called("POST", f"/{record_id}/amendments", {"Declaration": version(2)})
    cases.lodger.decided(record_id, 2)
    for visitor, page, listed in ((first, mine, queue), (trader, own, "/declarations")):
        assert CHANGED in row(visitor, listed, record_id)
        # What does not show it as it stands now, or is paper, leaves the mark where it is.
        visitor.get(f"{page}?version=1")
        visitor.get(f"{page}?refreshed=1")
        visitor.get(page)
        told = news(visitor)
        assert told, "what happened meanwhile"
        assert len(told) < len(visitor.page.xpath("//ol[contains(@class, 'sw-trail')]//li")) / 2
        visitor.get(page)
        assert news(visitor) == []
        assert CHANGED not in row(visitor, listed, record_id)
    # Nobody else's marks: the second officer was never here.
    assert CHANGED not in row(second, queue, record_id)
    second.get(mine)
    assert news(second) == []
    # What customs does by itself is new to officers, and nothing at all to a trader.
    cases.lodger.called("POST", f"/{record_id}/assessment")
    trader.get(own)
    assert news(trader) == []
    assert CHANGED not in row(trader, "/declarations", record_id)
    with psycopg.connect(cases.database) as connection:
        marks = connection.execute(
            "SELECT person, shown FROM seen_mark WHERE declaration_id = %s", (record_id,)
        ).fetchall()
    assert len(marks) == 3
    assert {len(person) for person, _ in marks} == {32}


@pytest.fixture
def alert(cases: Cases) -> int:
    """The number of an alert about the declaration of the design."""
    with psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, eoris)"
            " SELECT 'alert', declaration_id, lrn, mrn, version, state, eoris FROM notice WHERE declaration_id = %s LIMIT 1",
            (cases.fish,),
        )

        # Notices are numbered when somebody reads them.
        api(cases.gateway, "GET", "/v1/notices?limit=1")
        found = connection.execute("SELECT max(number) FROM notice WHERE kind = 'alert'").fetchone()
    assert found is not None
    return int(found[0])


def test_an_alert_stays_on_top_until_its_reader_has_done_with_it(cases: Cases, alert: int) -> None:
    first, second = demo_person(cases.gateway.url, "first-officer"), demo_person(cases.gateway.url, "second-officer")
    seen = f"/console/notices/{alert}/seen"
    for visitor in (first, second):
        visitor.get("/console/notices")
        assert seen in visitor.page.xpath("//section[@aria-labelledby='alerts']//form/@action")
    assert first.post(seen).status_code == 200
    assert first.page.xpath(f"//form[@action='{seen}']") == []
    assert first.page.xpath("//section[@aria-labelledby='notices']//b"), "it stays below"
    second.get("/console/notices")
    assert seen in second.page.xpath("//form/@action")
    assert second.post("/console/notices/x/seen").status_code == 404
    second.get("/console/notices")
    assert second.post(seen, form_token="x").status_code == 403
