"""The description of the API is whole, is what the specification calls one, and says what is answered and what is sent."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.api.operations import EXAMPLES, Operations, example_folders
from gateway.cli.demo.story import FOLDER
from gateway.domain.errors import GatewayError
from tests.api.lodging import WAIT, is_problem, lodge
from tests.api.sent_examples import Sent
from tests.builders.description import documentation, operations, resolved
from tests.builders.door import Door, approve

STORIES = sorted(FOLDER.glob("*.json"))
NOT_OF_THE_API = {"SW-API-405", "SW-API-640", "SW-API-641"}
"""What ends a call that is of no operation; and papers, which are pages' own."""


def described_codes() -> set[str]:
    return {
        code
        for one in operations()
        for status in one.described["responses"]
        if status.isdecimal()
        for code in one.codes(int(status))
    }


def all_codes(of: type[GatewayError] = GatewayError) -> Iterator[str]:
    yield of.code
    for one in of.__subclasses__():
        yield from all_codes(one)


def test_it_is_one_by_the_specification() -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(documentation()))).validate()


def test_every_operation_has_a_name_and_every_name_an_operation() -> None:
    described = {f"{method.upper()} {path}" for path, calls in documentation()["paths"].items() for method in calls}
    assert described == Operations.read().by_call.keys()
    ids = Counter(one.described["operationId"] for one in operations())
    assert [name for name, times in ids.items() if times > 1 or not name.isidentifier()] == []
    named = {file.name.partition(".")[0] for folder in example_folders() for file in folder.iterdir()}
    assert named <= ids.keys()


def test_a_generated_client_calls_what_there_is_and_sends_lists_as_they_are_read() -> None:
    events = [one["post"] for one in documentation()["webhooks"].values()]
    called = {tag for one in operations() for tag in one.described["tags"]}
    assert called.isdisjoint(tag for one in events for tag in one["tags"])
    assert all(one["x-internal"] and one["security"] == [] for one in events)
    (find,) = (one for one in operations() if one.described["operationId"] == "list_declarations")
    filters = {one["name"]: one for one in find.described["parameters"]}
    assert filters["effect"]["schema"]["items"] == {"$ref": "#/components/schemas/Effect"}
    assert (filters["effect"]["style"], filters["effect"]["explode"]) == ("form", False)
    assert filters["mrn"]["schema"]["type"] == "string"


def test_every_refusal_is_described_and_nothing_else_is() -> None:
    assert set(all_codes()) - described_codes() == NOT_OF_THE_API
    assert described_codes() <= set(all_codes())


def test_every_body_has_an_example_that_its_schema_takes() -> None:
    lacking = []
    for one in operations():
        for media, content in one.described.get("requestBody", {}).get("content", {}).items():
            shown = content.get("examples", {})
            if not shown and media == "application/json":
                lacking.append(one.described["operationId"])
            for example in shown.values() if media == "application/json" else ():
                assert faults(content["schema"], example["value"]) == []
    assert lacking == []


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": documentation()["components"]}
    return [f"{one.json_path}: {one.message}" for one in Draft202012Validator(whole).iter_errors(value)]


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_what_is_lodged_in_json_follows_the_schema(file: Path) -> None:
    (schema,) = (
        one.described["requestBody"]["content"]["application/json"]["schema"]
        for one in operations()
        if one.described["operationId"] == "lodge_declaration"
    )
    value = json.loads(file.read_bytes())
    assert faults(schema, value.get("Declaration", value)) == []
    assert faults(schema, {**value.get("Declaration", value), "LRN": "x" * 23, "unknown": 1}) != []
    assert resolved(schema)["properties"]["LRN"]["maxLength"] == 22


def test_every_example_is_carried_out(door: Door) -> None:
    sent = Sent(door)
    cited: dict[str, Any] = {"document_type": "N853", "reference": "CHEDP.FR.2026.0000001"}
    sent("customs", "preflight_declaration", "in_json", 200)
    one = sent("customs", "lodge_declaration", "in_json", 200).json()["id"]
    sent("customs", "amend_declaration", "whole_declaration", 200, record_id=one)
    sent("customs", "accept_declaration", "accepted", 200, record_id=one)
    sent("customs", "try_release", "a_part", 200, record_id=one)
    sent("customs", "release_goods", "a_part", 200, record_id=one)
    waiting = sent("officer", "intervene_in_write_off", "amended", 202, record_id=one)
    sent("colleague", "answer_approval", "approved", 200, approval_id=waiting.json()["id"])
    sent("customs", "release_goods", "all_that_is_left", 200, record_id=one)
    is_problem(sent("officer", "state_report_made", "by_hand", 404, record_id=one), 404, "SW-API-404")
    other = sent("customs", "lodge_declaration", "in_xml", 200).json()["id"]
    sent("officer", "assess_declaration", "again", 200, record_id=other)
    sent("officer", "assess_declaration_alias", "again", 429, record_id=other)
    sent("officer", "try_verification", "on_paper", 200, record_id=other, **cited)
    sent("officer", "verify_document", "on_paper", 200, record_id=other, **cited)
    sent("officer", "take_case", "with_a_line", 200, record_id=other)
    sent("customs", "announce_control", "announced", 200, record_id=other)
    sent("customs", "announce_control", "took_place", 200, record_id=other)
    sent("customs", "invalidate_declaration", "for_customs", 200, record_id=other)
    invalidated_after_release(sent, door, one)
    refused = lodge(door["customs"], "03").json()["id"]
    sent("customs", "confirm_decision", "heard", 200, record_id=refused)
    sent("customs", "decide_application", "granted", 200, application_id=applied(door))
    waiting = sent("officer", "open_contingency_window", "by_hand", 202)
    approve(door, waiting)
    window = door["officer"].get("/v1/contingency", params={"adapter": "catch"}).json()["items"][0]["number"]
    is_problem(sent("officer", "record_owed_write_off", "owed", 404, number=window), 404, "SW-API-404")
    sent("officer", "close_contingency_window", "over", 200, number=window)
    for operation, why in (("drain", "maintenance"), ("disable", "wrong_answers"), ("enable", "mended")):
        sent("operator", f"{operation}_adapter", why, 200, name="dual_use")
    sent("trader", "make_key", "of_a_broker", 201)
    assert {file.name.rpartition(".")[0] for file in EXAMPLES.iterdir()} == sent.operations


def invalidated_after_release(sent: Sent, door: Door, released: str) -> None:
    """Officers let a write-off stand; of other goods, which never left, it is given back."""
    twice = {"grounds": "declared_twice"}
    door["customs"].post(f"/v1/declarations/{released}/invalidation", json=twice, headers=WAIT)
    waiting = sent("officer", "intervene_in_write_off", "kept", 202, record_id=released)
    door["colleague"].post(waiting.headers["location"], json={"approve": True}, headers=WAIT)
    other = lodge(door["customs"]).json()["id"]
    door["customs"].post(f"/v1/declarations/{other}/release", json={}, headers=WAIT)
    sent("customs", "invalidate_declaration", "after_release", 200, record_id=other)


def applied(door: Door) -> str:
    """The id of an application: a trader's invalidation of what was accepted."""
    record_id = lodge(door["customs"]).json()["id"]
    answer = door["trader"].post(f"/v1/declarations/{record_id}/invalidation", json={"reason": "lost"})
    assert answer.status_code == 202, answer.text
    return answer.headers["location"].rpartition("/")[2]
