"""The simulated Orchard Office: permits of two lines a page, and their ledger."""

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.simulation import Document, Documents, Fault, Simulator, fault_of, read_catalogue
from adapters.simulation.records import as_json

A_PAGE = 2
SIGNING_KEY = "orchard-simulator-key"


def build(documents: Documents) -> ASGIApp:
    """Makes the office over its documents."""
    taken: dict[str, list[Document]] = {}
    ruled: dict[str, tuple[bytes, Document]] = {}
    reports: dict[tuple[str, str], dict[str, Any]] = {}

    async def permit(request: Request) -> Response:
        number, page = request.query_params["number"], int(request.query_params["page"])
        held = documents.find(number)
        if held is None:
            return _json({"number": number, "page": page, "pages": 1, "permit": None})
        lines = held["lines"]
        numbers = {line["line"] for line in lines[(page - 1) * A_PAGE : page * A_PAGE]}
        books = taken.get(number, [])
        record = {
            "status": "UNHEARD_OF" if fault_of(request.scope) is Fault.UNKNOWN_STATUS else held["status"],
            "valid_to": held.get("valid_to"),
            "holder": held["holder"],
            "office": "Orchard Office 1",
            "line_count": len(lines),
            "lines": [line for line in lines if line["line"] in numbers],
            "left": [one for one in _left(lines, books) if one["line"] in numbers],
            "taken": [one for one in books if one["line"] in numbers],
        }
        return _json({"number": number, "page": page, "pages": -(-len(lines) // A_PAGE), "permit": record})

    async def move(request: Request) -> Response:
        body = await request.body()
        order = json.loads(body)
        held = documents.find(order["number"])
        if held is None or ruled.get(order["key"], (body,))[0] != body:
            return Response(status_code=409)
        books = taken.setdefault(order["number"], [])
        if order["key"] not in ruled:
            ruled[order["key"]] = body, _rule(held, books, order)
        said = {name: order[name] for name in ("number", "mrn", "key")}
        return _json({**said, **ruled[order["key"]][1], "left": _left(held["lines"], books), "taken": books})

    async def report(request: Request) -> Response:
        told = json.loads(await request.body())
        reports.setdefault((told["number"], told["mrn"]), {})[told["key"]] = told["items"]
        return _json(told)

    async def shown(request: Request) -> Response:
        number, mrn = request.query_params["number"], request.query_params["mrn"]
        has = [{"key": key, "items": items} for key, items in reports.get((number, mrn), {}).items()]
        return _json({"number": number, "mrn": mrn, "reports": has})

    routes = [
        Route("/permits", permit),
        Route("/movements", move, methods=["POST"]),
        Route("/reports", report, methods=["POST"]),
        Route("/reports", shown),
    ]
    return Office(Starlette(routes=routes), documents, taken)


class Office:
    """The application, with its ledger for whoever checks it."""

    def __init__(self, app: ASGIApp, documents: Documents, taken: dict[str, list[Document]]) -> None:
        self._app, self._documents, self._taken = app, documents, taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await self._app(scope, receive, send)

    def ledger(self, reference: str) -> dict[str, Any] | None:
        """What is left of a permit, and who took the rest."""
        held = self._documents.peek(reference)
        books = self._taken.get(reference, [])
        return None if held is None else {"lines": _left(held["lines"], books), "allocations": list(books)}

    def remove(self, reference: str, mrn: str) -> None:
        """Takes away what a declaration has."""
        self._taken[reference] = [one for one in self._taken.get(reference, []) if one["mrn"] != mrn]


def _json(value: dict[str, Any]) -> Response:
    return Response(as_json(value), media_type="application/json")


def _rule(held: Document, books: list[Document], order: Document) -> Document:
    """Does what is ordered, or says why not. What it is told twice under two keys, it does twice."""
    movement, mrn = order["movement"], order["mrn"]
    ours = [one for one in books if one["mrn"] == mrn]
    if movement in {"write_off", "cancel", "amend", "delete"} and not ours:
        return {"outcome": "NOTHING_THERE", "reason": None}
    if movement == "reserve" and held["status"] != "ISSUED":
        return {"outcome": "REJECTED", "reason": "NOT_ISSUED"}
    left = {one["line"]: Decimal(one["weight"]["value"]) for one in _left(held["lines"], books)}
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    for line in order["lines"]:
        wanted[line["line"]] += Decimal(line["weight"]["value"])
    if movement == "reserve" and any(weight > left.get(line, Decimal(0)) for line, weight in wanted.items()):
        return {"outcome": "REJECTED", "reason": "TOO_LITTLE_LEFT"}
    state = "RESERVED" if movement == "reserve" else "USED"
    lines = ours if movement == "write_off" else order["lines"]
    kept = [{name: line[name] for name in ("goods_item", "line", "weight")} for line in lines]
    if movement != "reserve":
        books[:] = [one for one in books if one["mrn"] != mrn]
    books += [{"mrn": mrn, "state": state, **line} for line in kept]
    return {"outcome": "DONE", "reason": None}


def _left(lines: list[Document], books: list[Document]) -> list[Document]:
    used: dict[int, Decimal] = defaultdict(Decimal)
    for one in books:
        used[one["line"]] += Decimal(one["weight"]["value"])
    return [
        {
            "line": one["line"],
            "weight": {**one["weight"], "value": str(Decimal(one["weight"]["value"]) - used[one["line"]])},
        }
        for one in lines
    ]


SIMULATOR = Simulator(
    name="twin",
    title="Fruit permits",
    build=build,
    documents=read_catalogue(Path(__file__).with_name("simulator_documents.toml")),
    credentials={"signing_key": SIGNING_KEY},
    own_faults=frozenset({Fault.UNKNOWN_STATUS}),
)
