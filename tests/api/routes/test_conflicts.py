"""Two who act on one case: the second is told what stands there, and what has changed since it was read."""

from typing import Any

import httpx

from tests.api.asking import Goods, application
from tests.api.lodging import WAIT, is_problem
from tests.api.routes.two_persons import override, refused, verify
from tests.builders.door import Door


def seen(found: dict[str, Any]) -> dict[str, Any]:
    """What somebody who read a declaration acts on."""
    decision = found["decision"]
    return {"version": found["version"], "decision": decision and decision["number"]}


def release(door: Door, goods: Goods, **more: Any) -> httpx.Response:
    return door["customs"].post(f"{goods.here}/release", json=more, headers=WAIT)


def test_the_second_officer_is_told_what_changed_and_nothing_is_done(door: Door) -> None:
    goods = Goods(door).lodged()
    read = goods.shown()
    verified = door["officer"].post(
        f"{goods.here}/documents/N853/verification",
        params={"reference": goods.certificate},
        json={"outcome": "not_found", "means": "paper", "reason": "no such paper", "seen": seen(read)},
        headers=WAIT,
    )
    assert verified.status_code == 200, verified.text
    trail = goods.kinds()
    late = is_problem(release(door, goods, seen=seen(read)), 409, "SW-API-605")
    before, now = late["seen"], late["stands"]
    assert (before["decision"], before["effect"]) == (read["decision"]["number"], "release")
    assert (now["decision"], now["effect"]) == (
        verified.json()["decision"]["number"],
        verified.json()["decision"]["effect"],
    )
    assert late["links"] == {"declaration": goods.here}
    assert goods.kinds() == trail, "nothing was done"
    assert goods.shown()["release"] is None


def test_whoever_read_what_stands_there_acts_and_acts_again(door: Door) -> None:
    goods = Goods(door).lodged()
    read = seen(goods.shown())
    assert release(door, goods, seen=read).status_code == 200
    amended = goods.amend("customs", net_mass="2300")
    assert amended.json()["version"] == 2, amended.text
    assert release(door, goods, seen=read).status_code == 200, "the same again is the same, whatever came since"
    late = door["customs"].post(f"{goods.here}/control", json={"announced": True, "seen": read})
    assert is_problem(late, 409, "SW-API-605")["stands"]["version"] == 2


def test_what_waits_for_a_second_officer_is_asked_for_on_what_stands_there(door: Door) -> None:
    lodged = refused(door)
    stale = {"version": 1, "decision": None}
    for late in (
        door["officer"].post(
            f"{lodged['links']['self']}/release", json={"override": {"reason": "perishable"}, "seen": stale}
        ),
        verify(door["officer"], lodged, seen=stale),
    ):
        is_problem(late, 409, "SW-API-605")
    assert verify(door["officer"], lodged, seen=seen(lodged)).status_code == 202


def test_a_trader_is_told_that_it_changed_and_not_to_what(door: Door) -> None:
    lodged = refused(door)
    answer = door["trader"].post(
        f"{lodged['links']['self']}/invalidation", json={"seen": {"version": 1, "decision": None}, "reason": "x"}
    )
    late = is_problem(answer, 409, "SW-API-605")
    assert (late["seen"]["effect"], late["stands"]["effect"]) == (None, None)
    assert "refuse" not in answer.text


def test_a_conflict_says_by_its_code_and_a_link_what_stands_there(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.invalidate("trader", reason="no use"))
    other = is_problem(goods.amend("trader"), 409, "SW-API-622")
    assert other["links"] == {"declaration": goods.here, "application": f"/v1/applications/{asked['id']}"}
    assert release(door, goods).status_code == 200
    gone = is_problem(release(door, goods, items=[{"goods_item": 1}]), 409, "SW-API-619")
    assert gone["links"] == {"declaration": goods.here}


def test_what_is_read_wrongly_is_no_state(door: Door) -> None:
    goods = Goods(door).lodged()
    for wrong in ({}, {"version": 0}, {"version": 1, "decision": 0}, {"version": "1.5"}, {"version": 1, "other": 1}, 1):
        is_problem(release(door, goods, seen=wrong), 422, "SW-API-422")


