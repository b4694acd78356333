"""Customs invalidates released goods: it names its ground, and officers decide on what is written off for goods that are out."""

import pytest

from tests.api.asking import Goods
from tests.api.lodging import WAIT
from tests.builders.door import Door, approve


@pytest.fixture
def goods(door: Door) -> Goods:
    """Released goods."""
    return Goods(door).released()


def decided(goods: Goods, kind: str) -> None:
    """Two officers decide on the write-off."""
    document = {"type": "N853", "reference": goods.certificate}
    said = {"kind": kind, "document": document, "reason": "Seen on the spot."}
    answer = goods.door["officer"].post(f"{goods.here}/interventions", json=said, headers=WAIT)
    approve(goods.door, answer)


@pytest.mark.parametrize("who", ["customs", "officer"])
def test_without_a_ground_it_is_told_which_may_be_named(goods: Goods, who: str) -> None:
    answer = goods.invalidate(who, reason="Of its own motion")
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text
    for named in ("Art. 148", "wrong_goods", "declared_twice", "not_left_the_territory"):
        assert named in answer.json()["detail"]
    assert "not_stated" not in answer.json()["detail"]
    assert goods.shown()["invalidation"] is None


@pytest.mark.parametrize("grounds", ["nonsense", "special_circumstances", "not_stated"])
def test_what_is_no_ground_after_release_is_refused(goods: Goods, grounds: str) -> None:
    answer = goods.invalidate("customs", grounds=grounds)
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text


def test_before_release_it_may_have_one_and_need_not(door: Door) -> None:
    plain, named, wrong = (Goods(door).lodged() for _ in range(3))
    assert plain.invalidate("customs").json()["invalidation"]["grounds"] is None
    told = named.invalidate("customs", grounds="special_circumstances").json()
    assert (told["state"], told["invalidation"]["grounds"]) == ("invalidated", "special_circumstances")
    assert told["invalidation"]["goods"] is None
    assert wrong.invalidate("customs", grounds="wrong_goods").status_code == 422


def test_officers_let_a_write_off_stand(goods: Goods) -> None:
    before = goods.ledger()
    answer = goods.invalidate("customs", grounds="declared_twice", reason="Twice.")
    told = answer.json()
    assert (answer.status_code, told["state"], told["decision"]["effect"]) == (200, "decided", "hold"), answer.text
    invalidation = told["invalidation"]
    assert (invalidation["grounds"], invalidation["goods"], invalidation["carried_out"]) == (
        "declared_twice",
        "out",
        False,
    )
    again = goods.invalidate("customs", grounds="declared_twice", reason="Twice.")
    assert (again.status_code, again.json()["state"]) == (200, "decided")
    other = goods.invalidate("customs", grounds="wrong_goods")
    assert (other.status_code, other.json()["code"]) == (409, "SW-API-615")
    acts = {one["name"]: one for one in goods.shown("officer")["actions"]}
    assert acts["intervene"]["allowed"]
    assert not acts["assess"]["allowed"]
    assert "being invalidated" in acts["assess"]["message"]
    decided(goods, "keep")
    goods.becomes("invalidated")
    assert goods.ledger() == before
    assert goods.shown("trader")["invalidation"]["carried_out"]


def test_officers_give_a_write_off_back(goods: Goods) -> None:
    goods.invalidate("customs", grounds="declared_twice")
    decided(goods, "delete")
    goods.becomes("invalidated")
    assert not goods.ledger()["allocations"]


def test_a_trader_reads_nothing_of_goods_that_cannot_be_released(goods: Goods) -> None:
    goods.invalidate("customs", grounds="declared_twice")
    told = goods.shown("trader")
    assert (told["state"], told["release"]["whole"], told["decision"]["findings"]) == ("decided", True, [])
    assert told["invalidation"]["grounds"] == "declared_twice"
