"""Control orders over HTTP: ordered, appointed, ended and listed by those who may, and nothing told to those who may not know."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

import gateway.wings.controls
from gateway.terminal.exits import Exit
from tests.api.asking import Goods
from tests.api.sent_examples import Sent
from tests.builders.commands import gateway_command
from tests.builders.door import KEYS, Door
from tests.builders.running import until

FOLDER = Path(gateway.wings.controls.__file__).parent
PACKS = "/v1/risk/packs"
SHADOWS = "/v1/risk/shadows"
DUTIES = "/v1/risk/duties"
TOMORROW = {"place": "Quay 4", "time": (datetime.now(UTC) + timedelta(days=1)).isoformat()}


def order(door: Door, goods: Goods, by: str = "customs", status: int = 200, **said: Any) -> dict[str, Any]:
    answer = door[by].post(f"{goods.here}/controls", json={"types": ["40"], **said})
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def act(door: Door, number: int, name: str, by: str = "officer", **said: Any) -> httpx.Response:
    return door[by].post(f"/v1/controls/{number}/{name}", json=said)


def test_an_act_under_an_order_is_done_as_it_was_read(door: Door) -> None:
    goods = Goods(door).lodged()
    number = order(door, goods)["number"]
    here = f"/v1/controls/{number}"
    read = door["officer"].get(here)
    assert (read.status_code, read.json()["number"]) == (200, number)
    assert door["officer"].get(here, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304

    def act_as(etag: str, name: str, **said: Any) -> httpx.Response:
        return door["officer"].post(f"{here}/{name}", json=said, headers={"If-Match": etag})

    appointed = act_as(read.headers["ETag"], "appointment", **TOMORROW)
    assert appointed.status_code == 200, appointed.text
    assert appointed.headers["ETag"] == door["officer"].get(here).headers["ETag"] != read.headers["ETag"]
    # The same again, whose first answer may have been lost, is answered; another one is not done.
    assert act_as(read.headers["ETag"], "appointment", **TOMORROW).status_code == 200
    late = act_as(read.headers["ETag"], "result", code="satisfactory")
    assert (late.status_code, late.json()["code"]) == (412, "SW-API-670")
    assert act_as("x", "result", code="satisfactory").status_code == 422
    done = act_as(appointed.headers["ETag"], "result", code="satisfactory")
    assert done.status_code == 200, done.text
    assert (
        door["officer there"].get(here).status_code == door["officer"].get("/v1/controls/1000000000").status_code == 404
    )


def test_customs_orders_and_the_offices_list_has_it(door: Door) -> None:
    """The same reference again is the same order; an instruction is read by officers alone."""
    goods = Goods(door).lodged()
    made = order(door, goods, reference="RE/1", instruction="K12", level="H")
    assert (made["state"], made["stage"], made["office"], made["told"]) == ("due", "before_release", "FR001260", False)
    assert order(door, goods, reference="RE/1", instruction="K12", level="H") == made
    other = order(door, goods, status=409, reference="RE/1", level="L")
    assert other["code"] == "SW-API-652"
    assert (made["instruction"], made["level"]) == (None, "H")
    for params, found in (
        ({"office": "FR001260", "state": "due"}, True),
        ({"office": "FR009999"}, False),
        ({"state": "waived"}, False),
    ):
        page = door["officer"].get("/v1/controls", params={"declaration": goods.id, "limit": 200, **params}).json()
        assert [(one["number"], one["instruction"]) for one in page["items"]] == [(made["number"], "K12")] * found
    assert door["customs"].post(f"{goods.here}/release", json={}).json()["code"] == "SW-API-651"
    gate = goods.shown()["release_gate"]
    assert [one["code"] for item in gate for one in item["obstacles"]] == ["SW-API-651"]
    release = next(one for one in goods.shown("officer")["actions"] if one["name"] == "release")
    assert (release["why_not"], release["goods_items"]) == ("controlled", [])


def test_the_list_goes_on_page_by_page(door: Door) -> None:
    goods = Goods(door).lodged()
    numbers = [order(door, goods)["number"] for _ in range(3)]
    found, cursor = [], None
    while True:
        params: dict[str, Any] = {"declaration": goods.id, "limit": 1, **({"cursor": cursor} if cursor else {})}
        page = door["auditor"].get("/v1/controls", params=params).json()
        found += [one["number"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == numbers
    assert door["auditor"].get("/v1/controls", params={"cursor": "x"}).status_code == 422


def test_before_acceptance_it_is_planned_and_a_party_is_told_where_and_when(door: Door) -> None:
    goods = Goods(door).lodged("trader", mrn=False)
    made = order(door, goods)
    assert made["state"] == "planned"
    assert goods.shown("trader")["examination"] is None
    told = act(door, made["number"], "appointment", "customs", **TOMORROW)
    assert told.status_code == 200, told.text
    shown = goods.shown("trader")["examination"]
    assert (shown["place"], shown["time"] is not None, shown["of"]) == ("Quay 4", True, "goods")
    assert goods.post("trader", f"{goods.here}/amendments", content=goods.message(2, mrn=False)).status_code == 409
    order(door, goods, types=["10"])
    again = act(door, made["number"], "result", "customs", code="satisfactory")
    assert again.json()["state"] == "satisfactory", again.text
    assert goods.shown("trader")["examination"]["took_place_at"] is not None


def test_an_announcement_is_an_order_and_ends_as_one(door: Door) -> None:
    goods = Goods(door).lodged()
    goods.control(announced=True, reference="E/1")
    (made,) = door["officer"].get("/v1/controls", params={"declaration": goods.id}).json()["items"]
    assert (made["types"], made["told"], made["reference"], made["of"]) == (["40"], True, "E/1", "goods")
    goods.control(took_place=True, reference="E/1")
    assert door["officer"].get("/v1/controls", params={"declaration": goods.id}).json()["items"] == []
    (over,) = door["officer"].get("/v1/controls", params={"declaration": goods.id, "ended": True}).json()["items"]
    assert (over["state"], over["result"]["code"]) == ("satisfactory", None)
    assert door["customs"].post(f"{goods.here}/release", json={}).status_code in (200, 202)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"types": []}, 422),
        ({"types": ["99"]}, 422),
        ({"types": ["40"], "level": "X"}, 422),
        ({"types": ["40"], "goods_items": [77]}, 422),
        ({"types": ["40"], "office": "here"}, 422),
        ({"types": ["40"], "more": 1}, 422),
        ({"types": ["40"], "seen": {"version": 9, "decision": 9}}, 409),
    ],
)
def test_what_cannot_be_meant_is_refused(door: Door, bad: Goods, body: Mapping[str, object], status: int) -> None:
    answer = door["customs"].post(f"{bad.here}/controls", json=body)
    assert answer.status_code == status, answer.text
    assert door["officer"].get("/v1/controls", params={"declaration": bad.id, "limit": 200}).json()["items"] == []


@pytest.fixture(scope="module")
def bad(door: Door) -> Goods:
    return Goods(door).lodged()


def test_acts_that_do_not_fit_are_refused(door: Door) -> None:
    """An unknown order, an appointment in the past, unknown codes, a second result, the same person twice, a result after the end."""
    goods = Goods(door).lodged()
    number = order(door, goods, level="H")["number"]
    unknown = act(door, 10**9, "result", code="satisfactory")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "SW-API-404")
    past = act(door, number, "appointment", place="x", time="2020-01-01T00:00:00Z")
    assert (past.status_code, past.json()["code"]) == (422, "SW-API-422")
    for name, said in (
        ("result", {"code": "good"}),
        ("result", {}),
        ("result", {"code": "satisfactory", "under_way": True}),
        ("result", {"code": "discrepancy", "goods_items": [9]}),
        ("result", {"code": "satisfactory", "goods_items": [1]}),
        ("result", {"code": "discrepancy", "duty_change": "much"}),
        ("waiver", {"code": "corrected"}),
        ("settlement", {}),
        ("scope", {"goods_items": []}),
    ):
        assert act(door, number, name, **said).status_code == 422, (name, said)
    assert act(door, number, "settlement", code="corrected").json()["code"] == "SW-API-660"
    assert act(door, number, "waiver", "customs", code="no_means").status_code == 403

    assert act(door, number, "waiver", code="no_means").json()["pending"]["act"] == "waived"
    same = act(door, number, "waiver", code="no_means")
    assert (same.status_code, same.json()["code"]) == (422, "SW-API-602")
    approvals = door["operator"].get("/v1/approvals", params={"declaration": goods.id}).json()["items"]
    assert approvals == []
    assert act(door, number, "result", under_way=True).json()["state"] == "under_way"
    found = act(door, number, "result", code="irregularity", words="other goods")
    assert found.json()["state"] == "adverse"
    assert act(door, number, "result", code="irregularity", words="other goods").json() == found.json()
    assert act(door, number, "result", code="satisfactory").json()["code"] == "SW-API-660"
    assert act(door, number, "settlement", code="penalised").json()["state"] == "adverse"
    assert act(door, number, "settlement", "colleague", code="penalised").json()["state"] == "settled"

    moved = order(door, goods)["number"]
    assert act(door, moved, "transfer", code="not_in_time").json()["state"] == "transferred"

    def released() -> bool:
        # What was settled is decided again first.
        return door["customs"].post(f"{goods.here}/release", json={}, headers={"Prefer": "wait=20"}).status_code == 200

    assert until(released, "the goods are released")
    after = act(door, moved, "result", code="discrepancy")
    assert (after.json()["state"], after.json()["stage"]) == ("adverse", "after_release")
    twice = act(door, moved, "result", code="satisfactory")
    assert (twice.status_code, twice.json()["code"]) == (409, "SW-API-660")
    assert order(door, goods)["stage"] == "after_release"


def test_who_may(door: Door) -> None:
    goods = Goods(door).lodged()
    number = order(door, goods)["number"]
    for caller in ("trader", "auditor", "operator", "authority"):
        assert door[caller].post(f"{goods.here}/controls", json={"types": ["40"]}).status_code == 403
        assert act(door, number, "result", caller, code="satisfactory").status_code == 403
    for caller in ("trader", "operator", "authority"):
        assert door[caller].get("/v1/controls").status_code == 403
    there, absent = (act(door, one, "further", "officer there") for one in (number, 10**9))
    assert (there.status_code, there.json()) == (absent.status_code, absent.json()) == (404, absent.json())


def test_a_notice_of_it_is_customs_and_officers(door: Door) -> None:
    goods = Goods(door).lodged()
    order(door, goods)
    for caller, many in (("customs", 1), ("officer", 1), ("trader", 0)):
        page = door[caller].get("/v1/notices", params={"limit": 1_000, "kind": "control"}).json()["items"]
        assert len([one for one in page if one["declaration"] == goods.id]) == many, caller


def test_every_example_is_carried_out(door: Door) -> None:
    goods = Goods(door).lodged()
    sent = Sent(door)
    number = sent("customs", "order_control", "physical", 200, record_id=goods.id).json()["number"]
    sent("officer", "set_control_scope", "one", 200, number=number)
    sent("officer", "appoint_control", "told", 200, number=number)
    sent("officer", "enter_control_result", "irregularity", 200, number=number)
    (owed,) = [one for one in door["risk"].get(DUTIES).json()["items"] if one["declaration"] == goods.id]
    here = f"{DUTIES}/{goods.id}/{owed['event']}"
    assert (owed["about"], owed["number"], owed["found"]) == ("control", number, "irregularity")
    assert door["risk"].get(here).json()["title"] == "irregularity"
    for bad in (
        {"done": "exchanged"},
        {"done": "not_exchanged"},
        {"done": "exchanged", "reference": "R", "words": "x"},
    ):
        assert door["risk"].post(here, json=bad).status_code == 422
    assert door["risk"].post(here[:-1] + "99999", json={"done": "exchanged", "reference": "R"}).status_code == 404
    for caller in ("customs", "trader", "auditor", "officer here", "console", "operator"):
        assert {door[caller].get(one).status_code for one in (DUTIES, here)} == {403}, caller
    sent("risk", "answer_risk_duty", "not_exchanged", 200, record_id=goods.id, event=owed["event"])
    assert door["risk"].post(here, json={"done": "exchanged", "reference": "R"}).json()["code"] == "SW-API-409"
    assert goods.id not in {one["declaration"] for one in door["risk"].get(DUTIES).json()["items"]}
    sent("officer", "settle_control", "corrected", 200, number=number)
    for operation, shown in (("waive_control", "documents"), ("transfer_control", "not_in_time")):
        sent("officer", operation, shown, 200, number=order(door, goods)["number"])
    further = order(door, goods)["number"]
    assert act(door, further, "result", code="satisfactory").status_code == 200
    sent("officer", "reopen_control", "asked_for", 200, number=further)
    sent("officer", "put_pack_in_shadow", "textiles", 200)
    sent("officer", "end_pack_in_shadow", "textiles", 200)
    assert {file.name.rpartition(".")[0] for file in (FOLDER / "examples").iterdir()} - {
        "publish_pack.later"
    } == sent.operations


def test_the_role_risk_reads_all_and_acts_on_orders_alone(door: Door) -> None:
    """It sees the case and what it orders, ends its orders and publishes packs; it decides, releases and lodges nothing."""
    goods = Goods(door).lodged()
    made = order(door, goods, by="risk", instruction="LOOK")
    (listed,) = door["risk"].get("/v1/controls", params={"declaration": goods.id}).json()["items"]
    assert (listed["number"], listed["instruction"]) == (made["number"], "LOOK")
    for path in (goods.here, f"{goods.here}/events", f"{goods.here}/explanation", "/v1/notices", "/v1/me"):
        assert door["risk"].get(path).status_code == 200, path
    for path, body in (("release", {}), ("override", {}), ("accept", {}), ("control", {"announced": True}), ("invalidation", {})):  # fmt: skip
        assert door["risk"].post(f"{goods.here}/{path}", json=body).status_code in (403, 404), path
    assert door["risk"].get("/v1/webhooks").status_code == 403
    assert act(door, made["number"], "result", by="risk", code="satisfactory").status_code == 200
    again = order(door, goods, by="risk", level="M")["number"]
    waived = json.loads((FOLDER / "examples" / "waive_control.documents.json").read_bytes())
    assert act(door, again, "waiver", by="risk", **waived).status_code == 200


def test_no_key_of_the_database_is_an_analysts(door: Door, api_database: str) -> None:
    """An operator could make two of them: such a key is refused when it is made, and one that stands there nevertheless counts for nobody."""
    ours = {"GATEWAY_DATABASE_URL": api_database}
    refused = gateway_command(ours, "api-key", "new", "made analyst", "--role", "risk", "--person", "Eve")
    assert refused.returncode != 0
    assert "a risk analyst is named by the configuration or by an issuer" in refused.stderr + refused.stdout
    printed = gateway_command(
        ours, "api-key", "new", "made analyst", "--role", "risk", "--person", "Eve", "--print-only"
    )
    assert (printed.returncode, 'role = "risk"' in printed.stdout) == (0, True), printed.stderr
    made = gateway_command(ours, "api-key", "new", "made officer", "--role", "officer", "--person", "Eve")
    key = made.stdout.splitlines()[0].rpartition(" ")[2]
    assert httpx.get(f"{door.url}/v1/me", headers={"X-API-Key": key}).status_code == 200
    with psycopg.connect(api_database) as connection:
        connection.execute("UPDATE api_key SET role = 'risk' WHERE name = 'made officer'")
    for path in ("/v1/me", PACKS):
        assert httpx.get(f"{door.url}{path}", headers={"X-API-Key": key}).status_code == 401


def test_two_analysts_publish_a_pack(door: Door, tmp_path: Path) -> None:
    """Two keys of one person are one; a system that names persons, and officers who are not named, publish and see nothing."""
    assert Sent(door)("officer", "publish_pack", "later", 200).json()["state"] == "proposed"
    text = json.loads((FOLDER / "examples" / "publish_pack.later.json").read_bytes())["text"]
    for caller, status, code in (
        ("officer", 422, "SW-API-602"),
        ("other hand", 422, "SW-API-602"),
        ("console", 403, "SW-API-403"),
        ("officer here", 403, "SW-API-403"),
        ("auditor", 403, "SW-API-403"),
        ("operator", 403, "SW-API-403"),
        ("customs", 403, "SW-API-403"),
        ("trader", 403, "SW-API-403"),
    ):
        answer = door[caller].post(PACKS, json={"text": text})
        assert (answer.status_code, answer.json()["code"]) == (status, code), caller
        for path in (PACKS, "/v1/risk/matches", SHADOWS):
            assert caller in ("officer", "other hand") or door[caller].get(path).status_code == 403
    assert [door["risk"].get(path).status_code for path in (PACKS, "/v1/risk/matches", SHADOWS)] == [200, 200, 200]
    faulty = door["colleague"].post(PACKS, json={"text": text.replace("0.30", "1.30")})
    assert (faulty.status_code, faulty.json()["detail"]) == (422, "pack:8: a share is from 0 to 1, not 1.30")

    file = tmp_path / "pack.toml"
    file.write_text(text, encoding="utf-8")
    made = gateway_command({"GATEWAY_API_KEY": KEYS["colleague"]}, "risk", "publish", str(file), "--url", door.url)
    assert (made.returncode, made.stdout) == (0, "textiles: published, from 2099-01-01\n"), made.stderr
    assert door["officer"].get("/v1/risk/matches").json() == {"items": []}
    told = gateway_command({"GATEWAY_API_KEY": KEYS["colleague"]}, "risk", "duties", "--url", door.url)
    assert (told.returncode, "confirmed by" in told.stdout) == (0, True), told.stderr
    (listed,) = door["officer"].get(PACKS).json()["items"]
    assert (listed["name"], listed["state"]) == ("textiles", "published")
    file.write_bytes(b"\xff")
    assert gateway_command({}, "risk", "publish", str(file)).returncode == Exit.CONFIGURATION

    draft = text.replace('"textiles"', '"milk"').replace('["6109"]', '["04"]')
    draft = draft.replace('[{ price = "EUR", per = "net_mass" }]', "[{ always = true }]")
    draft = f'{draft[: draft.index("band = ")]}band = [{{ level = "H", share = 1, types = [40] }}]\n'
    draft = draft.replace("valid_from = 2099-01-01", "valid_from = 2026-01-01").replace("2099", "2026")
    file.write_text(draft, encoding="utf-8")
    ours = {"GATEWAY_API_KEY": KEYS["colleague"], "GATEWAY_URL": door.url}
    made = gateway_command(ours, "risk", "shadow", str(file))
    assert (made.returncode, made.stdout) == (0, "milk: in shadow, orders nothing\n"), made.stderr
    assert door["auditor"].post(SHADOWS, json={"text": draft}).status_code == 403
    Goods(door).lodged()
    (shadow,) = door["officer"].get(SHADOWS).json()["items"]
    assert (shadow["name"], shadow["assessed"], shadow["chosen"], shadow["controlled_already"]) == ("milk", 1, 1, 0)
    assert [one["in_band"] for one in shadow["rows"]] == [1]
    assert [one["name"] for one in door["officer"].get(PACKS).json()["items"]] == ["textiles"]
    made = gateway_command(ours, "risk", "shadow", "--end", "milk")
    assert (made.returncode, made.stdout) == (0, "milk: ended\n"), made.stderr
    assert door["officer"].post(f"{SHADOWS}/end", json={"name": "milk"}).status_code == 404
    assert door["officer"].get(SHADOWS).json() == {"items": []}
    assert gateway_command(ours, "risk", "shadow").returncode == Exit.USAGE
