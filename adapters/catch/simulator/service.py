"""The simulated CATCH: catch certificates, processing statements and what was used of them, behind an API key."""

import re
from dataclasses import asdict
from hmac import compare_digest
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.catch.simulator.reports import Report, read_report
from adapters.catch.simulator.usages import told, usage_account
from adapters.simulation import Document, Documents, Fault, Simulator, fault_of
from adapters.simulation.records import Records, as_json, read_forms, read_records
from adapters.simulation.usage import UsageAccount, UsageRuling
from gateway.contract import UnexpectedAnswer

API_KEY = "catch-simulator-key"
"""The value of `X-Api-Key` that the simulated authority accepts."""

_CATALOGUE = Path(__file__).with_name("documents.toml")
_FORMS = read_forms(_CATALOGUE)
_GENERATED = re.compile(r"CATCH\.CC\.XX\.2026\.1\d{6}", re.ASCII)
_PLENTY = {"value": "1000000000", "unit": "KGM"}


class _Catch:
    """CATCH with its usage, over the frame's documents."""

    def __init__(self, documents: Documents) -> None:
        self._records = Records(documents, form=_FORMS["certificate"], nullable=frozenset({"importer_eori", "usage"}))
        self._ledgers: dict[str, tuple[Document, UsageAccount]] = {}
        self._ruled: dict[str, tuple[Report, UsageRuling]] = {}
        edit = ["PUT", "DELETE"]
        self._routes = Starlette(
            routes=[
                # An encoded slash is decoded before routing: all between the prefix and what follows is the number.
                Route("/api/v1/catch-certificates/{number:path}/usages/{mrn}", self._certificate_usage, methods=edit),
                Route("/api/v1/processing-statements/{number:path}/usages/{mrn}", self._statement_usage, methods=edit),
                Route("/api/v1/catch-certificates/{number:path}", self._certificate),
                Route("/api/v1/processing-statements/{number:path}", self._statement),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)

    def ledger(self, reference: str) -> Document | None:
        """Return a document's whole usage; None: there is no such document, or CATCH states no usage of it."""
        record = self._records.find(reference)
        if record is None or record["usage"] is None:
            return None
        return {"reference": record["number"], "status": record["status"], **self._ledger(record).view()}

    def remove(self, reference: str, mrn: str) -> None:
        """Take away what a declaration used of a document.

        Raises:
            LookupError: there is nothing of that kind.
        """
        record = self._records.find(reference)
        if record is None or record["usage"] is None:
            raise LookupError(f"there is no usage of {reference}")
        self._ledger(record).remove(mrn)

    async def _certificate(self, request: Request) -> Response:
        """Answer with a catch certificate."""
        return self._look_up(request, "CATCH_CERTIFICATE")

    async def _statement(self, request: Request) -> Response:
        """Answer with a processing statement."""
        return self._look_up(request, "PROCESSING_STATEMENT")

    async def _certificate_usage(self, request: Request) -> Response:
        """Take a report on a catch certificate."""
        return self._report(request, "CATCH_CERTIFICATE", await request.body())

    async def _statement_usage(self, request: Request) -> Response:
        """Take a report on a processing statement."""
        return self._report(request, "PROCESSING_STATEMENT", await request.body())

    def _look_up(self, request: Request, kind: str) -> Response:
        if not _is_authorised(request):
            return _problem(401, code="UNKNOWN_API_KEY")
        number: str = request.path_params["number"]
        record = self._found(number, kind, request)
        if record is None:
            return _problem(404, code="DOCUMENT_NOT_FOUND", number=number)
        return _answer(self._view(record, request.query_params.get("mrn")))

    def _report(self, request: Request, kind: str, body: bytes) -> Response:
        if not _is_authorised(request):
            return _problem(401, code="UNKNOWN_API_KEY")
        number: str = request.path_params["number"]
        try:
            report = read_report(request.method, number, request.path_params["mrn"], body, request.url.query)
        except UnexpectedAnswer as error:
            return _problem(422, code="REQUEST_NOT_READABLE", detail=str(error))
        record = self._found(number, kind, request)
        if record is None:
            return _problem(404, code="DOCUMENT_NOT_FOUND", number=number)
        known, ruling = self._ruled.get(report.key, (report, None))
        if known != report:
            return _problem(409, code="KEY_REUSED")
        if ruling is None:
            ruling = self._rule(record, report)
            self._ruled[report.key] = (report, ruling)
        movement = {"mrn": report.mrn, "key": report.key, **asdict(ruling)}
        return _answer({**self._view(record, report.mrn), "movement": movement})

    def _found(self, number: str, kind: str, request: Request) -> Document | None:
        record = self._records.find(number)
        if record is None or record["kind"] != kind:
            return None
        if kind == "CATCH_CERTIFICATE":
            record = {"validated_on": None, **record}
        return {**record, "status": "UNHEARD_OF"} if fault_of(request.scope) is Fault.UNKNOWN_STATUS else record

    def _rule(self, record: Document, report: Report) -> UsageRuling:
        if record["usage"] is None:
            return UsageRuling(outcome="REFUSED", reason="USAGE_NOT_KEPT")
        ledger, used = self._ledger(record), list(report.used)
        if report.taken_back:
            return ledger.delete(report.mrn)
        if report.replace:
            return ledger.replace(report.mrn, used)
        return ledger.report(report.mrn, used, valid=record["status"] == "VALID", force=report.force)

    def _ledger(self, record: Document) -> UsageAccount:
        """Return the document's usage, begun again where it was set from outside."""
        begun = {"products": record["products"], "usage": record["usage"]}
        known = self._ledgers.get(record["number"])
        if known is None or known[0] != begun:
            known = self._ledgers[record["number"]] = (begun, usage_account(begun["products"], begun["usage"]))
        return known[1]

    def _view(self, record: Document, mrn: str | None = None) -> Document:
        return record if record["usage"] is None else {**record, "usage": told(self._ledger(record), mrn)}


def _is_authorised(request: Request) -> bool:
    return compare_digest(request.headers.get("x-api-key", "").encode(), API_KEY.encode())


def _answer(record: Document) -> Response:
    return Response(as_json(record), media_type="application/json")


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
    build=_Catch,
    documents=read_records(_CATALOGUE, _FORMS),
    generated=_generated,
    credentials={"header_value": API_KEY},
    own_faults=frozenset({Fault.UNKNOWN_STATUS}),
)
