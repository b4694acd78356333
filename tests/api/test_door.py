"""At the door of a running gateway: who is asked before anything is read, and what is refused there."""

import json
import re
import socket
from collections.abc import Collection
from functools import partial
from urllib.parse import urlsplit

import pytest

from gateway.resources import LISTED, ResourceKind
from tests.api.lodging import NUMBERS, XML, is_problem, lodge
from tests.builders.door import KEYS, Door
from tests.builders.running import declaration, until


@pytest.mark.parametrize(
    "path",
    [
        "/v1/declarations?limit=0",
        "/v1/notices?after=x",
        "/v1/shadow",
        "/v1/acts?since=never",
        "/v1/documents/x?reference=",
        "/v1/contingency/x",
        "/v1/nowhere",
    ],
)
@pytest.mark.parametrize("key", [None, "no such key"])
def test_nothing_is_checked_for_whom_nobody_knows(door: Door, path: str, key: str | None) -> None:
    headers = {} if key is None else {"X-API-Key": key}
    is_problem(door["nobody"].get(path, headers=headers), 401, "SW-API-401")


def test_a_key_is_taken_from_either_header(door: Door) -> None:
    for headers in (
        {"Authorization": f"Bearer {KEYS['customs']}"},
        {"Authorization": f"bearer  {KEYS['customs']}"},
        {"X-API-Key": KEYS["customs"], "Authorization": "Bearer wrong"},
    ):
        assert door["nobody"].get("/v1/declarations", headers=headers).status_code == 200
    for headers in ({"Authorization": f"Basic {KEYS['customs']}"}, {"X-API-Key": ""}):
        is_problem(door["nobody"].get("/v1/declarations", headers=headers), 401, "SW-API-401")


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x"])
def test_a_compressed_body_is_not_taken_for_what_it_is_not(door: Door, coding: str) -> None:
    raw = declaration("01", f"API-{next(NUMBERS):04d}")
    answer = door["customs"].post("/v1/declarations", content=raw, headers={**XML, "Content-Encoding": coding})
    is_problem(answer, 415, "SW-API-415")
    assert answer.headers["accept-encoding"] == "identity"


def test_identity_is_no_coding(door: Door) -> None:
    assert lodge(door["customs"], **{"Content-Encoding": "identity"}).status_code == 200


@pytest.mark.parametrize("wait", ["9999999999", "9" * 200, "0" * 40 + "99", "99"])
def test_a_wait_is_clipped_however_long_it_is(door: Door, wait: str) -> None:
    answer = lodge(door["customs"], Prefer=f"wait={wait}")
    assert answer.headers["preference-applied"] == "wait=30"


def test_a_wait_with_leading_zeros_is_what_it_says(door: Door) -> None:
    assert lodge(door["customs"], Prefer="wait=0000000000009").headers["preference-applied"] == "wait=9"


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999+00:00",
        "0001-01-01T00:30:00+00:59",
    ],
)
def test_a_moment_at_the_end_of_all_time_is_no_fault_of_ours(door: Door, moment: str) -> None:
    here = lodge(door["customs"], lrn=f"API-{next(NUMBERS):04d}").json()["links"]["self"]
    accepted = door["customs"].post(f"{here}/acceptance", json={"mrn": "26FR00000000000773", "accepted_at": moment})
    assert accepted.status_code in {409, 422}, accepted.text
    opened = door["officer"].post(
        "/v1/contingency", json={"adapter": "catch", "until": moment, "reason": "It does not answer."}
    )
    assert opened.status_code in {202, 422}, opened.text
    if opened.status_code == 202:
        rejected = door["colleague"].post(opened.headers["location"], json={"approve": False})
        assert rejected.json()["state"] == "rejected", rejected.text
    for parameter in ("since", "until"):
        found = door["officer"].get("/v1/acts", params={parameter: moment})
        assert found.status_code in {200, 422}, found.text
        said = {"since": "2026-01-01", parameter: moment}
        assert door["officer"].get("/v1/shadow", params=said).status_code in {200, 422}
        day = {"since": "2026-01-01", parameter: moment[:10]}
        assert door["officer"].get("/v1/shadow", params=day).status_code in {200, 422}


def test_the_parsers_refusals_are_problems(door: Door) -> None:
    where = urlsplit(door.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "SW-API-400"


def test_connections_are_counted(door: Door) -> None:
    assert "gateway_connections " in door["operator"].get("/metrics").text


def test_whatever_a_serving_process_can_use_up_has_its_figures(door: Door) -> None:
    """But what commands use up, and rows, which the database has; sandboxes are there where a partner's code is."""
    here = {
        name
        for name, one in LISTED.items()
        if one.kind is not ResourceKind.ROWS
        and name not in {"recomputations", "submissions", "settlements", "sandboxes", "spans"}
    }
    told = until(partial(_resources, door, here), "a sweep, which measures them")
    assert set(told) == here
    for name, (in_use, bound) in told.items():
        assert 0 <= in_use <= bound, name


def _resources(door: Door, wanted: Collection[str]) -> dict[str, tuple[float, float]] | None:
    text = door["operator"].get("/metrics").text
    in_use, bound = (
        dict(re.findall(rf'^gateway_resource_{what}{{resource="(\w+)"}} (\S+)$', text, re.MULTILINE))
        for what in ("in_use", "bound")
    )
    told = {name: (float(in_use[name]), float(bound[name])) for name in bound}
    return told if set(told) >= set(wanted) else None
