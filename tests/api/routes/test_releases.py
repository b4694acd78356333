"""What releases and interventions have to say, and who is let through with them, over HTTP."""

from typing import Any

import httpx
import pytest

from adapters.traces.simulator.listing import pushed
from gateway.contract.identity import LONGEST
from tests.api.lodging import INTERVENTION, USED, WAIT, lodge
from tests.builders.door import Door

MANY = "9" * 17
ITEM: dict[str, Any] = {"goods_item": 1, "quantity": "100", "unit": "KGM"}


@pytest.fixture(scope="module")
def lodged(door: Door) -> dict[str, Any]:
    """A declaration that may be released; no test here moves anything of it."""
    answer = lodge(door["customs"])
    assert answer.json()["decision"]["effect"] == "release", answer.text
    found: dict[str, Any] = answer.json()
    return found


def places(answer: httpx.Response) -> list[str]:
    """Where the violations of a call are."""
    assert (answer.status_code, answer.json()["code"]) == (422, "SW-API-422"), answer.text
    return [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "quantity",
    [
        "0",
        "0.000000",
        "-1",
        "1e3",
        "1E+3",
        "1.0000000",
        MANY,
        "0." + "0" * 29 + "1",
        "",
        " 1",
        "1,5",
        "١",
        "NaN",
        "Infinity",
        True,
        0,
        -1,
        1e30,
        1234567890123456.5,
        0.0000001,
    ],
)
def test_a_quantity_is_written_out_and_above_zero(door: Door, lodged: dict[str, Any], quantity: Any) -> None:
    here = lodged["links"]["self"]
    refused = door["customs"].post(f"{here}/release", json={"items": [{**ITEM, "quantity": quantity}]})
    assert places(refused) == ["/items/0/quantity"]
    used = {**INTERVENTION, "items": [{**USED, "quantity": quantity}]}
    assert places(door["officer"].post(f"{here}/interventions", json=used)) == ["/items/0/quantity"]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"items": []}, "/items"),
        ({"items": [{"goods_item": 0}]}, "/items/0/goods_item"),
        ({"items": [{"goods_item": 1, "quantity": "1"}]}, "/items/0"),
        ({"items": [{"goods_item": 1, "unit": "KGM"}]}, "/items/0"),
        ({"items": [{**ITEM, "unit": "kg"}]}, "/items/0/unit"),
        ({"items": [{**ITEM, "line": 1}]}, "/items/0/line"),
        ({"reference": " "}, "/reference"),
        ({"goods": "all"}, "/goods"),
        ({"override": {}}, "/override/reason"),
        ({"override": {"reason": " \t"}}, "/override/reason"),
        ({"override": {"reason": "x", "second_officer": ""}}, "/override/second_officer"),
    ],
)
def test_a_release_that_is_not_understood_names_the_place(
    door: Door, lodged: dict[str, Any], said: dict[str, Any], place: str
) -> None:
    assert places(door["officer"].post(f"{lodged['links']['self']}/release", json=said)) == [place]


def test_a_machine_releases_but_does_not_override(door: Door) -> None:
    held = lodge(door["customs"], "02").json()
    path = f"{held['links']['self']}/release"
    refused = door["customs"].post(path, json={"override": {"reason": "perishable"}})
    assert (refused.status_code, refused.json()["code"]) == (403, "SW-API-403")
    without = door["customs"].post(path, json={})
    assert (without.status_code, without.json()["code"]) == (409, "SW-API-618")
    assert "override" in without.json()["detail"]
    taken = door["officer"].post(path, json={"override": {"reason": "perishable"}}, headers=WAIT)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["release"]["whole"], taken.json()["release"]["override"]) == (True, True)
    shown = door["trader"].get(held["links"]["self"])
    assert shown.json()["release"] == taken.json()["release"]
    trail = shown.text + door["trader"].get(held["links"]["events"]).text
    assert "perishable" not in trail
    assert "officer" not in trail


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kind": "reserve"}, "/kind"),
        ({"kind": "write_off"}, "/kind"),
        ({"document": {"type": "N853"}}, "/document/reference"),
        ({"document": {"type": "n853", "reference": "x"}}, "/document/type"),
        ({"items": []}, "/"),
        ({"kind": "amend", "items": []}, "/"),
        ({"kind": "delete"}, "/"),
        ({"items": [USED, USED]}, "/"),
        ({"items": [{**USED, "line": 0}]}, "/items/0/line"),
        ({"items": [{"goods_item": 1, "line": 1, "quantity": "1"}]}, "/items/0/unit"),
        ({"reason": " "}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"second_officer": " "}, "/second_officer"),
    ],
)
def test_an_intervention_that_is_not_understood_names_the_place(
    door: Door, lodged: dict[str, Any], changes: dict[str, Any], place: str
) -> None:
    answer = door["officer"].post(f"{lodged['links']['self']}/interventions", json={**INTERVENTION, **changes})
    assert places(answer) == [place]