def test_an_order_that_was_taken_back_may_be_given_again(door: Door) -> None:
    lodged = refused(door)
    waits = override(door["officer"], lodged)
    here = waits.headers["location"]
    assert door["colleague"].delete(here).status_code == 403, "who did not ask rejects it"
    taken = door["other hand"].delete(here)
    assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn"), "it is the same person's"
    assert door["officer"].delete(here).json() == taken.json()
    is_problem(door["colleague"].post(here, json={"approve": True}), 409, "SW-API-603")
    assert "approval.ended" in [one["kind"] for one in door["officer"].get(lodged["links"]["events"]).json()["items"]]
    again = override(door["officer"], lodged)
    assert again.status_code == 202
    assert again.headers["location"] != here
    late = is_problem(door["officer"].delete(here + "x"), 404, "SW-API-404")
    assert "links" not in late


def test_approvals_are_listed_by_who_asked_and_unknown_filters_are_refused(door: Door) -> None:
    lodged = refused(door)
    one = override(door["officer"], lodged, reason="mine").json()["id"]

    def listed(who: str, **filters: str) -> set[str]:
        answer = door[who].get("/v1/approvals", params={"declaration": lodged["mrn"] or lodged["id"], **filters})
        assert answer.status_code == 200, answer.text
        return {found["id"] for found in answer.json()["items"]}

    assert listed("officer") == listed("officer", mine="true") == listed("other hand", mine="true") == {one}
    assert listed("colleague", mine="false") == {one}
    assert listed("colleague", mine="true") == listed("officer", mine="false") == set()
    assert listed("officer", declaration="26FR001260999999R2") == set()
    for path in ("/v1/approvals?stat=open", "/v1/applications?kinds=amendment"):
        is_problem(door["officer"].get(path), 422, "SW-API-422")


def test_an_application_is_withdrawn_by_a_party_that_may_make_such_ones(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.invalidate("direct", reason="no use"))
    here = asked["link"]
    assert door["importer"].delete(here).status_code == 403, "it is only named"
    assert door["stranger"].delete(here).status_code == 404
    assert door["officer"].delete(here).status_code == 403, "officers grant or refuse"
    withdrawn = door["trader"].delete(here)
    assert (withdrawn.status_code, withdrawn.json()["state"], withdrawn.json()["decision"]) == (200, "withdrawn", None)
    assert withdrawn.json()["withdrawn_at"] is not None
    assert door["direct"].delete(here).json() == withdrawn.json()
    late = is_problem(goods.decide("customs", asked["id"], grant=True), 409, "SW-API-623")
    assert late["links"]["application"] == here
    assert goods.kinds()[-1] == "application.withdrawn"
    kinds = door["trader"].get("/v1/applications", params={"declaration": goods.mrn, "kind": "invalidation"})
    assert [one["id"] for one in kinds.json()["items"]] == [asked["id"]]
    none = door["trader"].get("/v1/applications", params={"declaration": goods.mrn, "kind": "amendment"})
    assert none.json()["items"] == []

    granted = application(goods.invalidate("direct", reason="again"))
    assert goods.decide("customs", granted["id"], grant=False).status_code == 200
    is_problem(door["direct"].delete(granted["link"]), 409, "SW-API-623")


def test_the_number_of_a_release_and_the_right_to_be_heard_stand_in_the_trail(door: Door) -> None:
    goods = Goods(door).lodged()
    assert release(door, goods, reference="R-77").status_code == 200
    events = door["officer"].get(f"{goods.here}/events").json()["items"]
    assert [one["body"]["reference"] for one in events if one["kind"] == "release.received"] == ["R-77"]
    for heard in (True, False):
        lodged = refused(door)
        here = lodged["links"]["self"]
        said = {"heard": True} if heard else {}
        assert door["officer"].post(f"{here}/confirmation", json=said).status_code == 200
        events = door["officer"].get(f"{here}/events").json()["items"]
        (confirmed,) = [one["body"] for one in events if one["kind"] == "decision.confirmed"]
        assert confirmed.get("heard") is (True if heard else None)
