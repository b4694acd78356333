"""Streams of pages: they tell what is newer than the page, to whoever may read it still, and keep no session alive."""

import re
from contextlib import ExitStack
from itertools import cycle

import psycopg
import pytest

from tests.builders.fish_case import CATCH, Cases, declared, goods
from tests.builders.issuer import PublishedKeys
from tests.builders.live_pages import live, live_address, told
from tests.builders.running import Served, declaration, settled, until
from tests.builders.visitor import CONSOLE, Visitor, demo_person

OF_ONE = 20
"""Streams that one person may have open (`streams_of_one`)."""
PLENTIFUL = "CHEDP.FR.2026.0000005"


def held(cases: Cases, lrn: str) -> str:
    item = goods(1, "0303632000", "Cod", "300", (("N853", PLENTIFUL), ("C673", CATCH)))
    return cases.lodger.lodged(declared(lrn, [item], mrn=None))


def refused(cases: Cases, lrn: str) -> str:
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"])
    cases.lodger.decided(record_id, 1)
    return record_id


def case(record_id: str) -> str:
    return f"/console/declarations/{record_id}"


def test_an_open_case_is_told_of_what_is_newer_and_again_only_if_it_was_not(cases: Cases, officer: Visitor) -> None:
    record_id = refused(cases, "LIVE-CASE")
    officer.get(case(record_id))
    with live(officer) as events:
        assert next(events).text == "", "the page shows what stands"
        cases.lodger.called("POST", f"/{record_id}/confirmation", {})
        first = told(events)
        assert "Something happened since this page was loaded" in first.text
        assert f'href="{case(record_id)}"' in first.text
        assert "script" not in first.text
    with live(officer, last=first.id) as events:
        assert next(events).text == "", "nothing is told, or said aloud, twice"
    for query in ("", "?version=1", "?decision=1"):
        officer.get(f"{case(record_id)}{query}")
        with live(officer) as events:
            assert next(events).text == ""


def test_an_earlier_decision_says_so_in_its_own_strip_alone(cases: Cases, officer: Visitor) -> None:
    officer.get(f"{case(cases.fish)}?decision=1")
    assert "below stands" in officer.text() or "Show" in officer.text()
    with live(officer) as events:
        assert next(events).text == ""


def test_asking_and_answering_for_a_second_person_reaches_an_open_case(cases: Cases, officer: Visitor) -> None:
    record_id = refused(cases, "LIVE-SECOND")
    officer.get(case(record_id))
    other = demo_person(cases.gateway.url, "second-officer")
    other.get(case(record_id))
    with live(officer) as events, live(other) as others:
        assert (next(events).text, next(others).text) == ("", "")
        officer.get(f"{case(record_id)}/override")
        answer = officer.post(f"{case(record_id)}/override", what="all", reason="perishable")
        assert answer.url.path.startswith("/console/approvals/")
        assert "Something happened" in told(events).text
        asked = told(others)
        assert "Something happened" in asked.text
        assert 'class="sw-count"' in asked.text, "the menu of whoever may answer counts it"
        other.get(answer.url.path)
        assert other.post(answer.url.path, approve="false", reason="not today").status_code == 200
        assert "Something happened" in told(events).text


def without_ages(text: str) -> str:
    """What an event says, but for how long ago a row's declaration was held: a minute may have passed since the page."""
    return re.sub(r'<hx-partial hx-target="#age-[^"]*"[^>]*>[^<]*</hx-partial>\s*', "", text)


def test_an_open_queue_is_told_of_what_is_newer_changed_and_gone(cases: Cases, officer: Visitor) -> None:
    record_id = refused(cases, "LIVE-QUEUE")
    officer.get("/console/queue?turn=officer&rows=50")
    ids = [one.get("id") for one in officer.page.iterfind(".//tbody/tr")]
    assert f"row-{record_id}" in ids
    with live(officer) as events:
        assert without_ages(next(events).text) == ""
        newer = refused(cases, "LIVE-NEWER")
        first = told(events)
        while "1 newer." not in first.text:
            first = told(events)
        assert newer not in first.text, "no row is inserted"
        cases.lodger.called("POST", f"/{record_id}/invalidation", {})
        second = told(events)
        while "sw-left" not in second.text:
            second = told(events)
        assert "1 newer, 1 changed." in second.text
        assert f"#turn-{record_id}" in second.text
        assert f"#row-{record_id}" not in second.text
    with live(officer, last=second.id) as events:
        assert without_ages(next(events).text) == ""
    with live(officer) as events:
        assert "1 newer, 1 changed." in told(events).text, "whoever has nothing is told all"


