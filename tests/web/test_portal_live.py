"""The stream of a trader's open declaration: what their projection changes by is told, and nothing else, not by a byte."""

from contextlib import ExitStack
from datetime import UTC, datetime
from urllib.parse import urlencode

import psycopg

from gateway.domain.mrn import with_check_character
from tests.builders.fish_case import SHORT, Cases, declared, goods
from tests.builders.held_alike import CAUSES, FOUR, alike, held_for_causes, hold_for
from tests.builders.live_pages import live, live_address, told
from tests.builders.running import declaration
from tests.builders.visitor import PORTAL, Visitor


def refused(cases: Cases, lrn: str) -> str:
    with cases.gateway.client() as client:
        record_id = str(client.lodge(declaration("03", lrn), "application/xml", wait_s=20).body["id"])
    cases.lodger.decided(record_id, 1)
    return record_id


def test_an_open_declaration_is_told_of_what_reads_otherwise_and_again_only_if_it_was_not(
    trader: Visitor, cases: Cases
) -> None:
    record_id = refused(cases, "PORTAL-LIVE")
    trader.get(f"/declarations/{record_id}")
    with live(trader) as events:
        assert next(events).text == "", "the page shows what stands"
        cases.lodger.called("POST", f"/{record_id}/confirmation", {})
        first = told(events)
        assert "Something changed since this page was loaded." in first.text
        assert f'href="/declarations/{record_id}"' in first.text
        assert "sw-waiting" not in first.text, "the portal has no such count"
    with live(trader, last=first.id) as events:
        assert next(events).text == "", "nothing is told twice"
    trader.get(f"/declarations/{record_id}")
    with live(trader) as events:
        assert next(events).text == ""
    # What a page in another language shows is compared with what it reads, whatever was chosen since.
    trader.get(f"/declarations/{record_id}?lang=de")
    address = live_address(trader)
    trader.get("/?lang=en")
    with live(trader, address=address) as events:
        assert next(events).text == ""


def test_news_are_said_aloud_with_the_news_and_at_no_later_change(trader: Visitor, cases: Cases) -> None:
    item = goods(1, "0303641000", "Frozen haddock", "10", (("N853", SHORT),))
    record_id = cases.lodger.lodged(declared("PORTAL-LIVE-SAID", [item], mrn=None))
    trader.get(f"/declarations/{record_id}")
    with live(trader) as events:
        next(events)
        mrn = with_check_character("26FR001260000932R")
        cases.lodger.called(
            "POST", f"/{record_id}/acceptance", {"mrn": mrn, "accepted_at": datetime.now(UTC).isoformat()}
        )
        assert 'hx-target="#sw-said"' in told(events).text
        body = declared("PORTAL-LIVE-SAID", [item | {"statisticalValue": "1.00"}], mrn=mrn, version=2)
        cases.lodger.called("POST", f"/{record_id}/amendments", body)
        first = told(events).text
        while "Version 2 is here" not in first:
            first = told(events).text
        assert 'hx-target="#sw-said"' in first, "a moment after the news before"


def test_a_new_version_is_told_with_its_number_and_an_earlier_one_has_no_stream(trader: Visitor, cases: Cases) -> None:
    trader.get(f"/declarations/{cases.fish}?version=1")
    assert trader.page.find(".//*[@id='sw-live']") is None
    trader.get(f"/declarations/{cases.fish}")
    behind = live_address(trader).replace("version=2", "version=1")
    with live(trader, address=behind) as events:
        assert "Version 2 is here; below stands version 1." in told(events).text
    fewer = live_address(trader).partition("&decision=")
    number, rest = fewer[2].split("&", 1)
    with live(trader, address=f"{fewer[0]}&decision={int(number) - 1}&{rest}") as events:
        said = told(events).text
        assert f"Decision {number} is made" in said
        assert f"Show decision {number}" in said


def test_four_causes_are_the_same_stream(trader: Visitor, cases: Cases) -> None:
    names = held_for_causes(cases, "ALIKE-LIVE")
    found: dict[str, list[str]] = {cause: [] for cause in names}
    with ExitStack() as opened, psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # decisions are append-only
        streams = {}
        for cause, one in names.items():
            trader.get(f"/declarations/{one['id']}")
            streams[cause] = opened.enter_context(live(trader))
            found[cause].append(next(streams[cause]).text)
        for cause, other in zip(FOUR, (*FOUR[1:], FOUR[0]), strict=True):
            # Another cause stands now, and every replica hears that the declaration changed.
            hold_for(connection, names[cause]["id"], CAUSES[other], {})
            connection.execute("SELECT pg_notify('gateway_declaration', %s)", (names[cause]["id"],))
        for cause, one in names.items():
            cases.lodger.called("POST", f"/{one['id']}/invalidation", {})
            found[cause].append(alike(next(streams[cause]).text, one))
    first = found[FOUR[0]]
    assert first[0] == ""
    assert "Something changed since this page was loaded." in first[1], "the first that was said is what they may know"
    assert {cause: said for cause, said in found.items() if said != first} == {}


def test_it_ends_with_the_session_and_is_nobody_elses(trader: Visitor, cases: Cases) -> None:
    record_id = refused(cases, "PORTAL-LIVE-ENDED")
    trader.get(f"/declarations/{record_id}")
    address = live_address(trader)
    officer, nobody = Visitor(cases.gateway.url), Visitor(cases.gateway.url)
    officer.get("/sign-in")
    officer.post("/sign-in/demo", person="first-officer")
    for somebody in (officer, nobody):
        assert somebody.get(address, follow=False).status_code == 401
    with live(trader) as events:
        next(events)
        elsewhere = Visitor(trader.url, cookies=dict(trader.cookies))
        elsewhere.get("/sign-out?room=portal")
        elsewhere.post("/sign-out")
        cases.lodger.called("POST", f"/{record_id}/confirmation", {})
        assert all(not one.text for one in events), "it ends, and says nothing"
    assert trader.get(address, follow=False).status_code == 401
    assert PORTAL in trader.cookies


def test_its_address_has_no_other_values(trader: Visitor, cases: Cases) -> None:
    given = {"version": "2", "decision": "1", "shown": "0" * 32}
    for name, value in (
        ("colour", "red"), ("version", "x"), ("version", "\u202e1"), ("decision", "99999"), ("decision", "-1"),
        ("shown", ""), ("shown", "<b>" + "0" * 29), ("shown", "x" * 10_000),
    ):  # fmt: skip
        answer = trader.get(f"/declarations/{cases.fish}/live?{urlencode({**given, name: value})}", follow=False)
        assert answer.status_code in {422, 414, 431}, (name, value)
