"""The simulated management authority: permits, and reports of what was used of them, behind an API key."""

import re
from dataclasses import asdict
from hmac import compare_digest
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.cites.simulator.uses import permit_account, told
from adapters.simulation import Document, Documents, Fault, Simulator, fault_of
from adapters.simulation.records import Records, as_json, read_forms, read_records
from adapters.simulation.usage import UsageAccount, UsageRuling, UsedQuantity
from gateway.contract import UnexpectedAnswer
from gateway.contract.reading import Record, read_json

API_KEY = "cites-simulator-key"
"""The value of `X-Api-Key` that the simulated authority accepts."""

_CATALOGUE = Path(__file__).with_name("documents.toml")
_FORMS = read_forms(_CATALOGUE)
_GENERATED = re.compile(r"26XX1[0-9]{6}", re.ASCII)
_PLENTY = {"value": "1000000000", "unit": "H87"}


class _ManagementAuthority:
    """The authority with its accounts, over the frame's documents."""

    def __init__(self, documents: Documents) -> None:
        self._records = Records(documents, form=_FORMS["permit"], nullable=frozenset({"holder_eori", "account"}))
        self._accounts: dict[str, tuple[Document, UsageAccount]] = {}
        self._ruled: dict[str, tuple[object, UsageRuling]] = {}
        self._routes = Starlette(
            routes=[
                Route("/api/v1/permits", self._look_up),
                Route("/api/v1/uses", self._report, methods=["POST", "PUT", "DELETE"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)

    def ledger(self, reference: str) -> Document | None:
        """Return a permit's whole account; None: there is no such permit, or it has no account."""
        record = self._records.find(reference)
        if record is None or record["account"] is None:
            return None
        return {"reference": record["number"], "status": record["status"], **self._account(record).view()}

    def remove(self, reference: str, mrn: str) -> None:
        """Take away what a declaration used of a permit.

        Raises:
            LookupError: there is nothing of that kind.
        """
        record = self._records.find(reference)
        if record is None or record["account"] is None:
            raise LookupError(f"there is no account of {reference}")
        self._account(record).remove(mrn)

    async def _look_up(self, request: Request) -> Response:
        """Answer with a permit, or that there is none."""
        if not _is_authorised(request):
            return _problem(401, code="UNKNOWN_API_KEY")
        number = request.query_params["number"]
        record = self._found(number, request)
        return _answer({"number": number, "permit": None if record is None else self._view(record)})

    async def _report(self, request: Request) -> Response:
        """Take a report of what was used."""
        if not _is_authorised(request):
            return _problem(401, code="UNKNOWN_API_KEY")
        try:
            said = _read(request.method, await request.body(), request.url.query)
            number, mrn, key = (
                said.text("number"),
                said.text("mrn", "[A-Z0-9]{1,35}"),
                said.text("key", "[0-9A-Fa-f]{32}"),
            )
            said.text("customs_office", "[A-Za-z0-9]{1,8}")
            used = [] if request.method == "DELETE" else [_use(line) for line in said.records("lines")]
        except UnexpectedAnswer as error:
            return _problem(422, code="REQUEST_NOT_READABLE", detail=str(error))
        record = self._found(number, request)
        if record is None:
            return _problem(404, code="PERMIT_NOT_FOUND", number=number)
        known = (request.method, number, mrn, tuple(used), said.values.get("force"))
        before, ruling = self._ruled.get(key, (known, None))
        if before != known:
            return _problem(409, code="KEY_REUSED")
        if ruling is None:
            ruling = self._rule(record, request.method, mrn, used, force=said.values.get("force") is True)
            self._ruled[key] = (known, ruling)
        use = {"mrn": mrn, "key": key, **asdict(ruling)}
        if fault_of(request.scope) is Fault.UNKNOWN_CODE:
            use["outcome"] = "UNHEARD_OF"
        return _answer({"number": number, "permit": self._view(record), "use": use})

    def _found(self, number: str, request: Request) -> Document | None:
        record = self._records.find(number)
        if record is None:
            return None
        return {**record, "status": "UNHEARD_OF"} if fault_of(request.scope) is Fault.UNKNOWN_STATUS else record

    def _rule(self, record: Document, method: str, mrn: str, used: list[UsedQuantity], *, force: bool) -> UsageRuling:
        if record["account"] is None:
            return UsageRuling(outcome="REFUSED", reason="NO_ACCOUNT")
        account = self._account(record)
        if method == "DELETE":
            return account.delete(mrn)
        if method == "PUT":
            return account.replace(mrn, used)
        return account.report(mrn, used, valid=record["status"] == "ISSUED", force=force)

    def _account(self, record: Document) -> UsageAccount:
        """Return the permit's account, begun anew where it was set from outside."""
        begun = {"specimens": record["specimens"], "account": record["account"]}
        known = self._accounts.get(record["number"])
        if known is None or known[0] != begun:
            known = self._accounts[record["number"]] = (begun, permit_account(begun["specimens"], begun["account"]))
        return known[1]

    def _view(self, record: Document) -> Document:
        return record if record["account"] is None else {**record, "account": told(self._account(record))}


def _read(method: str, body: bytes, query: str) -> Record:
    if method == "DELETE":
        return Record(dict(parse_qsl(query, keep_blank_values=True)))
    said = read_json(body)
    if said.values.keys() != {"number", "mrn", "key", "customs_office", "force", "lines"} or not said.records("lines"):
        raise UnexpectedAnswer("$: other keys are expected, and lines")
    return said


def _use(line: Record) -> UsedQuantity:
    quantity = line.quantity("quantity")
    if quantity.value <= 0:
        raise UnexpectedAnswer(f"{line.path}.quantity: a number above zero is expected")
    return UsedQuantity(
        goods_item=line.count("goods_item"),
        line=line.count("line"),
        quantity=quantity.value,
        unit=quantity.unit,
        code=line.text("commodity_code", "[0-9]{6,10}"),
    )


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
        **_FORMS["permit"],
        "reference": reference,
        "specimens": [
            {"line": 1, "species": "Crocodylus niloticus", "cn_code": "9113", "origin": "ZW", "quantity": _PLENTY}
        ],
        "account": {"lines": [{"line": 1, "left": _PLENTY}], "used": []},
    }


SIMULATOR = Simulator(
    name="cites",
    title="CITES permits and certificates",
    build=_ManagementAuthority,
    documents=read_records(_CATALOGUE, _FORMS),
    generated=_generated,
    credentials={"header_value": API_KEY},
    own_faults=frozenset({Fault.UNKNOWN_STATUS, Fault.UNKNOWN_CODE}),
)
