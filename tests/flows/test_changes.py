"""A certificate that changes after the decision: decided anew before release, an alert and nothing undone after it."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.builders.commands import gateway_command
from tests.builders.consignments import WAIT_S, Consignment, lodged, push
from tests.builders.running import Authorities, GatewayReader, Served, served, settled, until
from tests.flows.told import codes, looks, told, trail

CANCELLED, REJECTED, VALIDATED, IN_PROGRESS = "64", "41", "70", "42"


def changed(goods: Consignment, url: str, **record: object) -> None:
    """Changes a certificate and has its authority push it."""
    goods.simulated.control("traces", "PUT", f"/documents/{goods.reference}", **record)
    assert push(url, goods.reference, str(record.get("status", VALIDATED))) == 1


def looked(gateway: GatewayReader, record_id: str, before: int) -> None:
    until(lambda: looks(gateway, record_id) > before or None, "another look")


@pytest.mark.whole
def test_a_certificate_that_is_cancelled_after_the_decision_leads_to_a_new_one(
    gateway: GatewayReader, simulated: Authorities, running: Served, environment: dict[str, str]
) -> None:
    goods = lodged(gateway, simulated, 2400)
    assert (goods.reply.effect, goods.taken()) == ("release", {1: ("reserved", Decimal(2400))})
    changed(goods, running.url, status=CANCELLED)
    until(lambda: gateway.get(goods.id).effect == "refuse" or None, "the decision after the push")
    body = gateway.get(goods.id).body
    assert (body["decision"]["number"], body["documents"][0]["status"]) == (2, "withdrawn")
    assert {"SW-DEC-022", "SW-DEC-140"} <= codes(gateway, goods.id)
    assert told(gateway, goods.id) == [("decided", 1, "release"), ("changed", 2, "refuse")]
    # The same again has the same meaning, still against what was confirmed at first.
    seen = looks(gateway, goods.id)
    changed(goods, running.url, status=CANCELLED)
    looked(gateway, goods.id, seen)
    assert gateway.get(goods.id).body["decision"]["number"] == 2
    assert len(told(gateway, goods.id)) == 2
    # Rejected instead: another meaning. Validated again: as if nothing had been.
    changed(goods, running.url, status=REJECTED)
    until(lambda: gateway.get(goods.id).body["decision"]["number"] == 3 or None, "a third decision")
    assert "SW-DEC-140" in codes(gateway, goods.id)
    changed(goods, running.url, status=VALIDATED)
    until(lambda: gateway.get(goods.id).effect == "release" or None, "a release again")
    assert "SW-DEC-140" not in codes(gateway, goods.id)
    assert told(gateway, goods.id)[2:] == [("changed", 3, "refuse"), ("changed", 4, "release")]
    replayed = gateway_command(environment, "replay", goods.id)
    assert (replayed.returncode, replayed.stdout.count("same")) == (0, 4), replayed.stdout


def test_a_certificate_that_its_authority_does_not_find_any_more_alerts_customs(
    gateway: GatewayReader, simulated: Authorities, running: Served
) -> None:
    goods = lodged(gateway, simulated, 2400, status=IN_PROGRESS)
    simulated.control("traces", "DELETE", f"/documents/{goods.reference}")
    push(running.url, goods.reference, CANCELLED)
    until(lambda: gateway.get(goods.id).body["documents"][0]["status"] == "not_found" or None, "not found")
    assert {"SW-DEC-028", "SW-DEC-141"} <= codes(gateway, goods.id)
    assert told(gateway, goods.id) == [("decided", 1, "hold"), ("changed", 2, "hold"), ("alert", 2, "hold")]
    (alert,) = [one["body"] for one in trail(gateway, goods.id) if one["kind"] == "declaration.alerted"]
    assert [(one["code"], one["status"]) for one in alert["documents"]] == [("SW-DEC-141", "not_found")]


def untimed(document: dict[str, Any]) -> dict[str, Any]:
    """A document without when its authority was asked and its position read."""
    quantity = [{**line, "read_at": None} for line in document["quantity"]]
    return {**document, "asked_at": None, "attempts": None, "quantity": quantity}


def test_a_released_declaration_is_not_undone_by_a_change_but_alerts_customs(
    gateway: GatewayReader, simulated: Authorities, running: Served, environment: dict[str, str]
) -> None:
    goods = lodged(gateway, simulated, 2400)
    gateway.release(goods.id, wait_s=WAIT_S)
    released = gateway.get(goods.id).body
    effects = goods.effects()
    assert effects == Counter(reserve=1, release=1)
    changed(goods, running.url, status=CANCELLED)
    until(lambda: "SW-DEC-142" in codes(gateway, goods.id) or None, "an alert")
    body = gateway.get(goods.id).body
    assert (body["state"], body["release"]) == ("released", released["release"])
    assert [untimed(one) for one in body["documents"]] == [untimed(one) for one in released["documents"]]
    assert (body["decision"]["effect"], body["decision"]["items"]) == ("release", released["decision"]["items"])
    (finding,) = [one for one in body["decision"]["findings"] if one["code"] == "SW-DEC-142"]
    assert (finding["effect"], finding["advice"]) == ("none", "control")
    expected = [("decided", 1, "release"), ("released", 1, "release"), ("alert", 2, "release")]
    assert told(gateway, goods.id) == expected
    assert sum(one["kind"] == "declaration.alerted" for one in trail(gateway, goods.id)) == 1
    # Shown once, not again at each look; again once it changes again.
    seen = looks(gateway, goods.id)
    changed(goods, running.url, status=CANCELLED)
    looked(gateway, goods.id, seen)
    assert told(gateway, goods.id) == expected
    changed(goods, running.url, status=REJECTED)
    until(lambda: len(told(gateway, goods.id)) > 3 or None, "another alert")
    assert told(gateway, goods.id) == [*expected, ("alert", 3, "release")]
    assert (goods.effects(), goods.taken()) == (effects, {1: ("consumed", Decimal(2400))})
    assert len(gateway.movements(goods.id)) == 2
    assert gateway.get(goods.id).body["state"] == "released"
    replayed = gateway_command(environment, "replay", goods.id)
    assert (replayed.returncode, replayed.stdout.count("same")) == (0, 3), replayed.stdout


@pytest.mark.parametrize("fault", ["down", "garbage"])
def test_a_released_declaration_stays_released_while_nobody_can_say(
    gateway: GatewayReader, simulated: Authorities, running: Served, fault: str
) -> None:
    goods = lodged(gateway, simulated, 2400)
    gateway.release(goods.id, wait_s=WAIT_S)
    seen = looks(gateway, goods.id)
    simulated.control("traces", "POST", "/faults", reference=goods.reference, fault=fault)
    push(running.url, goods.reference, CANCELLED)
    looked(gateway, goods.id, seen)
    assert gateway.get(goods.id).effect == "release"
    assert told(gateway, goods.id) == [("decided", 1, "release"), ("released", 1, "release")]
    simulated.control("traces", "POST", "/faults", reference=goods.reference, fault=None)


def test_goods_that_officers_released_against_the_decision_stay_as_they_were_decided(
    gateway: GatewayReader, simulated: Authorities, running: Served
) -> None:
    goods = lodged(gateway, simulated, 2400, status=IN_PROGRESS)
    override = {"officer": "officer.martin", "reason": "seen on paper", "second_officer": "officer.dubois"}
    gateway.release(goods.id, {"override": override}, wait_s=WAIT_S)
    assert gateway.get(goods.id).body["state"] == "released"
    changed(goods, running.url, status=REJECTED)
    until(lambda: "SW-DEC-142" in codes(gateway, goods.id) or None, "an alert")
    body = gateway.get(goods.id).body
    assert (body["decision"]["effect"], body["documents"][0]["status"]) == ("hold", "pending")
    assert told(gateway, goods.id)[-1][0] == "alert"
    assert goods.effects() == Counter()


def test_of_goods_released_in_parts_the_rest_is_decided_anew_and_customs_is_alerted(
    gateway: GatewayReader, simulated: Authorities, running: Served, environment: dict[str, str]
) -> None:
    goods = lodged(gateway, simulated, 1000, 1400)
    gateway.release(goods.id, {"items": [{"goods_item": 1}]}, wait_s=WAIT_S)
    released, taken = gateway.get(goods.id).body["release"], goods.taken()
    changed(goods, running.url, status=CANCELLED)
    until(lambda: gateway.get(goods.id).effect == "refuse" or None, "the decision on the rest")
    assert "SW-DEC-140" in codes(gateway, goods.id)
    number = gateway.get(goods.id).body["decision"]["number"]
    assert told(gateway, goods.id)[-2:] == [("changed", number, "refuse"), ("alert", number, "refuse")]
    assert (gateway.get(goods.id).body["release"], goods.taken()[1]) == (released, taken[1])
    assert gateway.release(goods.id, wait_s=WAIT_S).status == 409
    assert gateway_command(environment, "replay", goods.id).returncode == 0


def test_a_push_and_a_release_at_the_same_moment_lose_no_change(
    gateway: GatewayReader, simulated: Authorities, running: Served
) -> None:
    goods = lodged(gateway, simulated, 2400)
    # The look after the push waits at its authority; the release comes meanwhile.
    simulated.hold("traces", goods.reference, "", when="before")
    changed(goods, running.url, status=CANCELLED)
    until(lambda: simulated.control("traces", "GET")["held"] or None, "the look under way")
    gateway.release(goods.id, wait_s=0)
    push(running.url, goods.reference, CANCELLED)
    simulated.control("traces", "POST", "/hold/release")
    until(lambda: codes(gateway, goods.id) & {"SW-DEC-140", "SW-DEC-142"} or None, "the change seen")
    # Of goods that are out it is an alert; else the release was judged by it, and that it was not carried out is one.
    body = gateway.get(goods.id).body
    assert body["released"] is (body["state"] == "released")
    assert "alert" in [kind for kind, _, _ in told(gateway, goods.id)]


def test_what_changes_while_no_replica_runs_is_found_by_the_push_that_comes_again(
    environment: dict[str, str], simulated: Authorities, database_url: str
) -> None:
    own = {**environment, "GATEWAY_DATABASE_URL": database_url}
    with served(own) as first, first.client() as gateway:
        goods = lodged(gateway, simulated, 2400)
        after = gateway.read("/v1/notices").json()["next"]
    with served(own) as second, second.client() as gateway:
        changed(goods, second.url, status=CANCELLED)
        page = gateway.read(f"/v1/notices?after={after}&wait=30").json()
        assert [(one["kind"], one["decision"], one["effect"]) for one in page["items"]] == [("changed", 2, "refuse")]
        assert page["items"][0]["number"] > int(after.partition(".")[0])
        second.kill()
    with served(own) as third, third.client() as gateway:
        assert gateway.read(f"/v1/notices?after={after}").json() == page
        assert settled(gateway, goods.id).body["decision"]["number"] == 2
