"""Dry runs: what a release or an officer's verification would do, in numbers; nothing is stored and no authority is asked."""

from datetime import datetime, timedelta
from typing import Any

from tests.api.asking import Goods, application
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


def test_an_amendment_is_told_in_numbers_as_it_is_granted_afterwards(door: Door) -> None:
    goods = Goods(door).lodged()
    before = effects(door, goods)
    asked = application(goods.post("trader", f"{goods.here}/amendments", content=goods.message(2, net_mass="1000")))
    (clock,) = [one for one in goods.shown()["clocks"] if one["kind"] == "application"]
    # Customs decides within 120 days of it, whenever it could be made: till the end of a working day, or not before one.
    end = clock["ends_at"] or clock["not_before"]
    assert (
        timedelta(days=120, hours=-1)
        < datetime.fromisoformat(end) - datetime.fromisoformat(asked["applied_at"])
        <= timedelta(days=126, hours=1)
    )
    here = f"/v1/applications/{asked['id']}"
    told = door["officer"].post(f"{here}/dry-run").json()
    (line,) = told["moved"]
    assert (line["held"], line["would_hold"], line["written_off"]) == (
        {"quantity": "2400", "unit": "KGM"},
        {"quantity": "1000", "unit": "KGM"},
        False,
    )
    assert (told["effect"], told["not_asked"], told["findings"]) == ("release", [], [])
    assert effects(door, goods)[:2] == before[:2], "nothing moved, nobody was asked"
    is_problem(door["auditor"].post(f"{here}/dry-run"), 403, "SW-API-403")
    is_problem(door["trader"].post(f"{here}/dry-run"), 403, "SW-API-403")
    assert door["officer"].post(here, json={"grant": True, "reason": "seen"}).status_code == 200
    goods.settled()
    (held,) = goods.ledger()["allocations"]
    assert (held["quantity"], goods.shown()["decision"]["effect"]) == ("1000", told["effect"])
    is_problem(door["officer"].post(f"{here}/dry-run"), 409, "SW-API-623")


def test_an_amendment_that_cites_what_nobody_was_asked_about_says_so(door: Door) -> None:
    goods, other = Goods(door).lodged(), Goods(door)
    content = goods.message(2).replace(goods.certificate.encode(), other.certificate.encode())
    asked = application(goods.post("trader", f"{goods.here}/amendments", content=content))
    told = door["officer"].post(f"/v1/applications/{asked['id']}/dry-run").json()
    assert [one["reference"] for one in told["not_asked"]] == [other.certificate]
    assert told["effect"] == "hold"
    # What is not cited any more is given up; what nobody was asked about is not reserved.
    assert [(one["document"]["reference"], one["would_hold"]) for one in told["moved"]] == [(goods.certificate, None)]


def test_an_invalidation_gives_up_what_is_reserved_and_after_release_nothing_is_foretold(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.invalidate("trader"))
    told = door["officer"].post(f"/v1/applications/{asked['id']}/dry-run").json()
    assert [(one["held"]["quantity"], one["would_hold"]) for one in told["moved"]] == [("2400", None)]
    assert (told["effect"], told["told"]) == (None, None)
    for grounds, given_back in (("wrong_goods", [("2400", None)]), ("declared_twice", [])):
        asked = application(Goods(door).released().invalidate("trader", grounds=grounds))
        told = door["officer"].post(f"/v1/applications/{asked['id']}/dry-run").json()
        assert [(one["held"]["quantity"], one["would_hold"]) for one in told["moved"]] == given_back
    goods = Goods(door).released()
    asked = application(goods.post("trader", f"{goods.here}/amendments", content=goods.message(2, net_mass="1000")))
    is_problem(door["officer"].post(f"/v1/applications/{asked['id']}/dry-run"), 422, "SW-API-422")
