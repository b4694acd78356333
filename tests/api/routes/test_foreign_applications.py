"""Messages of a foreign format that act on an accepted declaration: a trader's are applications, and find only its own."""

from pathlib import Path

import httpx
import pytest

from tests.api.asking import Goods, message
from tests.builders.door import Door

pytestmark = pytest.mark.corpus


@pytest.fixture
def goods(door: Door) -> Goods:
    """Released goods."""
    return Goods(door).released()


def sent(goods: Goods, who: str, raw: bytes) -> httpx.Response:
    return goods.post(who, "/v1/declarations", content=raw)


@pytest.mark.parametrize("kind", ["COR", "INV"])
@pytest.mark.parametrize("who", ["trader", "direct"])
def test_a_traders_message_is_an_application(goods: Goods, corpus: Path, kind: str, who: str) -> None:
    before = goods.ledger()
    raw = message(corpus, kind, goods.mrn)
    answer = sent(goods, who, raw)
    assert answer.status_code == 202, answer.text
    asked = answer.json()
    assert answer.headers["location"] == f"/v1/applications/{asked['id']}"
    assert (asked["kind"], asked["grounds"]) == ("amendment" if kind == "COR" else "invalidation", "not_stated")
    assert sent(goods, who, raw).json()["id"] == asked["id"]
    assert (goods.settled()["version"], goods.ledger()) == (1, before)
    assert goods.decide("customs", asked["id"], grant=True).json()["state"] == "granted"
    if kind == "COR":
        assert ("X002", "GBSIEE2E350002-0001") in {(d["type"], d["reference"]) for d in goods.settled()["documents"]}
    else:
        waits_for_officers(goods)


def waits_for_officers(goods: Goods) -> None:
    """No ground was stated: what was written off stays."""
    goods.becomes("decided")
    shown = goods.shown()
    assert (shown["state"], [one["code"] for one in shown["decision"]["findings"]]) == ("decided", ["SW-DEC-145"])
    assert (shown["invalidation"]["grounds"], shown["invalidation"]["goods"]) == ("not_stated", "out")
    assert goods.ledger()["allocations"]


def test_grounds_may_stand_beside_the_message(goods: Goods, corpus: Path) -> None:
    path, params = "/v1/declarations", {"grounds": "declared_twice", "reason": "Twice."}
    answer = goods.post("trader", path, content=message(corpus, "INV", goods.mrn), params=params)
    assert (answer.json()["grounds"], answer.json()["reason"]) == ("declared_twice", "Twice."), answer.text


@pytest.mark.parametrize("kind", ["COR", "INV", "GPR"])
def test_whoever_is_only_named_and_strangers(goods: Goods, corpus: Path, kind: str) -> None:
    before = goods.kinds()
    assert sent(goods, "importer", message(corpus, kind, goods.mrn)).status_code == 403
    there, nowhere = (sent(goods, "stranger", message(corpus, kind, mrn)) for mrn in (goods.mrn, "26FR99999999999999"))
    assert (there.status_code, there.json()["code"]) == (404, "SW-INT-010")
    assert there.json() == {
        **nowhere.json(), "detail": nowhere.json()["detail"].replace("26FR99999999999999", goods.mrn),
    }  # fmt: skip
    assert goods.kinds() == before


def test_a_presentation_is_customs_to_say(goods: Goods, corpus: Path) -> None:
    raw = message(corpus, "GPR", goods.mrn)
    assert sent(goods, "trader", raw).status_code == 403
    assert sent(goods, "customs", raw).status_code == 200


@pytest.mark.parametrize("kind", ["COR", "INV"])
def test_customs_message_is_done(goods: Goods, corpus: Path, kind: str) -> None:
    answer = sent(goods, "customs", message(corpus, kind, goods.mrn))
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == (2 if kind == "COR" else 1)
    if kind == "INV":
        waits_for_officers(goods)


def test_customs_message_names_its_ground_beside_it(goods: Goods, corpus: Path) -> None:
    params = {"grounds": "wrong_goods"}
    answer = goods.post("customs", "/v1/declarations", content=message(corpus, "INV", goods.mrn), params=params)
    assert (answer.status_code, answer.json()["state"]) == (200, "invalidated"), answer.text
    assert answer.json()["invalidation"]["grounds"] == "wrong_goods"
    assert not goods.ledger()["allocations"]


def test_customs_message_on_a_ground_that_is_none_is_refused(goods: Goods, corpus: Path) -> None:
    params = {"grounds": "special_circumstances"}
    answer = goods.post("customs", "/v1/declarations", content=message(corpus, "INV", goods.mrn), params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422")


def test_after_an_announcement_messages_are_judged_as_calls_are(goods: Goods, corpus: Path) -> None:
    goods.control(announced=True)
    refused = sent(goods, "trader", message(corpus, "COR", goods.mrn))
    assert (refused.status_code, refused.json()["code"]) == (409, "SW-INT-013")
    asked = sent(goods, "trader", message(corpus, "INV", goods.mrn))
    assert asked.status_code == 202
    assert goods.decide("customs", asked.json()["id"], grant=True).status_code == 409
