"""A declaration's versions: who brought each, which decisions were made on it, and whose they are to read."""

from typing import Any

from tests.api.asking import Goods
from tests.builders.door import EORIS, Door


def listed(goods: Goods, who: str, **params: int) -> dict[str, Any]:
    answer = goods.door[who].get(f"{goods.here}/versions", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_version_has_who_brought_it_and_its_decisions(door: Door) -> None:
    goods = Goods(door).lodged()
    assert goods.amend("customs", net_mass="2300").status_code == 200
    first, second = listed(goods, "officer")["items"]
    assert [first["version"], second["version"]] == [1, 2]
    assert (first["by"]["id"], second["by"]["role"], second["application"]) == ("customs", "customs", None)
    assert [one["number"] for one in (*first["decisions"], *second["decisions"])] == [1, 2]
    newest = goods.shown()["decision"]
    assert second["decisions"][-1]["decided_at"] == newest["decided_at"]
    assert door["officer"].get(first["link"]).json()["version"] == 1
    assert door["officer"].get(first["decisions"][0]["link"]).json()["decision"]["number"] == 1
    page = listed(goods, "officer", limit=1)
    assert ([one["version"] for one in page["items"]], page["next"]) == ([1], 1)
    rest = listed(goods, "officer", after=1)
    assert ([one["version"] for one in rest["items"]], rest["next"]) == ([2], None)


def test_a_trader_reads_no_officer_and_no_version_of_before_they_were_named(door: Door) -> None:
    goods = Goods(door).lodged()
    later = goods.message(2, net_mass="2300").replace(EORIS["importer"].encode(), EORIS["holder"].encode())
    assert goods.post("customs", f"{goods.here}/amendments", content=later).status_code == 200
    assert [one["version"] for one in listed(goods, "direct")["items"]] == [1, 2]
    (theirs,) = listed(goods, "holder")["items"]
    assert (theirs["version"], theirs["by"]) == (2, None)
    for gone in ("importer", "stranger"):
        assert door[gone].get(f"{goods.here}/versions").status_code == 404


def test_an_unconfirmed_refusal_reads_as_a_hold(door: Door) -> None:
    goods = Goods(door)
    door.authorities.control("traces", "PUT", f"/documents/{goods.certificate}", status="41")
    goods.lodged()
    assert goods.shown()["decision"]["effect"] == "refuse"
    for who, effect in (("officer", "refuse"), ("importer", "hold")):
        assert listed(goods, who)["items"][0]["decisions"][0]["effect"] == effect
    assert door["officer"].post(f"{goods.here}/confirmation", json={}).status_code in {200, 202}
    assert listed(goods, "importer")["items"][0]["decisions"][0]["effect"] == "refuse"
