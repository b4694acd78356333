"""What every call keeps: problems, limits, preferences, methods, documentation."""

import json
import re
import socket
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from gateway.domain.codec import encode
from gateway.domain.events import GENESIS, chain
from tests.api.lodging import NUMBERS, WAIT, XML, is_problem, lodge
from tests.builders.commands import gateway_command
from tests.builders.door import BODY_LIMIT, KEYS, Door
from tests.builders.running import declaration, until


def test_without_a_preference_the_answer_comes_at_once(door: Door) -> None:
    raw = declaration("01", f"API-{next(NUMBERS):04d}")
    first = door["customs"].post("/v1/declarations", content=raw, headers=XML)
    assert first.status_code == 202
    assert "preference-applied" not in first.headers
    here = first.headers["location"]
    assert here == first.json()["links"]["self"]

    def decided() -> dict[str, Any] | None:
        found: dict[str, Any] = door["customs"].get(here).json()
        return found if found["decision"] else None

    assert until(decided, "a decision")["decision"]["effect"] == "release"


def test_a_preferred_wait_brings_the_decision(door: Door) -> None:
    answer = lodge(door["customs"], Prefer='respond-async, wait="99"')
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=30"
    assert answer.json()["decision"]["effect"] == "release"


def test_the_same_content_again_gets_the_stored_answer(door: Door) -> None:
    lrn = f"API-{next(NUMBERS):04d}"
    first, again = lodge(door["customs"], lrn=lrn), lodge(door["customs"], lrn=lrn)
    assert again.status_code == 200
    assert again.json() == first.json()
    other = declaration("01", lrn).replace(b"Whole milk", b"Skimmed milk")
    is_problem(door["customs"].post("/v1/declarations", content=other, headers=XML), 409, "SW-INT-008")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/declarations/", 404),
        ("GET", "/v1/declarations/..%2Fx", 404),
        ("DELETE", "/v1/declarations", 405),
        ("PUT", "/healthz", 405),
    ],
)
def test_the_frameworks_own_refusals_are_problems(door: Door, method: str, path: str, status: int) -> None:
    answer = door["customs"].request(method, path)
    is_problem(answer, status, f"SW-API-{status}")
    if path == "/v1/declarations":
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_head_and_options_are_answered(door: Door) -> None:
    asked = door["customs"].get("/healthz")
    head = door["customs"].head("/healthz")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == asked.headers["content-length"]
    options = door["nobody"].options("/v1/declarations")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_limit_is_refused_and_the_limit_said(door: Door, chunked: bool) -> None:
    raw = b"<x>" + b" " * BODY_LIMIT
    content = (raw[i : i + 50_000] for i in range(0, len(raw), 50_000)) if chunked else raw
    answer = door["customs"].post("/v1/declarations", content=content, headers=XML)
    assert str(BODY_LIMIT) in is_problem(answer, 413, "SW-INT-004")["detail"]


def test_an_unknown_media_type_is_refused(door: Door) -> None:
    raw = declaration("01", "API-MEDIA")
    answer = door["customs"].post("/v1/declarations", content=raw, headers={"Content-Type": "application/pdf"})
    is_problem(answer, 415, "SW-INT-003")
    path = f"{lodge(door['customs']).json()['links']['self']}/invalidation"
    is_problem(door["customs"].post(path, content=b"<x/>", headers=XML), 415, "SW-API-415")


def test_every_violation_of_a_call_is_said(door: Door) -> None:
    path = f"{lodge(door['customs']).json()['links']['self']}/acceptance"
    is_problem(door["customs"].post(path, content=b"{"), 400, "SW-API-400")
    body = is_problem(door["customs"].post(path, json={"mrn": "x", "accepted_at": "now", "y": 1}), 422, "SW-API-422")
    assert {error["path"] for error in body["errors"]} == {"/mrn", "/accepted_at", "/y"}
    naive = door["customs"].post(path, json={"mrn": "26FR00000000000010", "accepted_at": "2026-11-01T00:00:00"})
    assert [error["path"] for error in is_problem(naive, 422, "SW-API-422")["errors"]] == ["/accepted_at"]


