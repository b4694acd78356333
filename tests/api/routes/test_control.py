"""An examination that customs announces: amendments are refused, invalidations wait until it took place."""

from typing import Any

import pytest

from tests.api.asking import ACTING, WAYS, Goods, application
from tests.builders.door import Door

AMENDING = ("amendment", "next version")


@pytest.mark.parametrize("who", ["customs", "officer"])
def test_it_is_announced_and_takes_place_once(door: Door, who: str) -> None:
    goods = Goods(door).lodged()
    assert goods.shown()["examination"] is None
    for _ in range(2):
        announced = goods.control(who, announced=True)
        assert announced.status_code == 200, announced.text
        assert announced.json()["examination"]["took_place_at"] is None
    for _ in range(2):
        took_place = goods.control(who, took_place=True, result="As declared.")
        assert took_place.json()["examination"]["took_place_at"] is not None
    assert goods.shown("trader")["examination"] == goods.shown()["examination"]
    kinds = goods.kinds()
    assert (kinds.count("control.announced"), kinds.count("control.took_place")) == (1, 1)
    assert "As declared." not in door["officer"].get(f"{goods.here}/events").text
    late = goods.control(announced=True)
    assert (late.status_code, late.json()["code"]) == (409, "SW-API-409"), "it has ended, and would stop nothing"
    assert goods.control(announced=True, reference="C/9").status_code == 200
    assert door["customs"].post(f"{goods.here}/release", json={}).json()["code"] == "SW-API-651"


@pytest.mark.parametrize("who", ["trader", "importer", "auditor", "operator"])
def test_only_customs_and_officers_announce(door: Door, who: str) -> None:
    goods = Goods(door).lodged()
    assert goods.control(who, announced=True).status_code == 403
    assert goods.shown()["examination"] is None


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"announced": True, "took_place": True},
        {"announced": False},
        {"announced": True, "result": "x"},
        {"announced": True, "more": 1},
    ],
)
def test_what_cannot_be_meant_is_refused(door: Door, said: dict[str, Any]) -> None:
    goods = Goods(door).lodged()
    assert goods.control(**said).status_code == 422
    assert goods.shown()["examination"] is None


def test_examinations_are_told_apart_by_their_numbers(door: Door) -> None:
    goods = Goods(door).lodged()
    assert goods.control(took_place=True).status_code == 409, "none was announced"
    assert goods.control(announced=True, reference="C/1").status_code == 200
    assert goods.control(announced=True, reference="C/2").status_code == 409
    assert goods.control(took_place=True, reference="C/2").status_code == 409
    assert goods.control(took_place=True, reference="C/1").status_code == 200
    assert goods.control(announced=True, reference="C/2").json()["examination"]["took_place_at"] is None
    goods.invalidate("customs")
    assert goods.control(announced=True, reference="C/3").status_code == 409, "it ended"


@pytest.mark.parametrize("state", ["lodged", "accepted", "released"])
@pytest.mark.parametrize("who", ACTING)
@pytest.mark.parametrize("way", AMENDING)
def test_after_the_announcement_no_amendment_is_applied_for(door: Door, who: str, way: str, state: str) -> None:
    goods = Goods(door, representative=who if who != "trader" else "direct", status="3" if who == "indirect" else "2")
    _ = goods.lodged("trader", mrn=False) if state == "lodged" else None
    _ = goods.lodged() if state == "accepted" else None
    _ = goods.released() if state == "released" else None
    goods.control(announced=True)
    message = goods.message(2, net_mass="1", mrn=state != "lodged")
    path = f"{goods.here}/amendments" if way == "amendment" else "/v1/declarations"
    refused = goods.post(who, path, content=message)
    assert (refused.status_code, refused.json()["code"]) == (409, "SW-INT-013"), refused.text
    assert goods.shown()["version"] == 1


def test_after_the_examination_it_is_amended_once_it_is_released(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.control(announced=True)
    goods.control(took_place=True)
    assert goods.amend("trader").json()["code"] == "SW-INT-013", "UCC Art. 173(2)(a) knows no way back"
    door["customs"].post(f"{goods.here}/release", json={}, headers={"Prefer": "wait=30"})
    assert goods.shown()["examination"]["released"] == [], "they went after it had ended"
    assert application(goods.amend("trader", grounds="obligations"))["grounds"] == "obligations"


@pytest.mark.parametrize("accepted", [True, False])
def test_an_invalidation_waits_until_it_took_place(door: Door, accepted: bool) -> None:
    goods = Goods(door)
    _ = goods.lodged() if accepted else goods.lodged("trader", mrn=False)
    goods.control(announced=True)
    asked = application(goods.invalidate("trader", reason="Not wanted any more."))
    waits = goods.decide("customs", asked["id"], grant=True)
    assert (waits.status_code, waits.json()["code"]) == (409, "SW-API-624")
    assert "examination" in waits.json()["detail"]
    assert door["customs"].get(asked["link"]).json()["state"] == "open"
    assert goods.shown()["state"] != "invalidated"
    goods.control(took_place=True)
    assert goods.decide("customs", asked["id"], grant=True).json()["state"] == "granted"
    goods.becomes("invalidated")


def test_one_that_was_applied_for_before_waits_too(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.invalidate("trader"))
    goods.control(announced=True)
    assert goods.decide("officer", asked["id"], grant=True).status_code == 409
    assert goods.decide("officer", asked["id"], grant=False).status_code == 200, "refusing needs no examination"


def test_an_amendment_that_was_applied_for_before_is_customs_to_decide(door: Door) -> None:
    goods = Goods(door).lodged()
    asked = application(goods.amend("trader", net_mass="100"))
    goods.control(announced=True)
    assert goods.decide("customs", asked["id"], grant=True).json()["state"] == "granted"
    assert goods.settled()["version"] == 2


@pytest.mark.parametrize("way", WAYS)
def test_customs_itself_is_not_bound(door: Door, way: str) -> None:
    goods = Goods(door).lodged()
    goods.control(announced=True)
    assert WAYS[way](goods, "customs").status_code == 200
