"""Dry runs: what a release or an officer's verification would do, in numbers; nothing is stored and no authority is asked."""

from typing import Any

from tests.api.asking import Goods
from tests.api.lodging import WAIT, is_problem
from tests.api.routes.two_persons import refused, verify
from tests.builders.door import Door, approve


def effects(door: Door, goods: Goods) -> tuple[Any, int, list[str]]:
    """What stands at the authority, how often it was asked, and what stands in the trail."""
    ledger = door.authorities.ledger("traces", goods.certificate)
    return ledger, door.authorities.asked("traces", goods.certificate), goods.kinds()


def test_a_release_is_told_in_numbers_and_does_nothing(door: Door) -> None:
    goods = Goods(door).lodged()
    before = effects(door, goods)
    path = f"{goods.here}/release/dry-run"
    told = door["officer"].post(path, json={}).json()
    assert [(one["quantity"], one["written_off"], one["unit"]) for one in told["moved"]] == [("2400", "2400", "KGM")]
    assert (told["whole"], told["needs_second"], told["told"]["state"]) == (True, False, "released")
    part = {"items": [{"goods_item": 1, "quantity": "1000", "unit": "KGM"}]}
    told = door["officer"].post(path, json=part).json()
    assert ([one["quantity"] for one in told["moved"]], told["whole"]) == (["1000"], False)
    assert effects(door, goods) == before
    # As it was told, so it is done.
    assert door["officer"].post(f"{goods.here}/release", json=part, headers=WAIT).status_code == 200
    told = door["officer"].post(path, json={}).json()
    assert [(one["quantity"], one["written_off"]) for one in told["moved"]] == [("1400", "2400")]


def test_what_cannot_be_released_is_refused_as_by_the_release(door: Door) -> None:
    goods = Goods(door).lodged()
    path = f"{goods.here}/release/dry-run"
    more = {"items": [{"goods_item": 1, "quantity": "99999", "unit": "KGM"}]}
    is_problem(door["officer"].post(path, json=more), 409, "SW-API-620")
    is_problem(door["officer"].post(path, json={"seen": {"version": 1, "decision": 9}}), 409, "SW-API-605")
    is_problem(door["officer"].post(path, json={}, params={"dry": "1"}), 422, "SW-API-422")
    is_problem(door["auditor"].post(path, json={}), 403, "SW-API-403")
    is_problem(door["trader"].post(path, json={}), 403, "SW-API-403")
    denied = refused(door)
    there = f"{denied['links']['self']}/release/dry-run"
    is_problem(door["officer"].post(there, json={}), 409, "SW-API-618")
    told = door["officer"].post(there, json={"override": {"reason": "seen"}}).json()
    assert (told["needs_second"], told["moved"], len(told["not_moved"])) == (True, [], 1)
    assert "release.received" not in str(door["officer"].get(f"{denied['links']['self']}/events").json())


def test_a_verification_is_told_as_it_is_decided_afterwards(door: Door) -> None:
    denied = refused(door)
    here = denied["links"]["self"]
    document = next(one for one in denied["documents"] if one["status"] == "refused")
    path = f"{here}/documents/{document['type']}/verification/dry-run"
    said = {"outcome": "valid", "means": "paper", "reason": "the post erred"}
    asked = door.authorities.asked("traces", document["reference"])
    told = door["officer"].post(path, params={"reference": document["reference"]}, json=said).json()
    assert (told["was"], told["effect"], told["needs_second"]) == ("refuse", "release", True)
    assert told["items"] == [{"goods_item": 1, "was": "refuse", "now": "release"}]
    assert door.authorities.asked("traces", document["reference"]) == asked
    assert door["officer"].get(here).json()["decision"]["number"] == denied["decision"]["number"]
    approve(door, verify(door["officer"], denied))
    assert door["officer"].get(here).json()["decision"]["effect"] == told["effect"]
    is_problem(door["officer"].post(path, params={"reference": "CHEDP.FR.2026.9999999"}, json=said), 404, "SW-API-404")


def test_what_the_trader_would_read_is_the_trader_s_own_projection(door: Door) -> None:
    denied = refused(door)
    document = next(one for one in denied["documents"] if one["status"] == "refused")
    path = f"{denied['links']['self']}/documents/{document['type']}/verification/dry-run"
    said = {"outcome": "suspended", "means": "paper", "reason": "they said so"}
    told = door["officer"].post(path, params={"reference": document["reference"]}, json=said).json()
    assert told["told"]["effect"] != "refuse", "a refusal is not told before it is confirmed"
    assert "they said so" not in str(told)
