"""How contingency windows are opened, closed and read over HTTP, and what is refused with its reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.builders.door import Door, approve

OPENING: dict[str, Any] = {"adapter": "catch", "mode": "hold", "reason": "announced outage"}
"""No declaration of these tests cites what CATCH issues."""
CLOSING = {"reason": "back again"}


def opened(door: Door, **more: Any) -> httpx.Response:
    return door["officer"].post("/v1/contingency", json={**OPENING, **more})


def opened_by_two(door: Door, **more: Any) -> dict[str, Any]:
    """The window that one officer ordered and another approved."""
    approve(door, opened(door, **more))
    window: dict[str, Any] = door["officer"].get("/v1/contingency").json()["items"][0]
    return window


def closed(door: Door, number: int, **more: Any) -> httpx.Response:
    return door["officer"].post(f"/v1/contingency/{number}/closing", json={**CLOSING, **more})


def test_a_window_is_opened_and_closed_once(door: Door) -> None:
    window = opened_by_two(door)
    here = f"/v1/contingency/{window['number']}"
    assert (window["in_force"], window["closed_at"]) == (True, None)
    opening = window["opening"]
    assert (opening["officer"], opening["second_officer"], opening["reason"]) == ("Ann", "Ben", "announced outage")
    assert (opening["by"]["id"], opening["second"]["id"]) == ("officer", "colleague")
    again = opened(door)
    assert (again.status_code, again.json()) == (200, window)
    for who, difference in (("officer", {"mode": "manual"}), ("officer", {"reason": "another"}), ("colleague", {})):
        other = door[who].post("/v1/contingency", json={**OPENING, **difference})
        assert (other.status_code, other.json()["code"]) == (409, "SW-API-626")
        assert f"window {window['number']}" in other.json()["detail"]
    # Another authority's window is another one.
    beside = opened_by_two(door, adapter="dual_use")
    assert beside["number"] == window["number"] + 1
    assert closed(door, beside["number"]).status_code == 200

    done = closed(door, window["number"])
    assert (done.status_code, done.json()["in_force"]) == (200, False)
    assert closed(door, window["number"]).json() == done.json()
    assert closed(door, window["number"], reason="another").status_code == 409
    read = door["auditor"].get(here).json()
    assert {key: read[key] for key in done.json()} == done.json()
    assert (read["items"], read["next"]) == ([], None)
    listed = door["operator"].get("/v1/contingency", params={"limit": 1}).json()
    assert [one["number"] for one in listed["items"]] == [beside["number"]]
    following = door["operator"].get("/v1/contingency", params={"limit": 1, "cursor": listed["next"]}).json()
    assert following["items"] == [done.json()]


def test_a_window_waits_for_an_officer_unless_it_is_said_otherwise(door: Door) -> None:
    said = {name: value for name, value in OPENING.items() if name != "mode"}
    approve(door, door["officer"].post("/v1/contingency", json={**said, "adapter": "dual_use"}))
    window = door["officer"].get("/v1/contingency").json()["items"][0]
    assert (window["adapter"], window["mode"]) == ("dual_use", "manual")
    assert closed(door, window["number"]).status_code == 200


@pytest.mark.parametrize("adapter", ["traces", "catch", "dual_use"])
def test_no_window_releases_what_the_tables_give_no_legal_basis_for(door: Door, adapter: str) -> None:
    before = door["officer"].get("/v1/contingency").json()
    answer = opened(door, adapter=adapter, mode="release")
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text
    assert "legal basis for the mode release" in answer.json()["detail"]
    assert door["officer"].get("/v1/contingency").json() == before


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"second_officer": ""}, "/second_officer"),
        ({"reason": " "}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"mode": "release_all"}, "/mode"),
        ({"adapter": "nobody"}, "no adapter"),
        ({"adapter": "CATCH"}, "/adapter"),
        ({"until": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}, "until lies in the past"),
        ({"until": "2099-01-01T00:00:00"}, "/until"),
        ({"types": ["C673"]}, "/types"),
    ],
)
def test_what_is_no_window_is_refused_with_its_reason(door: Door, said: dict[str, Any], what: str) -> None:
    before = door["officer"].get("/v1/contingency").json()
    answer = opened(door, **said)
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text
    assert what in answer.text
    assert door["officer"].get("/v1/contingency").json() == before


def test_a_window_that_is_not_there_is_not_found(door: Door) -> None:
    assert closed(door, 2**31 - 2).status_code == 404
    assert door["officer"].get("/v1/contingency/999999").status_code == 404
    assert door["officer"].get("/v1/contingency/0").status_code == 422
    assert door["officer"].get("/v1/contingency/1?afterwards=nothing").status_code == 422
