"""What officers and auditors of some customs offices find and do: another office's declaration is not there for them."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from gateway.access import OFFICE_REACH, Call, OfficeReach
from gateway.domain.mrn import with_check_character
from tests.api.lodging import INTERVENTION, NUMBERS, WAIT, XML, is_problem, lodge
from tests.api.routes.two_persons import override, refused
from tests.builders.door import Door
from tests.builders.running import declaration

NOWHERE = "00000000-0000-4000-8000-00000000ffff"

ABOUT: dict[Call, Callable[[httpx.Client, str], httpx.Response]] = {
    Call.READ: lambda c, h: c.get(h),
    Call.ACCEPT: lambda c, h: c.post(f"{h}/acceptance", json={"mrn": with_check_character("26FR0000000000000"), "accepted_at": "2026-11-01T00:00:00Z"}),
    Call.INVALIDATE: lambda c, h: c.post(f"{h}/invalidation", json={}),
    Call.CONTROL: lambda c, h: c.post(f"{h}/control", json={"announced": True}),
    Call.RELEASE: lambda c, h: c.post(f"{h}/release", json={}),
    Call.OVERRIDE: lambda c, h: c.post(f"{h}/release", json={"override": {"reason": "x"}}),
    Call.INTERVENE: lambda c, h: c.post(f"{h}/interventions", json=INTERVENTION),
    Call.EXPORT: lambda c, h: c.get(f"{h}/export"),
    Call.MOVEMENTS: lambda c, h: c.get(f"{h}/movements"),
    Call.VERIFY_DOCUMENT: lambda c, h: c.post(f"{h}/documents/N853/verification?reference=x", json={"outcome": "valid", "means": "paper", "reason": "x"}),
    Call.CONFIRM: lambda c, h: c.post(f"{h}/confirmation", json={}),
    Call.EVENTS: lambda c, h: c.get(f"{h}/events"),
    Call.EVIDENCE: lambda c, h: c.get(f"{h}/evidence"),
    Call.READINGS: lambda c, h: c.get(f"{h}/readings"),
    Call.TAKE_CASE: lambda c, h: c.get(f"{h}/owner"),
    Call.EXPLANATION: lambda c, h: c.get(f"{h}/explanation"),
    Call.ORDER_CONTROL: lambda c, h: c.post(f"{h}/controls", json={"types": ["40"]}),
    Call.SUSPEND: lambda c, h: c.post(f"{h}/suspensions", json={"regime": "product_safety", "stated": {"ground": "26_1_a"}}),
    Call.SUSPENSION_WORD: lambda c, h: c.post(f"{h}/suspensions/1/words", json={"word": "maintain"}),
    Call.SUSPENSION_DUTY: lambda c, h: c.post(f"{h}/suspensions/1/duties/fate", json={}),
    Call.ASSESS: lambda c, h: c.post(f"{h}/assessment", json={}),
}  # fmt: skip
"""Each call about one declaration that officers may make."""
LISTS = {
    Call.READ: "/v1/declarations",
    Call.ACTS: "/v1/acts",
    Call.APPROVALS: "/v1/approvals?state=all",
    Call.APPLICATIONS: "/v1/applications",
    Call.NOTICES: "/v1/notices",
}
ELSEWHERE = {Call.APPLICATIONS, Call.DECIDE_APPLICATION, Call.APPROVALS, Call.APPROVE, Call.WITHDRAW_APPROVAL, Call.WITHDRAW_APPLICATION, Call.ACTS, Call.NOTICES, Call.CONTINGENCIES, Call.WEBHOOKS, Call.SUSPENSIONS, Call.CONTROLS, Call.WAIVE_CONTROL, Call.SURVEILLANCE, Call.FIGURES}  # fmt: skip
"""Calls about lists, and about what stands in them."""


@pytest.fixture(scope="module")
def lodged(door: Door) -> dict[str, Any]:
    """A refused declaration of the samples' office, of which an override waits."""
    found = refused(door)
    found["approval"] = override(door["officer here"], found).headers["location"]
    return found


