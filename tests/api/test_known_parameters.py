"""No call passes over a query parameter that it does not have."""

import re
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.responses import Response

from gateway.api.known_parameters import StrictRoute
from gateway.domain.errors import CallInvalid
from tests.api.lodging import is_problem
from tests.builders.door import Door

PLACES = {"document_type": "C640", "reference": "X1", "digest": "sha256:" + 64 * "0"}


def addresses(described: dict[str, Any]) -> list[tuple[str, str]]:
    """Each method and address of the description, with something in the place of its parameters."""

    def filled(found: re.Match[str]) -> str:
        return PLACES.get(found[1], "00000000-0000-4000-8000-000000000000")

    return [
        (method.upper(), re.sub(r"\{([^}:]+)(?::path)?\}", filled, path))
        for path, calls in described["paths"].items()
        for method in calls
    ]


def test_every_call_refuses_a_parameter_that_it_does_not_have(door: Door) -> None:
    found = addresses(door["officer"].get("/openapi.json").json())
    assert len(found) > 50
    passed = {}
    for method, path in found:
        asked = [door[who].request(method, f"{path}?unheard_of=1") for who in ("officer", "customs")]
        answer = next((one for one in asked if one.status_code != 403), asked[0])
        if answer.status_code != 422 or "unheard_of" not in answer.text:
            passed[method, path] = answer.status_code, answer.text[:100]
    assert passed == {}


@pytest.mark.parametrize(
    "path", ["/v1/notices?limit=1&limit=2", "/v1/acts?limit=1&limit=2", "/v1/declarations/x?version=1&version=2"]
)
def test_what_stands_twice_is_refused(door: Door, path: str) -> None:
    answer = door["officer"].get(path)
    assert (answer.status_code, "twice" in answer.text) == (422, True)


@pytest.mark.parametrize("path", ["/v1/contingency?adapter=a%00", "/v1/contingency?adapter=%C3%89"])
def test_what_is_no_name_of_an_adapter_is_refused(door: Door, path: str) -> None:
    is_problem(door["officer"].get(path), 422, "SW-API-422")


def test_what_may_be_repeated_is_taken(door: Door) -> None:
    assert door["officer"].get("/v1/notices?kind=decided&kind=changed").status_code == 200
    asked = "/v1/requirements?code=0307111010&direction=import&additional_code=4099&additional_code=4100"
    assert "twice" not in door["officer"].get(asked).text


def test_a_name_stands_beside_the_place_of_a_declaration_alone() -> None:
    async def nothing() -> None: ...

    assert StrictRoute("/v1/declarations/{record_id}/events", nothing).parameters[0] == frozenset({"lrn", "declarant"})
    assert StrictRoute("/v1/me", nothing).parameters == (frozenset(), frozenset())
    assert issubclass(StrictRoute, APIRoute)


def test_an_endpoint_is_called_without_the_framework_only_if_there_is_nothing_to_fill_in_or_to_write() -> None:
    def refuse() -> None:
        raise HTTPException(status_code=403)

    async def whole(request: Request) -> Response:
        return Response(request.headers["x-word"], status_code=202)

    async def written(request: Request) -> dict[str, str]:
        return {"word": request.headers["x-word"]}

    async def filled(request: Request, word: str) -> Response:
        return Response(word)

    app = FastAPI()
    app.router.route_class = StrictRoute
    app.get("/whole")(whole)
    app.get("/guarded", dependencies=[Depends(refuse)])(whole)
    app.get("/written")(written)
    app.get("/filled")(filled)
    client = TestClient(app, headers={"x-word": "yes"})
    answers = [client.get(path) for path in ("/whole", "/guarded", "/written", "/filled?word=no", "/filled")]
    assert [one.status_code for one in answers] == [202, 403, 200, 200, 422]
    assert (answers[0].text, answers[2].json(), answers[3].text) == ("yes", {"word": "yes"}, "no")
    with pytest.raises(CallInvalid):
        client.get("/whole?unheard_of=1")
