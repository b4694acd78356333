"""Goods are released, write-offs corrected: what customs orders, and what the authority's ledger has of it afterwards."""

from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import pytest

from adapters.traces.simulator.listing import pushed
from gateway.terminal.client import Reply
from tests.builders.consignments import WAIT_S, by_two, lodged, milk
from tests.builders.running import Authorities, GatewayReader, Served, until
from tests.flows.told import trail

OVERRIDE = {"officer": "officer.martin", "reason": "perishable, checked at the border post"}


def part(goods_item: int, quantity: str, **more: str) -> dict[str, Any]:
    """A release of some kilograms of one goods item."""
    return {"items": [{"goods_item": goods_item, "quantity": quantity, "unit": "KGM"}], **more}


def is_conflict(reply: Reply, code: str) -> None:
    assert (reply.status, reply.body["code"]) == (409, code), reply.body


def shown(reply: Reply) -> list[tuple[str, str | None]]:
    """How far each quantity of the only document has gone, as the gateway tells it."""
    assert reply.status == 200, reply.body
    document, *_ = reply.body["documents"]
    return [(line["movement"], line["moved"]) for line in document["quantity"]]


def test_whole_release_writes_everything_off_once(gateway: GatewayReader, simulated: Authorities) -> None:
    goods = lodged(gateway, simulated, 1000, 1400)
    assert goods.taken() == {1: ("reserved", Decimal(1000)), 2: ("reserved", Decimal(1400))}
    first = gateway.release(goods.id, wait_s=WAIT_S)
    assert shown(first) == [("written_off", "1000"), ("written_off", "1400")]
    assert first.body["state"] == "released"
    assert first.body["release"] | {"at": None} == {"whole": True, "items": [], "at": None, "override": False}
    assert goods.taken() == {1: ("consumed", Decimal(1000)), 2: ("consumed", Decimal(1400))}
    again = gateway.release(goods.id, wait_s=WAIT_S)
    assert (again.status, again.body) == (200, first.body)
    is_conflict(gateway.release(goods.id, {"items": [{"goods_item": 1}]}, wait_s=WAIT_S), "SW-API-619")
    assert goods.effects() == Counter(reserve=1, release=1)
    assert [(one["kind"], one["state"]) for one in gateway.movements(goods.id)] == [
        ("reserve", "done"),
        ("write_off", "done"),
    ]


def test_release_item_by_item(gateway: GatewayReader, simulated: Authorities) -> None:
    goods = lodged(gateway, simulated, 1000, 1400)
    first = gateway.release(goods.id, {"items": [{"goods_item": 2}]}, wait_s=WAIT_S)
    assert (first.body["state"], first.body["release"]["whole"]) == ("decided", False)
    assert first.body["release"]["items"] == [{"goods_item": 2, "quantity": None, "unit": None}]
    assert goods.taken() == {2: ("consumed", Decimal(1400))}
    assert gateway.release(goods.id, {"items": [{"goods_item": 2}]}, wait_s=WAIT_S).body == first.body
    effects = goods.effects()
    is_conflict(gateway.release(goods.id, part(2, "1"), wait_s=WAIT_S), "SW-API-619")
    assert goods.effects() == effects
    last = gateway.release(goods.id, {"items": [{"goods_item": 1}]}, wait_s=WAIT_S)
    assert (last.body["state"], last.body["release"]["whole"]) == ("released", True)
    assert goods.taken() == {1: ("consumed", Decimal(1000)), 2: ("consumed", Decimal(1400))}


def test_release_by_quantity_then_the_rest(gateway: GatewayReader, simulated: Authorities) -> None:
    goods = lodged(gateway, simulated, 2400)
    first = gateway.release(goods.id, part(1, "1000.5"), wait_s=WAIT_S)
    assert first.body["release"]["items"] == [{"goods_item": 1, "quantity": "1000.5", "unit": "KGM"}]
    assert goods.taken() == {1: ("consumed", Decimal("1000.5"))}
    same = gateway.release(goods.id, part(1, "1000.50"), wait_s=WAIT_S)
    assert (same.status, same.body["release"]) == (200, first.body["release"])
    assert goods.taken() == {1: ("consumed", Decimal("1000.5"))}
    is_conflict(gateway.release(goods.id, part(1, "1399.500001", reference="R-2"), wait_s=WAIT_S), "SW-API-620")
    second = gateway.release(goods.id, part(1, "1000.5", reference="R-2"), wait_s=WAIT_S)
    assert second.body["release"]["items"][0]["quantity"] == "2001.0"
    assert goods.taken() == {1: ("consumed", Decimal(2001))}
    rest = gateway.release(goods.id, wait_s=WAIT_S)
    assert (rest.body["state"], shown(rest)) == ("released", [("written_off", "2400")])
    assert goods.taken() == {1: ("consumed", Decimal(2400))}


