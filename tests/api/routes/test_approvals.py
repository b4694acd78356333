"""A second person is a second call: what needs two waits for it, and nobody is two people."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.lodging import WAIT
from tests.api.routes.two_persons import intervene, override, refused, verify
from tests.builders.door import Door, approve, keyed, opened
from tests.builders.extent import part
from tests.builders.running import Authorities, served

NAMES = (
    "Ann",
    "ann",
    " Ann ",
    "A nn",
    "Ann\u00a0",
    "A\u00a0nn",
    "Ann\u200b",
    "\u200bAnn",
    "A\u200dnn",
    "Ann\u2060",
    "Ann\ufeff",
    "\u0410nn",  # Cyrillic
    "\u0391nn",  # Greek
    "\uff21\uff4e\uff4e",  # full width
    "A\u0301nn",
    "\u00c1nn",
    "ANN",
    "Ann.",
    "Ben",
    "Inge Nious",
    "officer",
    "colleague",
)
"""Variants of one person's name, names of other people, invented ones: none of them is a second person's call."""
NUMBERS = count(1)

Order = Callable[[httpx.Client, dict[str, Any]], httpx.Response]


def open_window(client: httpx.Client, lodged: dict[str, Any], **more: Any) -> httpx.Response:
    said = {"adapter": "catch", "mode": "hold", "reason": f"outage of {lodged['lrn']}", **more}
    return client.post("/v1/contingency", json=said)


ORDERS: dict[str, Order] = {
    "override": override,
    "verification": verify,
    "intervention": intervene,
    "window": open_window,
}


@pytest.fixture(autouse=True)
def no_window_stays_open(door: Door) -> Iterator[None]:
    yield
    for window in door["officer"].get("/v1/contingency").json()["items"]:
        if window["in_force"]:
            door["officer"].post(f"/v1/contingency/{window['number']}/closing", json={"reason": "tested"})


def state_of(door: Door, lodged: dict[str, Any]) -> Any:
    """What could have moved: decision, release, movements, windows."""
    here = lodged["links"]["self"]
    shown = door["officer"].get(here).json()
    moved = door["officer"].get(f"{here}/movements").json()
    windows = [w["number"] for w in door["officer"].get("/v1/contingency").json()["items"] if w["in_force"]]
    return shown["decision"], shown["release"], shown["state"], moved, windows


def trail(door: Door, lodged: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = door["officer"].get(lodged["links"]["events"]).json()["items"]
    return found


def answered(client: httpx.Client, waiting: httpx.Response, **said: Any) -> httpx.Response:
    return client.post(waiting.headers["location"], json={"approve": True, **said}, headers=WAIT)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", part([*ORDERS], 2))
def test_no_name_in_a_body_makes_two_people_of_one_key(door: Door, kind: str, name: str) -> None:
    lodged = refused(door)
    before = state_of(door, lodged)
    for said in ({"officer": "Ann", "second_officer": name}, {"officer": name}, {"second_officer": name}):
        answer = ORDERS[kind](door["officer"], lodged, **said)
        assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-601"), answer.text
        assert "/v1/approvals" in answer.json()["detail"]
    assert state_of(door, lodged) == before


@pytest.mark.parametrize("kind", ORDERS)
def test_what_needs_two_waits_for_another_persons_call(door: Door, kind: str) -> None:
    lodged = refused(door)
    before = state_of(door, lodged)
    waiting = ORDERS[kind](door["officer"], lodged)
    assert waiting.status_code == 202, waiting.text
    asked = waiting.json()
    assert (asked["kind"], asked["state"], asked["second"]) == (kind, "open", None)
    assert asked["by"] == {"id": "officer", "role": "officer", "person": "Ann", "asserted_by": None, "proven": True}
    assert (asked["declaration"] is None) == (kind == "window")
    assert door["auditor"].get(waiting.headers["location"]).json() == asked
    # The same order again is the same approval, whichever of her keys she uses.
    assert ORDERS[kind](door["officer"], lodged).json() == asked
    assert ORDERS[kind](door["other hand"], lodged).json()["id"] == asked["id"]
    listed = door["colleague"].get("/v1/approvals", params={"kind": kind}).json()["items"]
    assert asked in listed
    # Neither she nor her other key, neither a machine nor an auditor approves it.
    for who, code in (("officer", "SW-API-602"), ("other hand", "SW-API-602"), ("customs", "SW-API-403")):
        alone = answered(door[who], waiting)
        assert alone.json()["code"] == code, alone.text
    for who in ("auditor", "trader", "operator"):
        assert answered(door[who], waiting).status_code == 403
    for name in NAMES:
        assert answered(door["officer"], waiting, officer=name).status_code == 422
    assert state_of(door, lodged) == before

    done = approve(door, waiting).json()
    assert done["second"]["person"] == "Ben"
    assert state_of(door, lodged) != before
    after = state_of(door, lodged)
    assert answered(door["colleague"], waiting).json()["state"] == "approved"
    too_late = answered(door["colleague"], waiting, approve=False)
    assert (too_late.status_code, too_late.json()["code"]) == (409, "SW-API-603")
    # The order that was carried out is the same as ever.
    assert ORDERS[kind](door["officer"], lodged).status_code == 200
    assert state_of(door, lodged) == after
    assert asked["id"] not in door["colleague"].get("/v1/approvals").text
    assert asked["id"] in door["colleague"].get("/v1/approvals", params={"state": "approved", "limit": 200}).text


def test_the_trail_says_who_ordered_and_who_approved_and_names_nobody(door: Door) -> None:
    lodged = refused(door)
    waiting = override(door["officer"], lodged)
    approve(door, waiting, reason="seen at the border post")
    told = trail(door, lodged)
    asked = next(e for e in told if e["kind"] == "approval.asked")["body"]
    assert asked["by"] == {"id": "officer", "role": "officer"}
    assert (asked["approval"], asked["kind"]) == (waiting.json()["id"], "override")
    assert asked["words"].startswith("sha256:")
    release = next(e for e in told if e["kind"] == "release.received")["body"]
    assert (release["by"]["id"], release["second"]["id"]) == ("officer", "colleague")
    assert (release["approval"], release["override"]) == (waiting.json()["id"], True)
    assert told[0]["body"]["by"] == {"id": "customs", "role": "customs"}
    text = door["officer"].get(lodged["links"]["events"]).text
    for word in ("Ann", "Ben", "perishable", "border post"):
        assert word not in text


def test_a_rejected_order_is_not_carried_out(door: Door) -> None:
    lodged = refused(door)
    before = state_of(door, lodged)
    waiting = override(door["officer"], lodged)
    no = {"approve": False, "reason": "not seen"}
    rejected = door["colleague"].post(waiting.headers["location"], json=no)
    assert (rejected.status_code, rejected.json()["state"], rejected.json()["reason"]) == (200, "rejected", "not seen")
    assert door["colleague"].post(waiting.headers["location"], json=no).json() == rejected.json()
    for answer in (answered(door["colleague"], waiting), override(door["officer"], lodged)):
        assert (answer.status_code, answer.json()["code"]) == (409, "SW-API-603"), answer.text
    assert state_of(door, lodged) == before
    (ended,) = [e for e in trail(door, lodged) if e["kind"] == "approval.ended"]
    assert (ended["body"]["outcome"], ended["body"]["by"]["id"]) == ("rejected", "colleague")
    # Ordered for another reason it is another order.
    assert override(door["officer"], lodged, reason="seen by now").status_code == 202


def test_an_approval_is_void_once_the_declaration_changed(door: Door) -> None:
    lodged = refused(door)
    waiting = override(door["officer"], lodged)
    document = next(d for d in lodged["documents"] if d["status"] == "refused")
    path = f"{lodged['links']['self']}/documents/{document['type']}/verification"
    said = {"outcome": "not_found", "means": "paper", "reason": "never seen"}
    decided = door["officer"].post(path, params={"reference": document["reference"]}, json=said, headers=WAIT).json()
    assert decided["decision"]["number"] == lodged["decision"]["number"] + 1
    assert door["officer"].get(waiting.headers["location"]).json()["state"] == "void"
    assert waiting.json()["id"] not in door["officer"].get("/v1/approvals").text
    for approve_it in (True, False):
        late = answered(door["colleague"], waiting, approve=approve_it)
        assert (late.status_code, late.json()["code"]) == (409, "SW-API-603"), late.text
    assert door["officer"].get(lodged["links"]["self"]).json()["release"] is None


def test_an_approval_is_void_once_the_declaration_is_invalidated(door: Door) -> None:
    lodged = refused(door)
    waiting = intervene(door["officer"], lodged)
    ended = door["customs"].post(f"{lodged['links']['self']}/invalidation", json={}, headers=WAIT)
    assert ended.status_code == 200, ended.text
    late = answered(door["colleague"], waiting)
    assert late.status_code == 409
    assert door["officer"].get(f"{lodged['links']['self']}/movements").json()["items"] == []


def test_an_approval_ends_after_its_time(door: Door, api_database: str) -> None:
    lodged = refused(door)
    waiting = override(door["officer"], lodged)
    with psycopg.connect(api_database) as connection:
        connection.execute(
            "UPDATE approval SET ends_at = now() - interval '1 second' WHERE id = %s", (waiting.json()["id"],)
        )
    assert door["officer"].get(waiting.headers["location"]).json()["state"] == "expired"
    late = answered(door["colleague"], waiting)
    assert (late.status_code, late.json()["code"]) == (409, "SW-API-603")
    assert "in time" in late.json()["detail"]
    # Ordered anew it waits anew, and the trail tells both.
    again = override(door["officer"], lodged)
    assert (again.status_code, again.json()["id"] != waiting.json()["id"]) == (202, True)
    outcomes = [e["body"]["outcome"] for e in trail(door, lodged) if e["kind"] == "approval.ended"]
    assert outcomes == ["expired"]
    approve(door, again)


@pytest.mark.parametrize("kind", ORDERS)
def test_of_two_answers_at_once_one_counts(door: Door, kind: str) -> None:
    lodged = refused(door)
    waiting = ORDERS[kind](door["officer"], lodged)
    answers = [True, False] * 3
    with ThreadPoolExecutor(len(answers)) as threads:
        came = list(threads.map(lambda yes: answered(door["colleague"], waiting, approve=yes), answers))
    final = door["officer"].get(waiting.headers["location"]).json()["state"]
    assert final in {"approved", "rejected"}
    for yes, answer in zip(answers, came, strict=True):
        if yes == (final == "approved"):
            assert (answer.status_code, answer.json()["state"]) == (200, final), answer.text
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "SW-API-603"), answer.text
    if kind != "window":
        steps = {"release.received", "document.verified_by_officer", "intervention.received", "approval.ended"}
        assert sum(e["kind"] in steps for e in trail(door, lodged)) == 1


@pytest.mark.parametrize("kind", ORDERS)
def test_of_many_requests_at_once_one_waits(door: Door, kind: str) -> None:
    lodged = refused(door)
    with ThreadPoolExecutor(4) as threads:
        came = list(threads.map(lambda _: ORDERS[kind](door["officer"], lodged), range(4)))
    assert {answer.status_code for answer in came} == {202}
    assert len({answer.json()["id"] for answer in came}) == 1
    assert door["officer"].post(came[0].headers["location"], json={"approve": False}).json()["state"] == "rejected"


def test_an_order_of_a_key_that_was_revoked_is_void(
    door: Door, simulated_for_api: Authorities, api_database: str, door_environment: Mapping[str, str]
) -> None:
    lodged = refused(door)
    waiting, kept = override(door["officer"], lodged), intervene(door["other hand"], lodged)
    # The replica that comes next does not know the officer's first key any more.
    with (
        served({**door_environment, **keyed(simulated_for_api, api_database, without="officer")}) as next_one,
        opened(next_one, simulated_for_api) as later,
    ):
        assert later["officer"].get(waiting.headers["location"]).status_code == 401
        late = answered(later["colleague"], waiting)
        assert (late.status_code, late.json()["code"]) == (409, "SW-API-603"), late.text
        assert "not known any more" in late.json()["detail"]
        shown = later["colleague"].get(waiting.headers["location"]).json()
        assert (shown["state"], shown["second"]["id"]) == ("void", "gateway")
        assert answered(later["colleague"], kept).json()["state"] == "approved"
    assert door["officer"].get(lodged["links"]["self"]).json()["release"] is None
    outcomes = [e["body"]["outcome"] for e in trail(door, lodged) if e["kind"] == "approval.ended"]
    assert outcomes == ["void"]


def test_a_system_that_asserts_its_officers_names_them_in_two_calls(door: Door) -> None:
    lodged = refused(door)
    console = door["console"]
    both = override(console, lodged, officer="Cid Roux", second_officer="Dora Blanc")
    assert (both.status_code, both.json()["code"]) == (422, "SW-API-601")
    assert "second call" in both.json()["detail"]
    waiting = override(console, lodged, officer="Cid Roux")
    assert waiting.status_code == 202, waiting.text
    assert (waiting.json()["by"]["person"], waiting.json()["by"]["asserted_by"]) == ("Cid Roux", "console")
    for name in ("Cid Roux", "cid roux", "Cid\u00a0Roux", "\u0421id Roux", "Cid\u200bRoux", None):
        same = answered(console, waiting, **({} if name is None else {"officer": name}))
        assert (same.status_code, same.json()["code"]) == (422, "SW-API-602"), same.text
    done = answered(console, waiting, officer="Dora Blanc")
    assert (done.status_code, done.json()["state"]) == (200, "approved"), done.text
    body = next(e for e in trail(door, lodged) if e["kind"] == "release.received")["body"]
    assert body["by"] == {"id": "console", "role": "officer", "asserted_by": "console"}
    assert body["second"] == {"id": "console", "role": "officer", "asserted_by": "console"}


def test_an_approval_that_is_not_there_is_not_found(door: Door) -> None:
    for there in ("00000000-0000-4000-8000-00000000ffff", "nothing"):
        assert door["officer"].get(f"/v1/approvals/{there}").status_code == 404
        assert door["officer"].post(f"/v1/approvals/{there}", json={"approve": True}).status_code == 404
    assert door["officer"].get("/v1/approvals", params={"state": "nothing"}).status_code == 422
    assert door["officer"].get("/v1/approvals", params={"declaration": "nothing"}).json()["items"] == []


def test_approvals_are_paged(door: Door) -> None:
    lodged = refused(door)
    orders = [override(door["officer"], lodged, reason=f"reason {next(NUMBERS)}").json()["id"] for _ in range(3)]
    found, cursor = [], None
    while True:
        params = {"declaration": lodged["id"], "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = door["officer"].get("/v1/approvals", params=params).json()
        found += [one["id"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == orders[::-1]