def test_the_table_covers_every_call(door: Door) -> None:
    assert set(OFFICE_REACH) == set(Call)
    assert {call for call, reach in OFFICE_REACH.items() if reach is OfficeReach.OWN} == ABOUT.keys() | ELSEWHERE


@pytest.mark.parametrize("call", list(ABOUT))
@pytest.mark.parametrize("caller", ["officer there", "auditor there"])
def test_anothers_offices_declaration_looks_as_if_it_were_not_there(
    door: Door, lodged: dict[str, Any], call: Call, caller: str
) -> None:
    there, absent = (
        ABOUT[call](door[caller], here) for here in (lodged["links"]["self"], f"/v1/declarations/{NOWHERE}")
    )
    assert there.status_code in {403, 404}, there.text
    assert (there.status_code, there.json()) == (absent.status_code, absent.json())


def test_ones_own_offices_declaration_is_there(door: Door, lodged: dict[str, Any]) -> None:
    for call in (Call.READ, Call.EVENTS, Call.MOVEMENTS, Call.EXPLANATION, Call.EVIDENCE, Call.EXPORT):
        assert ABOUT[call](door["officer here"], lodged["links"]["self"]).status_code == 200


@pytest.mark.parametrize("path", LISTS.values())
def test_lists_leave_others_offices_out(door: Door, lodged: dict[str, Any], path: str) -> None:
    # What is about no declaration, as an order to open a window, is everybody's.
    about_none = [one for one in door["officer"].get(path).json()["items"] if one.get("declaration", one) is None]
    assert door["officer there"].get(path).json()["items"] == about_none
    everybodys, own = (door[caller].get(path).json()["items"] for caller in ("officer", "officer here"))
    assert own == everybodys


@pytest.fixture(scope="module")
def of_offices(door: Door) -> dict[str, str]:
    """Held declarations by where they are lodged, and where the goods are presented; of one certificate."""
    return {name: _held_at(door, *offices) for name, offices in CLEARANCES.items()}


CLEARANCES = {"here": ("FR001260", None), "there": ("FR009999", None), "both": ("FR001260", "FR009999")}
CERTIFICATE = "CHEDP.FR.2026.9700777"


def _held_at(door: Door, office: str, presentation: str | None) -> str:
    raw = declaration("01", f"OFFICES-{next(NUMBERS):04d}").replace(b"CHEDP.FR.2026.0000001", CERTIFICATE.encode())
    offices = f"<referenceNumber>{office}</referenceNumber>\n  </CustomsOffice>"
    if presentation is not None:
        offices += f"<CustomsOfficeOfPresentation><referenceNumber>{presentation}</referenceNumber></CustomsOfficeOfPresentation>"
    raw = raw.replace(b"<referenceNumber>FR001260</referenceNumber>\n  </CustomsOffice>", offices.encode())
    answer = door["customs"].post("/v1/declarations", content=raw, headers={**XML, **WAIT})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


SEEN = {
    "officer here": {"here", "both"},
    "officer there": {"there", "both"},
    "auditor there": {"there", "both"},
    "officer": set(CLEARANCES),
}
"""By who reads: officers of several offices, of one, and of all."""


@pytest.mark.parametrize("who", SEEN)
def test_a_list_has_the_declarations_of_the_callers_offices_alone(
    door: Door, of_offices: dict[str, str], who: str
) -> None:
    names = {record: name for name, record in of_offices.items()}
    client = door[who]
    asked: dict[str, Any] = {"document": CERTIFICATE, "view": "row", "limit": 1}
    for order in ("received", "held_since"):
        found: list[str] = []
        page = client.get("/v1/declarations", params={**asked, "order": order}).json()
        summary = page["summary"]
        while True:
            found += [names[row["id"]] for row in page["items"]]
            if page["next"] is None:
                break
            page = client.get("/v1/declarations", params={**asked, "order": order, "cursor": page["next"]}).json()
            assert page["items"], "no page is short because of what is elsewhere"
        assert sorted(found) == sorted(SEEN[who])
        assert summary["held"] == len(found)
        assert sum(one["declarations"] for one in summary["offices"]) == len(found)
        assert sum(summary["turns"].values()) == len(found)