def test_open_notices_are_told_how_many_came_since(cases: Cases, officer: Visitor) -> None:
    officer.get("/console/notices")
    with live(officer) as events:
        assert next(events).text == ""
        record_id = refused(cases, "LIVE-NOTICE")
        first = told(events)
        assert "1 newer." in first.text
        assert record_id not in first.text
    with live(officer, last=first.id) as events:
        assert next(events).text == ""


def test_streams_have_no_other_parameters_and_no_other_readers(cases: Cases, officer: Visitor) -> None:
    record_id = held(cases, "LIVE-WHOSE")
    officer.get(case(record_id))
    address = live_address(officer)
    trader, nobody = demo_person(cases.gateway.url, "trader"), Visitor(cases.gateway.url)
    for somebody in (trader, nobody):
        answer = somebody.get(address, follow=False)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "text/plain; charset=utf-8")
        assert "set-cookie" not in answer.headers
    assert officer.get(f"{case('00000000-0000-0000-0000-000000000001')}/live", follow=False).status_code == 404
    for wrong in (f"{address}&colour=red", f"{case(record_id)}/live?version=x", "/console/queue/live?shown=x"):
        assert officer.get(wrong, follow=False).status_code == 422


def test_one_person_has_a_share_of_the_streams_wherever_they_are_open(cases: Cases) -> None:
    officer = demo_person(cases.gateway.url, "second-officer")
    officer.get(case(held(cases, "LIVE-MANY")))
    address = live_address(officer)
    with ExitStack() as open_ones:
        for _ in range(OF_ONE):
            next(open_ones.enter_context(live(officer, address=address)))
        answer = officer.get(address, follow=False)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert officer.get("/console/queue", follow=False).status_code == 200

    def opens() -> bool | None:
        try:
            with live(officer, address=address) as events:
                return next(events) is not None
        except AssertionError:
            return None

    until(opens, "a stream that is closed leaves its share")


@pytest.fixture
def person(gateway: Served, issuer: PublishedKeys) -> Visitor:
    """An officer whom an issuer proved."""
    visitor = Visitor(gateway.url)
    visitor.get("/sign-in/customs")
    visitor.get("/console/queue?turn=all")
    return visitor


def lodged(demonstration: Served, lrn: str) -> str:
    """Has a declaration decided at another replica."""
    with demonstration.client() as client:
        record_id = str(client.lodge(declaration("01", lrn), "application/xml", wait_s=20).body["id"])
        settled(client, record_id)
    return record_id


def test_a_stream_ends_with_the_session_and_is_refused_before_it_begins(demonstration: Served, person: Visitor) -> None:
    with live(person) as events:
        next(events)
        elsewhere = Visitor(person.url, cookies=dict(person.cookies))
        elsewhere.get("/sign-out?room=console")
        elsewhere.post("/sign-out")
        lrn = "LIVE-ENDED"
        lodged(demonstration, lrn)
        assert all(lrn not in one.text and not one.text for one in events), "it ends, and says nothing"
    assert person.get(live_address(person), follow=False).status_code == 401
    assert CONSOLE in person.cookies, "what was typed beside is found by it"


def test_an_open_page_keeps_no_session_alive(demonstration: Served, person: Visitor, web_database: str) -> None:
    with psycopg.connect(web_database, autocommit=True) as connection:
        connection.execute("UPDATE session SET used_at = now() - interval '20 minutes' WHERE ended_at IS NULL")
        with live(person) as events:
            next(events)
            lodged(demonstration, "LIVE-IDLE")
            told(events)
            (used,) = connection.execute(
                "SELECT bool_and(used_at < now() - interval '19 minutes') FROM session WHERE ended_at IS NULL"
            ).fetchone() or (None,)
            assert used, "nobody did anything in it"
            connection.execute("UPDATE session SET used_at = now() - interval '1 day' WHERE ended_at IS NULL")
            lodged(demonstration, "LIVE-IDLE-2")
            assert all(not one.text or "LIVE" not in one.text for one in events), "its idle end is its end"


def test_a_stream_goes_on_at_another_replica(person: Visitor, demonstration: Served, web_database: str) -> None:
    with live(person) as events:
        next(events)
        lodged(demonstration, "LIVE-MOVES")
        first = told(events)
        assert "1 newer" in first.text
    officer = demo_person(demonstration.url)
    address, said = live_address(person), [first.id]
    processes = cycle(((officer, demonstration.url), (person, person.url)))

    def nothing_is_new() -> bool:
        """The very address at another process says the same, and so nothing; unless something has changed meanwhile."""
        visitor, url = next(processes)
        with live(visitor, address=address, last=said[-1], url=url) as events:
            event = next(events)
        said.append(event.id or said[-1])
        # A row's age may be another one by now: that is no news.
        return "#sw-news" not in event.text

    until(nothing_is_new, "what one process has said is said by the other, too")
