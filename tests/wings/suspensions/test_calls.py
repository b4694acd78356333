"""Suspensions over HTTP: opened, answered and listed by those who may, and nothing told to those who may not know."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

import gateway.wings.suspensions
from tests.api.lodging import lodge
from tests.api.sent_examples import Sent
from tests.builders.door import Door
from tests.builders.running import until
from tests.wings.suspensions.course import STATED

FOLDER = Path(gateway.wings.suspensions.__file__).parent


def accepted(door: Door) -> dict[str, Any]:
    """A declaration that customs accepted, decided."""
    answer = lodge(door["customs"])
    assert answer.status_code in (200, 201, 202), answer.text
    return decided(door, answer.json()["id"])


def decided(door: Door, record_id: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        body: dict[str, Any] = door["customs"].get(f"/v1/declarations/{record_id}").json()
        return body if body["state"] != "processing" and not body.get("due") else None

    return until(found, "a decision")


def suspended(door: Door, record_id: str, regime: str = "product_safety", caller: str = "officer", **more: object) -> httpx.Response:  # fmt: skip
    body = {"regime": regime, "stated": STATED[regime], **more}
    return door[caller].post(f"/v1/declarations/{record_id}/suspensions", json=body, headers={"Prefer": "wait=10"})


def test_an_officer_suspends_and_the_list_has_it(door: Door) -> None:
    record_id = accepted(door)["id"]

    answer = suspended(door, record_id, goods_items=[1])

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["number"], body["state"], body["goods_items"], body["told"]) == (1, "open", [1], True)
    assert "maintain" in body["words_open"]
    assert [one["name"] for one in body["duties"]] == ["notify.authority"]
    listed = door["officer"].get("/v1/suspensions", params={"declaration": record_id}).json()["items"]
    assert listed == [body]


def test_who_may(door: Door) -> None:
    record_id = accepted(door)["id"]
    assert suspended(door, record_id, caller="customs").status_code == 200
    for caller in ("trader", "auditor", "operator", "authority"):
        assert suspended(door, record_id, caller=caller).status_code == 403, caller
    words = f"/v1/declarations/{record_id}/suspensions/1/words"
    for caller in ("customs", "auditor", "operator"):
        assert door[caller].post(words, json={"word": "maintain"}).status_code == 403, caller
    assert door["trader"].post(f"/v1/declarations/{record_id}/suspensions/1/duties/notify.authority", json={}).status_code == 403  # fmt: skip
    assert door["officer there"].post(words, json={"word": "maintain"}).status_code == 404
    assert door["officer"].post(words, json={"word": "maintain"}).json()["state"] == "maintained"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"regime": "nothing"}, 422),
        ({"regime": "dual_use", "stated": STATED["dual_use"]}, 422),
        ({"regime": "product_safety"}, 422),
        ({"regime": "product_safety", "stated": STATED["product_safety"], "goods_items": [99]}, 422),
        ({"regime": "product_safety", "stated": {"ground": "x" * 600}}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_meant_is_refused(door: Door, body: Mapping[str, object], status: int) -> None:
    record_id = accepted(door)["id"]
    answer = door["officer"].post(f"/v1/declarations/{record_id}/suspensions", json=body)
    assert answer.status_code == status, answer.text
    assert door["officer"].get("/v1/suspensions", params={"declaration": record_id}).json()["items"] == []


def test_a_word_that_nobody_knows_and_a_suspension_that_is_none(door: Door) -> None:
    record_id = accepted(door)["id"]
    suspended(door, record_id)
    here = f"/v1/declarations/{record_id}/suspensions"
    assert door["officer"].post(f"{here}/1/words", json={"word": "hello"}).status_code == 422
    assert door["officer"].post(f"{here}/2/words", json={"word": "maintain"}).status_code == 404
    assert door["officer"].post(f"{here}/1/duties/hello", json={}).status_code == 404
    late = door["officer"].post(f"{here}/1/words", json={"word": "nothing_came"})
    assert (late.status_code, late.json()["code"]) == (409, "SW-API-653")
    nowhere = ("x", f"2026-99-99 {record_id} 1", f"2026-03-06 {record_id} {'9' * 30}")
    for cursor in nowhere:
        assert door["officer"].get("/v1/suspensions", params={"cursor": cursor}).status_code == 422, cursor


def test_a_word_on_what_has_changed_since_it_was_read_is_not_said(door: Door) -> None:
    record_id = accepted(door)["id"]
    suspended(door, record_id)
    words = f"/v1/declarations/{record_id}/suspensions/1/words"
    changed = door["officer"].post(words, json={"word": "maintain", "seen": {"version": 9, "decision": 1}})
    assert (changed.status_code, changed.json()["code"]) == (409, "SW-API-605")
    now = decided(door, record_id)
    read = {"version": now["version"], "decision": now["decision"]["number"]}
    assert door["officer"].post(words, json={"word": "maintain", "seen": read}).json()["state"] == "maintained"


def test_a_party_reads_and_answers_what_it_is_told(door: Door) -> None:
    record_id = accepted(door)["id"]
    here = f"/v1/declarations/{record_id}/suspensions"
    for _ in range(2):
        assert suspended(door, record_id, "ipr").status_code == 200
    assert door["trader"].get("/v1/suspensions", params={"declaration": record_id}).json()["items"] == []
    untold = door["trader"].post(f"{here}/1/words", json={"word": "declarant.opposes"})
    none = door["trader"].post(f"{here}/7/words", json={"word": "declarant.opposes"})
    assert (untold.status_code, untold.json()["detail"]) == (none.status_code, none.json()["detail"])

    for duty in ("notified.declarant", "notified.holder"):
        assert door["officer"].post(f"{here}/2/duties/{duty}", json={}).status_code == 200
    (seen,) = door["trader"].get("/v1/suspensions", params={"declaration": record_id}).json()["items"]

    assert (seen["awaits"], seen["words_open"]) == ("declarant", ["declarant.agrees", "declarant.opposes"])
    assert seen["number"] == 1, "the first of which it is told: how many there are is not told"
    assert door["trader"].post(f"{here}/2/words", json={"word": "declarant.opposes"}).status_code == 404
    declared = door["trader"].get(f"/v1/declarations/{record_id}").json()
    (clock,) = [one for one in declared["clocks"] if one["kind"] == "suspension"]
    assert (clock["name"], clock["until"], clock["turn"]) == ("ipr", seen["deadline"], "declarant")
    assert {name for name, value in seen.items() if value is None} >= {"clocks", "words", "duties", "reference"}
    assert door["stranger"].get("/v1/suspensions", params={"declaration": record_id}).json()["items"] == []
    assert door["stranger"].post(f"{here}/1/words", json={"word": "declarant.opposes"}).status_code == 404
    early = door["trader"].post(f"{here}/1/words", json={"word": "declarant.opposes", "received_at": "2026-01-01T00:00:00Z"})  # fmt: skip
    assert early.status_code == 422
    answered = door["trader"].post(f"{here}/1/words", json={"word": "declarant.opposes"})
    assert (answered.status_code, answered.json()["words_open"]) == (200, [])


def test_the_list_goes_on_page_by_page_with_the_nearest_deadline_first(door: Door) -> None:
    record_id = accepted(door)["id"]
    for _ in range(2):
        assert suspended(door, record_id, "ipr").status_code == 200
    assert suspended(door, record_id, "product_safety").status_code == 200
    found, cursor = [], None
    while True:
        params = {"declaration": record_id, "limit": 1} | ({"cursor": cursor} if cursor is not None else {})
        page = door["officer"].get("/v1/suspensions", params=params).json()
        found += [one["number"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [3, 1, 2]


CALLS = (
    "/v1/declarations/{id}",
    "/v1/declarations/{id}/events",
    "/v1/declarations/{id}/explanation",
    "/v1/suspensions?declaration={id}",
    "/v1/suspensions?declaration={id}&ended=true",
)


def test_a_suspension_that_is_not_told_reads_as_any_other_hold(door: Door) -> None:
    """No call of its trader's shows a word of it."""
    record_id = accepted(door)["id"]
    assert suspended(door, record_id, "ipr").status_code == 200
    decided(door, record_id)
    for call in CALLS:
        answer = door["trader"].get(call.format(id=record_id))
        assert answer.status_code in (200, 404), answer.text
        for word in ("uspen", "ipr", "intellectual", "SW-DEC-30", "SW-API-650", "shut", "holder"):
            assert word not in answer.text.replace('"holder":', ""), (call, word)
    page = door["trader"].get("/v1/declarations", params={"limit": 200}).json()["items"]
    (row,) = [one for one in page if one["id"] == record_id]
    assert "uspen" not in str(row)
    notices = door["trader"].get("/v1/notices", params={"limit": 1_000}).json()["items"]
    assert "uspen" not in str([one for one in notices if one["declaration"] == record_id])


def test_every_example_is_carried_out(door: Door) -> None:
    record_id = accepted(door)["id"]
    sent = Sent(door)
    sent("officer", "suspend_goods", "product_safety", 200, record_id=record_id)
    sent("officer", "state_duty_done", "told", 200, record_id=record_id, number=1, name="notify.authority")
    sent("officer", "say_word", "maintained", 200, record_id=record_id, number=1)
    assert {file.name.rpartition(".")[0] for file in (FOLDER / "examples").iterdir()} == sent.operations
