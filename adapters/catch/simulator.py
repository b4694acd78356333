"""The simulated CATCH: the registers of catch certificates and processing statements behind an API key."""

import re
from hmac import compare_digest
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.simulation import Document, Documents, Fault, Simulator, fault_of
from adapters.simulation.records import Records, as_json, read_forms, read_records

API_KEY = "catch-simulator-key"
"""The value of `X-Api-Key` that the simulated authority accepts."""

_CATALOGUE = Path(__file__).with_name("simulator_documents.toml")
_FORMS = read_forms(_CATALOGUE)
_GENERATED = re.compile(r"CATCH\.XX\.2026\.1\d{6}", re.ASCII)
_PLENTY = {"value": "1000000000", "unit": "KGM"}


def _build(documents: Documents) -> ASGIApp:
    records = Records(documents, form=_FORMS["certificate"], nullable=frozenset({"importer_eori", "usage"}))

    def look_up(request: Request, kind: str) -> Response:
        if not compare_digest(request.headers.get("x-api-key", "").encode(), API_KEY.encode()):
            return _problem(401, code="UNKNOWN_API_KEY")
        number: str = request.path_params["number"]
        record = records.find(number)
        if record is None or record["kind"] != kind:
            return _problem(404, code="DOCUMENT_NOT_FOUND", number=number)
        if kind == "CATCH_CERTIFICATE":
            record = {"validated_on": None, **record}
        if fault_of(request.scope) is Fault.UNKNOWN_STATUS:
            record = {**record, "status": "UNHEARD_OF"}
        return Response(as_json(record), media_type="application/json")

    async def certificate(request: Request) -> Response:
        return look_up(request, "CATCH_CERTIFICATE")

    async def statement(request: Request) -> Response:
        return look_up(request, "PROCESSING_STATEMENT")

    return Starlette(
        routes=[
            # An encoded slash is decoded before routing: everything behind the prefix is the number.
            Route("/api/v1/catch-certificates/{number:path}", certificate),
            Route("/api/v1/processing-statements/{number:path}", statement),
        ]
    )


def _problem(status: int, **members: str) -> Response:
    return Response(
        as_json({"title": "The request cannot be answered", "status": status, **members}),
        status_code=status,
        media_type="application/problem+json",
    )


def _generated(reference: str) -> Document | None:
    if not _GENERATED.fullmatch(reference):
        return None
    return {
        **_FORMS["certificate"],
        "reference": reference,
        "products": [{"line": 1, "species": "COD", "hs_code": "0303", "verified_weight_landed": _PLENTY}],
        "usage": {"lines": [{"line": 1, "available": _PLENTY}], "declarations": []},
    }


SIMULATOR = Simulator(
    name="catch",
    title="CATCH: catch certificates and processing statements",
    build=_build,
    documents=read_records(_CATALOGUE, _FORMS),
    generated=_generated,
    credentials={"header_value": API_KEY},
    own_faults=frozenset({Fault.UNKNOWN_STATUS}),
)
