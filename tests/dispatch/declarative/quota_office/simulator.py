"""The simulated Quota Office: it answers with what it was asked about, and keeps each report once."""

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.simulation import Documents, Fault, Simulator, fault_of, read_catalogue
from adapters.simulation.records import as_json


def build(documents: Documents) -> ASGIApp:
    reports: dict[tuple[str, str], dict[str, list[int]]] = {}

    async def search(request: Request) -> Response:
        told = await request.json()
        record = dict(documents.find(told["number"]) or {"status": None})
        record.pop("reference", None)
        if fault_of(request.scope) is Fault.UNKNOWN_STATUS:
            record["status"] = "UNHEARD_OF"
        return _json({**record, "number": told["number"], "asked_for": told["holder"]})

    async def report(request: Request) -> Response:
        told = await request.json()
        items = [one["item"] for one in told["lines"]]
        reports.setdefault((told["number"], told["mrn"]), {})[told["key"]] = items
        return _json({"number": told["number"], "mrn": told["mrn"], "key": told["key"], "items": items})

    async def shown(request: Request) -> Response:
        number, mrn = request.query_params["number"], request.query_params["mrn"]
        has = [
            {"key": key, "lines": [{"item": item} for item in items]}
            for key, items in reports.get((number, mrn), {}).items()
        ]
        return _json({"number": number, "mrn": mrn, "releases": has})

    return Starlette(
        routes=[
            Route("/search", search, methods=["POST"]),
            Route("/releases", report, methods=["POST"]),
            Route("/releases", shown),
        ]
    )


def _json(said: dict[str, Any]) -> Response:
    return Response(as_json(said), media_type="application/json")


SIMULATOR = Simulator(
    name="quota_office",
    title="Quota certificates",
    build=build,
    documents=read_catalogue(Path(__file__).with_name("simulator_documents.toml")),
    credentials={},
    own_faults=frozenset({Fault.UNKNOWN_STATUS}),
)
