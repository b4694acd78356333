"""What officers and auditors of some customs offices find and do: another office's declaration is not there for them."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from gateway.access import OFFICE_REACH, Call, OfficeReach
from gateway.domain.mrn import with_check_character
from tests.api.lodging import INTERVENTION, is_problem, lodge
from tests.api.routes.two_persons import override, refused
from tests.builders.door import Door

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
    Call.EXPLANATION: lambda c, h: c.get(f"{h}/explanation"),
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
ELSEWHERE = {Call.APPLICATIONS, Call.DECIDE_APPLICATION, Call.APPROVALS, Call.APPROVE, Call.WITHDRAW_APPROVAL, Call.WITHDRAW_APPLICATION, Call.ACTS, Call.NOTICES, Call.CONTINGENCIES}  # fmt: skip
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


def test_approvals_of_anothers_office_are_not_there(door: Door, lodged: dict[str, Any]) -> None:
    for client in (door["officer there"], door["auditor there"]):
        hidden, absent = (client.get(path) for path in (lodged["approval"], f"/v1/approvals/{NOWHERE}"))
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
