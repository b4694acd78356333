"""A toy authority: `GET /documents/{reference}` answers JSON."""

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.simulation.documents import Document, Documents
from adapters.simulation.faults import Fault, fault_of
from adapters.simulation.simulator import Simulator


def build(documents: Documents) -> ASGIApp:
    """Makes the toy authority."""
    answered = 0

    async def look_up(request: Request) -> Response:
        nonlocal answered
        answered += 1
        document = documents.find(request.path_params["reference"])
        if document is None:
            return Response("{}", 404, media_type="application/json")
        if fault_of(request.scope) is Fault.UNKNOWN_STATUS:
            document = {**document, "status": "never heard of"}
        return Response(json.dumps({**document, "answered": answered}), media_type="application/json")

    return Starlette(routes=[Route("/documents/{reference:path}", look_up)])


def generated(reference: str) -> Document | None:
    """Makes a document for every reference of the form GEN-..."""
    return {"reference": reference, "status": "valid"} if reference.startswith("GEN-") else None


SIMULATOR = Simulator(
    name="toy",
    title="Toy authority",
    build=build,
    documents={"A/1": {"reference": "A/1", "status": "valid"}, "B 2": {"reference": "B 2", "status": "rejected"}},
    generated=generated,
    own_faults=frozenset({Fault.UNKNOWN_STATUS}),
)
