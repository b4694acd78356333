"""Asking again now: a declaration is assessed anew at once, and at most once a minute."""

import pytest

from tests.api.asking import Goods
from tests.api.lodging import WAIT, is_problem
from tests.builders.door import Door


@pytest.mark.parametrize("address", ["assessment", "assess"])
def test_an_officer_has_the_authorities_asked_again_at_once(door: Door, address: str) -> None:
    goods = Goods(door).lodged()
    asked = door.authorities.asked("traces", goods.certificate)
    answer = door["officer"].post(f"{goods.here}/{address}", headers=WAIT)
    assert (answer.status_code, answer.json()["state"]) == (200, "decided"), answer.text
    assert door.authorities.asked("traces", goods.certificate) > asked
    done = answer.json()["acts"][-1]
    assert (done["event"], done["by"]["person"]) == ("assessment.requested", "Ann")

    soon = door["colleague"].post(f"{goods.here}/assessment")
    is_problem(soon, 429, "SW-API-429")
    assert 0 < int(soon.headers["retry-after"]) <= 61
    assert "connection" not in soon.headers, "the call was read to its end"


def test_nobody_but_customs_asks_again_and_no_trader_sees_that_it_was(door: Door) -> None:
    goods = Goods(door).lodged()
    assert door["direct"].post(f"{goods.here}/assessment").status_code == 403
    assert door["auditor"].post(f"{goods.here}/assessment").status_code == 403
    assert door["customs"].post(f"{goods.here}/assessment", headers=WAIT).status_code == 200
    seen = door["direct"].get(f"{goods.here}/events").json()["items"]
    assert "assessment.requested" not in {event["kind"] for event in seen}


def test_what_has_ended_is_not_asked_about_again(door: Door) -> None:
    goods = Goods(door).lodged()
    withdrawn = door["customs"].post(f"{goods.here}/invalidation", json={"reason": "withdrawn"}, headers=WAIT)
    assert withdrawn.status_code == 200, withdrawn.text
    assert door["officer"].post(f"{goods.here}/assessment").status_code == 409
