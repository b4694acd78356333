"""The simulated licensing authority: export authorisations and their balance, behind OAuth2 client credentials."""

import re
from dataclasses import asdict
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.dual_use.simulator.ledger import LicenceLedger, Ruling
from adapters.dual_use.simulator.orders import RESERVATIONS, WRITE_OFFS, Order, read_order
from adapters.simulation import Document, Documents, Fault, Simulator, fault_of
from adapters.simulation.records import Records, as_json, read_forms, read_records
from adapters.simulation.tokens import TokenEndpoint
from gateway.contract import UnexpectedAnswer

CLIENT_ID = "dual-use-simulator-client"
CLIENT_SECRET = "dual-use-simulator-secret"
"""The client that the simulated authority knows."""

_CATALOGUE = Path(__file__).with_name("documents.toml")
_FORMS = read_forms(_CATALOGUE)
_GENERATED = re.compile(r"DU\.XX\.2026\.1\d{6}", re.ASCII)
_NULLABLE = frozenset({"valid_from", "valid_to", "end_user_country", "destinations", "balance"})
_PLENTY = {"value": "1000000000", "unit": "H87"}


class _Authority:
    """The authority with its tokens and its ledgers, over the frame's documents."""

    def __init__(self, documents: Documents) -> None:
        self._records = Records(documents, form=_FORMS["individual"], nullable=_NULLABLE)
        self._tokens = TokenEndpoint(CLIENT_ID, CLIENT_SECRET)
        self._ledgers: dict[str, tuple[Document, LicenceLedger]] = {}
        self._ruled: dict[str, tuple[Order, Ruling]] = {}
        self._routes = Starlette(
            routes=[
                self._tokens.route("/oauth2/token"),
                Route("/api/v1/export-licences", self._licence),
                Route(RESERVATIONS, self._move, methods=["PUT", "DELETE"]),
                Route(WRITE_OFFS, self._move, methods=["PUT", "POST", "DELETE"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)

    def ledger(self, reference: str) -> Document | None:
        """Return a licence's whole ledger; None: there is no such licence, or it has no balance."""
        record = self._records.find(reference)
        if record is None or record["balance"] is None:
            return None
        return {"reference": record["number"], "status": record["status"], **self._ledger(record).view()}

    def remove(self, reference: str, mrn: str) -> None:
        """Take away what a declaration has reserved of a licence or has used.

        Raises:
            LookupError: there is nothing of that kind.
        """
        record = self._records.find(reference)
        if record is None or record["balance"] is None:
            raise LookupError(f"there is no balance of {reference}")
        self._ledger(record).remove(mrn)

    async def _licence(self, request: Request) -> Response:
        """Answer with a licence, its balance and every declaration that took of it."""
        if (refusal := self._tokens.refused(request)) is not None:
            return refusal
        number = request.query_params.get("number")
        if not number:
            return _json({"error": "number_missing"}, 400)
        record = self._found(number, request)
        return _json({"number": number, "licence": record and self._view(record, request.query_params.get("mrn"))})

    async def _move(self, request: Request) -> Response:
        """Do what is ordered, or nothing again of what was ordered under the same key; answer with the licence afterwards."""
        if (refusal := self._tokens.refused(request)) is not None:
            return refusal
        try:
            order = read_order(request.method, request.url.path, await request.body(), request.url.query)
        except UnexpectedAnswer as error:
            return _json({"error": "request_not_readable", "detail": str(error)}, 422)
        record = self._found(order.number, request)
        if record is None:
            return _json({"number": order.number, "licence": None, "movement": None})
        known, ruling = self._ruled.get(order.key, (order, None))
        if known != order:
            return _json({"error": "key_reused"}, 409)
        if ruling is None:
            ruling = self._rule(record, order)
            self._ruled[order.key] = (order, ruling)
        movement = {"mrn": order.mrn, "key": order.key, **asdict(ruling)}
        return _json({"number": order.number, "licence": self._view(record, order.mrn), "movement": movement})

    def _found(self, number: str, request: Request) -> Document | None:
        record = self._records.find(number)
        if record is not None and fault_of(request.scope) is Fault.UNKNOWN_STATUS:
            return {**record, "status": "UNHEARD_OF"}
        return record

    def _rule(self, record: Document, order: Order) -> Ruling:
        if record["balance"] is None:
            return Ruling(outcome="REFUSED", reason="NO_BALANCE")
        ledger, claims = self._ledger(record), list(order.claims)
        match order.operation:
            case "reserve":
                return ledger.reserve(order.mrn, claims, valid=record["status"] == "VALID")
            case "write_off":
                return ledger.write_off(order.mrn)
            case "cancel":
                return ledger.cancel(order.mrn)
            case "force":
                return ledger.force(order.mrn, claims)
            case "amend":
                return ledger.amend(order.mrn, claims)
            case _:
                return ledger.delete(order.mrn)

    def _ledger(self, record: Document) -> LicenceLedger:
        """Return the licence's ledger, begun again where its balance was set from outside."""
        begun = {"lines": record["lines"], "balance": record["balance"]}
        known = self._ledgers.get(record["number"])
        if known is None or known[0] != begun:
            known = self._ledgers[record["number"]] = (begun, LicenceLedger(begun))
        return known[1]

    def _view(self, record: Document, mrn: str | None = None) -> Document:
        lines = [{"quantity": None, "amount": None, **line} for line in record["lines"]]
        balance = record["balance"] and self._ledger(record).balance(mrn)
        return {**record, "lines": lines, "balance": balance}


def _json(value: Document, status: int = 200) -> Response:
    return Response(as_json(value), status_code=status, media_type="application/json")


def _generated(reference: str) -> Document | None:
    if not _GENERATED.fullmatch(reference):
        return None
    return {
        **_FORMS["individual"],
        "reference": reference,
        "destinations": ["AU", "CA", "CH", "GB", "JP", "NO", "US"],
        "lines": [{"line": 1, "cn_code": "8806", "control_code": "9A012", "quantity": _PLENTY}],
        "balance": {"lines": [{"line": 1, "quantity": _PLENTY}], "declarations": []},
    }


SIMULATOR = Simulator(
    name="dual_use",
    title="Dual-use export authorisations",
    build=_Authority,
    documents=read_records(_CATALOGUE, _FORMS),
    generated=_generated,
    credentials={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    own_faults=frozenset({Fault.UNKNOWN_STATUS}),
)