def test_what_is_refused_leaves_no_trace(door: Door) -> None:
    lodged = lodge(door["customs"]).json()
    here = lodged["links"]["self"]
    before = door["officer"].get(f"{here}/events").json()
    unknown = {**INTERVENTION, "document": {"type": "N853", "reference": "CHEDP.FR.2026.7777777"}}
    for caller, path, said, status in (
        ("customs", "release", {"items": []}, 422),
        ("customs", "release", {"items": [{"goods_item": 7}]}, 422),
        ("customs", "release", {"items": [{**ITEM, "unit": "LTR"}]}, 422),
        ("customs", "release", {"items": [{**ITEM, "quantity": "2400.000001"}]}, 409),
        ("customs", "release", {"items": [{"goods_item": 1}, {"goods_item": 1}]}, 422),
        ("officer", "interventions", unknown, 404),
        ("officer", "interventions", {**INTERVENTION, "items": [{**USED, "goods_item": 7}]}, 422),
        ("stranger", "release", {}, 403),
        ("auditor", "interventions", INTERVENTION, 403),
    ):
        answer = door[caller].post(f"{here}/{path}", json=said)
        assert answer.status_code == status, (path, said, answer.text)
    assert door["officer"].get(f"{here}/events").json() == before
    assert door["stranger"].get(f"{here}/movements").status_code == 404


def test_before_acceptance_nothing_is_released_or_corrected(door: Door) -> None:
    early = lodge(door["customs"], "08").json()
    here = early["links"]["self"]
    release = door["officer"].post(f"{here}/release", json={"override": {"reason": "perishable"}})
    assert (release.status_code, release.json()["code"]) == (409, "SW-API-611")
    document = early["documents"][0]
    said = {**INTERVENTION, "document": {"type": document["type"], "reference": document["reference"]}}
    assert door["officer"].post(f"{here}/interventions", json=said).status_code == 409
    assert door["officer"].get(f"{here}/movements").json() == {"items": [], "reports": []}


def test_a_trader_sees_its_movements_without_codes(door: Door, lodged: dict[str, Any]) -> None:
    path = lodged["links"]["movements"]
    (full,) = door["officer"].get(path).json()["items"]
    (shown,) = door["trader"].get(path).json()["items"]
    assert full["message_ids"]
    assert (shown["kind"], shown["state"]) == ("reserve", "done")
    hidden = {"authority_code", "cause", "looks", "message_ids", "by_receipt_alone"}
    assert shown == {key: value for key, value in full.items() if key not in hidden}


def test_an_authority_pushes_to_its_own_adapter_only(door: Door) -> None:
    caller = door["authority"]
    assert caller.post("/v1/adapters/catch/notifications", content=b"x").status_code == 403
    assert caller.post("/v1/adapters/nobody/notifications", content=b"x").status_code == 403
    large = caller.post("/v1/adapters/traces/notifications", content=b"x" * (1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "SW-INT-004")


def test_a_push_about_a_document_that_no_rule_identifies_is_not_taken(door: Door) -> None:
    changes = [
        {"reference": one, "status": "64", "updated": "2026-11-25T09:30:00+01:00"}
        for one in ("CHEDP.FR.2026.0999999", "X" * (LONGEST + 1))
    ]
    answers = [
        door["authority"].post("/v1/adapters/traces/notifications", content=pushed(some)).status_code
        for some in (changes[:1], changes)
    ]
    assert answers == [202, 400]


@pytest.mark.parametrize("content", [b"", b"words of an authority", b"<a>words of an authority</a>", b'{"a": 1}'])
def test_a_push_that_is_not_understood_is_said_without_its_words(door: Door, content: bytes) -> None:
    answer = door["authority"].post("/v1/adapters/traces/notifications", content=content)
    assert (answer.status_code, answer.json()["code"]) == (400, "SW-API-400")
    assert "words" not in answer.text
    assert answer.json()["detail"] == "The notification is nothing that the adapter knows"