def test_a_broken_message_is_refused_with_its_violations(door: Door) -> None:
    is_problem(door["customs"].post("/v1/declarations", content=b"<Declaration", headers=XML), 400, "SW-INT-001")
    raw = declaration("01", "API-BROKEN").replace(b"<declarationType>IM</declarationType>", b"")
    body = is_problem(door["customs"].post("/v1/declarations", content=raw, headers=XML), 422, "SW-INT-005")
    assert set(body["errors"][0]) == {"code", "message", "path", "line", "rule"}
    assert body["errors"][0]["line"] > 1


def test_a_client_that_hangs_up_is_nothing(door: Door) -> None:
    where = urlsplit(door.url)
    raw = declaration("01", "API-HUNG-UP")
    with socket.create_connection((where.hostname, where.port)) as connection:
        head = f"POST /v1/declarations HTTP/1.1\r\nHost: x\r\nX-API-Key: the key of a customs\r\nContent-Type: application/xml\r\nContent-Length: {len(raw)}\r\n\r\n"
        connection.sendall(head.encode() + raw[:-10])
    assert door["customs"].get("/healthz").status_code == 200
    assert door["customs"].get("/v1/declarations", params={"lrn": "API-HUNG-UP"}).json()["items"] == []


def test_calls_keep_their_correlation_id(door: Door) -> None:
    assert door["nobody"].get("/healthz", headers={"X-Correlation-ID": "abc-1"}).headers["x-correlation-id"] == "abc-1"
    made = door["nobody"].get("/healthz", headers={"X-Correlation-ID": "a b"}).headers["x-correlation-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_the_trail_can_be_checked_and_its_messages_read(door: Door) -> None:
    here = lodge(door["customs"]).json()["links"]["self"]
    items = door["auditor"].get(f"{here}/events").json()["items"]
    head = GENESIS
    for number, item in enumerate(items, start=1):
        assert item["seq"] == number
        given = item.pop("hash")
        head = chain(head, encode(item).decode())
        assert head == given
    second = door["auditor"].get(f"{here}/events", params={"after": 1, "limit": 1}).json()
    assert [e["seq"] for e in second["items"]] == [2]
    assert second["next"] == 2
    messages = door["auditor"].get(f"{here}/evidence").json()["items"]
    assert messages
    for message in messages:
        answer = door["auditor"].get(message["link"])
        assert answer.status_code == 200
        assert "sha256:" + sha256(answer.content).hexdigest() == message["digest"]
        assert answer.headers["content-disposition"].startswith("attachment")
    is_problem(door["auditor"].get(f"{here}/evidence/sha256:{'0' * 64}"), 404, "SW-API-404")


def test_evidence_that_was_changed_is_never_given_out(door: Door, api_database: str) -> None:
    here, other = (lodge(door["customs"]).json()["links"]["self"] for _ in range(2))
    raw, *_ = door["auditor"].get(f"{here}/evidence").json()["items"]
    theirs, *_ = door["auditor"].get(f"{other}/evidence").json()["items"]
    swap = (
        "UPDATE evidence_bundle SET body = (SELECT body FROM evidence_bundle WHERE digest_bytes(%s) = ANY (digests))"
        " WHERE digest_bytes(%s) = ANY (digests)"
    )
    with psycopg.connect(api_database) as connection:
        connection.execute(swap, [theirs["digest"], raw["digest"]])
    refused = door["auditor"].get(raw["link"])
    assert raw["digest"] in is_problem(refused, 500, "SW-STO-004")["detail"]
    assert "retry-after" not in refused.headers, "waiting does not mend it"
    assert "gateway_evidence_changed_total 1.0" in door["operator"].get("/metrics").text
    with psycopg.connect(api_database) as connection:
        connection.execute(
            "UPDATE evidence_bundle SET body = 'x' WHERE digest_bytes(%s) = ANY (digests)", [raw["digest"]]
        )
    is_problem(door["auditor"].get(raw["link"]), 500, "SW-STO-004")
    assert door["auditor"].get(theirs["link"]).status_code == 200


def test_an_explanation_says_who_was_asked_when(door: Door) -> None:
    here = lodge(door["customs"]).json()["links"]["self"]
    told = door["officer"].get(f"{here}/explanation").json()
    document = told["documents"][0]
    assert document["asked"][0]["status"] == document["status"] == "valid"
    assert document["asked"][0]["message_ids"]
    assert told["decision"]["rules"]["digest"].startswith("sha256:")
    hidden = door["trader"].get(f"{here}/explanation").json()["documents"][0]["asked"][0]
    assert "message_ids" not in hidden
    assert "evidence" not in hidden


def test_pages_follow_each_other(door: Door) -> None:
    for _ in range(3):
        lodge(door["customs"])
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        params = httpx.QueryParams({"limit": 1, **({"cursor": cursor} if cursor else {})})
        page = door["customs"].get("/v1/declarations", params=params).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert len(set(seen)) == 3
    is_problem(door["customs"].get("/v1/declarations", params={"limit": 0}), 422, "SW-API-422")
    assert 400 <= door["customs"].get("/v1/declarations", params={"cursor": "%00nonsense"}).status_code < 500


@pytest.mark.parametrize("reference", ["A/B", "a/../b", "x y?z#", "<b>'\"", "%2F", "naïve"])
def test_a_reference_arrives_as_one_value(door: Door, reference: str) -> None:
    by_query = door["officer"].get("/v1/documents/N853", params={"reference": reference}).json()
    assert by_query["reference"] == reference
    quoted = "".join(f"%{byte:02X}" for byte in reference.encode())
    assert door["officer"].get(f"/v1/documents/N853/{quoted}").json()["reference"] == reference


@pytest.mark.parametrize("reference", ["%FF", "CHEDP%E2%80%8B.FR", "%E2%80%AE1", "%EF%BF%BD"])
def test_a_reference_that_cannot_be_read_is_asked_of_nobody(door: Door, reference: str) -> None:
    for path in (f"/v1/documents/N853/{reference}", f"/v1/documents/N853?reference={reference}"):
        answer = door["officer"].get(path)
        is_problem(answer, 422, "SW-API-422")
        assert "write it without" in answer.text


def test_a_preflight_stores_nothing(door: Door) -> None:
    raw = declaration("01", "API-PREFLIGHT-2")
    looked = door["officer"].post("/v1/preflight", content=raw, headers=XML).json()
    assert looked["stored"] is False
    assert looked["decision"]["effect"] in {"release", "hold"}
    assert looked["format"]["name"] == "native"
    lines = raw.decode().split("\n")
    for document in looked["documents"]:
        assert any(document["type"] in text for text in lines[document["line"] - 1 : document["line"] + 3])
    assert door["officer"].get("/v1/declarations", params={"lrn": "API-PREFLIGHT-2"}).json()["items"] == []


def test_an_invalidation_is_taken_once(door: Door) -> None:
    path = f"{lodge(door['customs']).json()['links']['self']}/invalidation"
    first = door["customs"].post(path, json={"reason": "sold elsewhere"}, headers=WAIT)
    assert (first.status_code, first.json()["state"]) == (200, "invalidated")
    again = door["customs"].post(path, json={"reason": "sold elsewhere"})
    assert (again.status_code, again.json()) == (200, first.json())


def test_operators_see_adapters_and_figures(door: Door) -> None:
    lodge(door["customs"])
    adapters = {adapter["name"]: adapter for adapter in door["operator"].get("/v1/adapters").json()["items"]}
    assert set(adapters) == {"traces", "catch", "cites", "dual_use"}
    assert adapters["traces"]["breaker"] == "closed"
    reason = {"reason": "a new version"}
    assert (adapters["traces"]["delivered"], adapters["traces"]["disabled_at"]) == (True, None)
    assert door["operator"].post("/v1/adapters/traces/enable", json=reason).json()["enabled"] is True
    is_problem(door["operator"].post("/v1/adapters/nobody/enable", json=reason), 404, "SW-API-404")
    for without in (b"", b"{}", b'{"reason": " "}', b'{"reason": "x", "by": "me"}'):
        assert door["operator"].post("/v1/adapters/traces/enable", content=without).status_code in {400, 422}
    figures = door["operator"].get("/metrics").text
    assert re.search(r'^gateway_decisions_total\{effect="release"\} [1-9]', figures, re.MULTILINE)
    assert re.search(r'^gateway_authority_calls_total\{adapter="traces",outcome="valid"\}', figures, re.MULTILINE)
    assert 'route="/v1/declarations"' in figures
    assert door["nobody"].get("/readyz").json()["ready"] is True


@pytest.mark.parametrize(
    ("caller", "status", "unknown"),
    [("operator", 0, None), ("trader", 10, "refused (403)"), (None, 10, "refused (401)")],
)
def test_the_status_takes_a_key_with_the_right_to_figures(
    door: Door, caller: str | None, status: int, unknown: str | None
) -> None:
    key = {} if caller is None else {"GATEWAY_API_KEY": KEYS[caller]}
    done = gateway_command({"GATEWAY_URL": door.url, **key}, "status", "--json")
    body = json.loads(done.stdout)
    assert done.returncode == status, done.stdout + done.stderr
    assert body["ready"] is True
    assert (body["figures_unknown"] or "")[: len(unknown or "")] == (unknown or "")
    assert (body["held"] is None) == (unknown is not None)


def test_the_documentation_needs_no_internet(door: Door) -> None:
    page = door["nobody"].get("/docs").text
    linked = re.findall(r'(?:src|href|url)[=:]\s*["\']([^"\']+)', page)
    assert len(linked) >= 3
    for link in linked:
        assert link.startswith("/"), link
        assert door["nobody"].get(link).status_code == 200


def test_every_documented_call_answers(door: Door) -> None:
    described = door["nobody"].get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', door["nobody"].get("/openapi.json").text))
    assert references <= set(schemas), references - set(schemas)
    here = lodge(door["customs"]).json()["id"]
    values = {
        "record_id": here,
        "document_type": "N853",
        "reference": "x",
        "name": "traces",
        "digest": "sha256:" + "0" * 64,
        "approval_id": here,
        "number": 1,
        "application_id": "x",
        "key_id": "x",
        "webhook_id": "x",
        "event": 1,
    }
    called = 0
    for path, operations in described["paths"].items():
        for method in operations:
            answer = door["nobody"].request(method, path.format(**values))
            assert answer.status_code in {200, 401, 422}, f"{method} {path}: {answer.status_code}"
            called += 1
    assert called >= 27


def test_answers_are_as_documented(door: Door) -> None:
    from gateway.api.schemas import adapters
    from gateway.api.schemas import answers as models
    from gateway.api.schemas import explanation as explanation_models
    from gateway.api.schemas import lists as list_models

    answer = lodge(door["customs"])
    here = answer.json()["links"]["self"]
    shown: list[tuple[Any, str, str]] = [
        (models.DeclarationBody, "customs", here),
        (list_models.DeclarationPage, "customs", "/v1/declarations"),
        (models.EventPage, "auditor", f"{here}/events"),
        (models.EvidenceList, "auditor", f"{here}/evidence"),
        (explanation_models.ExplanationBody, "officer", f"{here}/explanation"),
        (models.MovementList, "officer", f"{here}/movements"),
        (models.DocumentCheck, "officer", "/v1/documents/N853/CHEDP.FR.2026.0000001"),
        (adapters.AdapterList, "operator", "/v1/adapters"),
        (adapters.OneAdapter, "operator", "/v1/adapters/traces"),
        (models.ReadyBody, "nobody", "/readyz"),
    ]
    for model, caller, path in shown:
        body = door[caller].get(path).json()
        read = model.model_validate(body)
        assert set(body) <= set(type(read).model_fields) | set(read.model_extra or ()), path