def test_held_goods_are_released_by_an_officer_only_and_entered_by_hand(
    gateway: GatewayReader, simulated: Authorities
) -> None:
    goods = lodged(gateway, simulated, 2400, status="42")
    assert (goods.reply.effect, goods.taken()) == ("hold", {})
    is_conflict(gateway.release(goods.id, wait_s=WAIT_S), "SW-API-618")
    released = gateway.release(goods.id, {"override": OVERRIDE}, wait_s=WAIT_S)
    assert (released.body["state"], released.body["release"]["override"]) == ("released", True)
    assert released.effect == "hold", "a release against the decision does not change it"
    assert (shown(released), goods.taken()) == ([("none", None)], {})
    forced = gateway.intervene(goods.id, by_two("force", goods, item_1="2390"), wait_s=WAIT_S)
    assert shown(forced) == [("written_off", "2390")]
    assert goods.taken() == {1: ("consumed", Decimal(2390))}
    again = gateway.intervene(goods.id, by_two("force", goods, item_1="2390"), wait_s=WAIT_S)
    assert (again.status, goods.effects()) == (200, Counter(force=1))
    (moved,) = gateway.movements(goods.id)
    assert (moved["kind"], moved["by_officer"], moved["state"]) == ("force", True, "done")


def test_refused_goods_are_released_by_two_officers_only(gateway: GatewayReader, simulated: Authorities) -> None:
    goods = lodged(gateway, simulated, 2400, status="41")
    assert goods.reply.effect == "refuse"
    is_conflict(gateway.release(goods.id, wait_s=WAIT_S), "SW-API-618")
    waiting = gateway.release(goods.id, {"override": OVERRIDE}, wait_s=WAIT_S)
    assert (waiting.status, waiting.body["state"], waiting.body["by"]["proven"]) == (202, "open", False)
    for name in ("officer.martin", " OFFICER.Martin", "оfficer.martin", "officer\u200b.martin"):
        alike = {"override": {**OVERRIDE, "second_officer": name}}
        refused = gateway.release(goods.id, alike, wait_s=WAIT_S)
        assert (refused.status, refused.body["code"]) == (422, "SW-API-602"), refused.body
    for nobody in ({"reason": "perishable"}, {"reason": "perishable", "second_officer": "officer.dubois"}):
        refused = gateway.release(goods.id, {"override": nobody}, wait_s=WAIT_S)
        assert (refused.status, refused.body["code"]) == (422, "SW-API-602"), refused.body
    assert gateway.get(goods.id).body["release"] is None
    together = {"override": {**OVERRIDE, "second_officer": "officer.dubois"}}
    released = gateway.release(goods.id, together, wait_s=WAIT_S)
    assert (released.status, released.body["state"], goods.taken()) == (200, "released", {})
    # Where no key is asked for, two different names are two people; the trail says that nothing is proven.
    body = next(e["body"] for e in trail(gateway, goods.id) if e["kind"] == "release.received")
    unproven = {"id": "anybody", "role": "anybody", "proven": False}
    assert (body["by"], body["second"]) == (unproven, unproven)
    late = gateway.say(f"/v1/approvals/{waiting.body['id']}", {"approve": True, "officer": "officer.dubois"})
    assert (late.status, late.body["code"]) == (409, "SW-API-603")


def test_write_off_is_amended_and_deleted_by_hand(gateway: GatewayReader, simulated: Authorities) -> None:
    goods = lodged(gateway, simulated, 1000, 1400)
    gateway.release(goods.id, wait_s=WAIT_S)
    amended = gateway.intervene(goods.id, by_two("amend", goods, item_1="950", item_2="1300"), wait_s=WAIT_S)
    assert shown(amended) == [("written_off", "950"), ("written_off", "1300")]
    assert goods.taken() == {1: ("consumed", Decimal(950)), 2: ("consumed", Decimal(1300))}
    deleted = gateway.intervene(goods.id, by_two("delete", goods), wait_s=WAIT_S)
    assert {movement for movement, _ in shown(deleted)} == {"cancelled"}
    assert goods.taken() == {}
    assert goods.effects() == Counter(reserve=1, release=1, amend=1, undo=1)