@pytest.mark.parametrize("who", ["officer here", "officer there", "officer"])
def test_who_draws_on_a_certificate_is_told_for_both_offices(door: Door, of_offices: dict[str, str], who: str) -> None:
    found = door[who].get(f"/v1/documents/N853/{CERTIFICATE}/declarations").json()
    assert {one["declaration"] for one in found["items"]} <= {of_offices[name] for name in SEEN[who]}
    assert found["other_offices"] == len(CLEARANCES) - len(SEEN[who])


def test_a_page_of_notices_is_not_short_because_of_what_is_elsewhere(door: Door, of_offices: dict[str, str]) -> None:
    begin: dict[str, Any] = {"limit": 1, "kind": "decided"}
    seen, after = set(), "0"
    while True:
        page = door["officer there"].get("/v1/notices", params={**begin, "after": after}).json()
        seen |= {one["declaration"] for one in page["items"]}
        after = page["next"]
        if not page["more"]:
            break
        assert len(page["items"]) == 1
    assert {of_offices["there"], of_offices["both"]} <= seen
    assert of_offices["here"] not in seen


def test_of_what_names_no_office_and_of_what_is_erased_only_who_sees_all_reads_in_a_list(
    door: Door, of_offices: dict[str, str], api_database: str
) -> None:
    gone = _held_at(door, "FR009999", None)
    with psycopg.connect(api_database, autocommit=True) as connection:
        connection.execute("UPDATE declaration SET office = NULL WHERE id = %s", (gone,))
        connection.execute("UPDATE declaration_version SET model = NULL WHERE declaration_id = %s", (gone,))
        for who, is_there in (("officer there", False), ("officer here", False), ("officer", True)):
            rows = door[who].get("/v1/declarations", params={"view": "row", "limit": 200}).json()["items"]
            assert (gone in {row["id"] for row in rows}) is is_there
        connection.execute("UPDATE declaration SET ended = 'invalidated', held_since = NULL WHERE id = %s", (gone,))


def test_approvals_of_anothers_office_are_not_there(door: Door, lodged: dict[str, Any]) -> None:
    for client in (door["officer there"], door["auditor there"]):
        hidden, absent = (client.get(path) for path in (lodged["approval"], f"/v1/approvals/{NOWHERE}"))
        assert (hidden.status_code, hidden.json()) == (404, absent.json())
    hidden, absent = (door["officer there"].delete(path) for path in (lodged["approval"], f"/v1/approvals/{NOWHERE}"))
    assert (hidden.status_code, hidden.json()) == (404, absent.json())
    is_problem(door["officer there"].post(lodged["approval"], json={"approve": True}), 404, "SW-API-404")


def test_both_offices_of_a_centralised_clearance_count(door: Door, api_database: str) -> None:
    here = lodge(door["customs"]).json()["links"]["self"]
    record_id = here.rpartition("/")[2]
    assert door["officer there"].get(here).status_code == 404
    with psycopg.connect(api_database, autocommit=True) as connection:

        def declare(model: str | None) -> None:
            connection.execute(
                "UPDATE declaration_version SET model = %s WHERE declaration_id = %s", (model, record_id)
            )

        row = connection.execute(
            "SELECT model FROM declaration_version WHERE declaration_id = %s", (record_id,)
        ).fetchone()
        assert row is not None
        declare(json.dumps({**json.loads(row[0]), "presentation_office": "FR009999"}))
        assert [door[name].get(here).status_code for name in ("officer there", "officer here")] == [200, 200]
        declare(None)
        assert [door[name].get(here).status_code for name in ("officer here", "officer")] == [404, 200], (
            "of what is erased nobody knows the office"
        )
        declare(row[0])