def test_an_intervention_that_the_authority_refuses_changes_nothing(
    gateway: GatewayReader, simulated: Authorities
) -> None:
    goods = lodged(gateway, simulated, 2400)
    forced = gateway.intervene(goods.id, by_two("force", goods, item_1="2400"), wait_s=WAIT_S)
    assert shown(forced) == [("reserved", "2400")], "what is reserved is released, not forced"
    assert goods.taken() == {1: ("reserved", Decimal(2400))}
    assert [one["state"] for one in gateway.movements(goods.id)] == ["done", "refused"]
    assert goods.effects() == Counter(reserve=1)


def test_invalidation_gives_back_what_is_reserved_and_what_is_written_off(
    gateway: GatewayReader, simulated: Authorities
) -> None:
    reserved, used = lodged(gateway, simulated, 2400), lodged(gateway, simulated, 2400)
    gateway.release(used.id, wait_s=WAIT_S)
    for goods, last, grounds in ((reserved, "delete", None), (used, "undo", "wrong_goods")):
        ended = gateway.invalidate(goods.id, reason="never presented", grounds=grounds, wait_s=WAIT_S)
        assert (ended.body["state"], shown(ended)) == ("invalidated", [("cancelled", None)])
        assert (goods.taken(), goods.effects()[last]) == ({}, 1)
        assert gateway.invalidate(goods.id, wait_s=WAIT_S).body == ended.body
        is_conflict(gateway.release(goods.id, wait_s=WAIT_S), "SW-API-615")
        is_conflict(gateway.intervene(goods.id, by_two("force", goods, item_1="1"), wait_s=WAIT_S), "SW-API-615")
        assert goods.effects()[last] == 1


def test_nothing_is_released_before_it_is_decided(gateway: GatewayReader, simulated: Authorities) -> None:
    reference = "CHEDP.FR.2026.3999999"
    simulated.control("traces", "POST", "/hold", when="before", reference=reference)
    try:
        raw = milk(100, reference=reference, lrn="NOT-DECIDED")
        pending = gateway.lodge(raw, "application/xml", wait_s=0)
        assert (pending.status, pending.decision) == (202, None)
        is_conflict(gateway.release(pending.body["id"], {"override": OVERRIDE}, wait_s=0), "SW-API-617")
    finally:
        simulated.control("traces", "POST", "/hold/release")


def test_a_push_has_the_declarations_looked_at_that_cite_the_document(
    gateway: GatewayReader, simulated: Authorities, running: Served
) -> None:
    goods = lodged(gateway, simulated, 2400, status="42")
    assert goods.reply.effect == "hold"
    validated = {"reference": goods.reference, "status": "70", "updated": "2026-11-25T09:30:00+01:00"}
    simulated.control("traces", "PUT", f"/documents/{goods.reference}", status="70")
    answer = httpx.post(
        f"{running.url}/v1/adapters/traces/notifications", content=pushed([validated]), timeout=60, trust_env=False
    )
    assert (answer.status_code, answer.json()) == (202, {"changes": 1, "declarations": 1, "events": []})
    until(lambda: gateway.get(goods.id).effect == "release", "the decision after the push")
    assert goods.taken() == {1: ("reserved", Decimal(2400))}
    unknown = {**validated, "reference": "CHEDP.FR.2026.3999998"}
    answer = httpx.post(
        f"{running.url}/v1/adapters/traces/notifications", content=pushed([unknown]), timeout=60, trust_env=False
    )
    assert answer.json() == {"changes": 1, "declarations": 0, "events": []}


@pytest.mark.parametrize("name", ["catch", "nobody"])
def test_a_push_that_nobody_reads(name: str, running: Served) -> None:
    answer = httpx.post(f"{running.url}/v1/adapters/{name}/notifications", content=b"<x/>", timeout=60, trust_env=False)
    assert answer.status_code == (400 if name == "catch" else 404)


@pytest.mark.parametrize(("kind", "left"), [("keep", {1: ("consumed", Decimal(2400))}), ("delete", {})])
def test_what_is_out_stays_written_off_until_two_officers_decide(
    gateway: GatewayReader, simulated: Authorities, kind: str, left: dict[int, object]
) -> None:
    goods = lodged(gateway, simulated, 2400)
    gateway.release(goods.id, wait_s=WAIT_S)
    waiting = gateway.invalidate(goods.id, reason="lodged twice", grounds="declared_twice", wait_s=WAIT_S)
    assert (waiting.body["state"], waiting.effect, shown(waiting)) == ("decided", "hold", [("written_off", "2400")])
    assert goods.taken() == {1: ("consumed", Decimal(2400))}
    ended = gateway.intervene(goods.id, by_two(kind, goods), wait_s=WAIT_S)
    assert (ended.body["state"], goods.taken()) == ("invalidated", left)
    assert goods.effects() == Counter(reserve=1, release=1, **({"undo": 1} if kind == "delete" else {}))
