"""The simulated portal: registrations, and what declarations took of their accounts, behind an API key."""

import re
from dataclasses import asdict
from decimal import Decimal
from hmac import compare_digest
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.simulation import Document, Documents, Fault, Simulator, fault_of
from adapters.simulation.records import Records, as_json, read_forms, read_records
from adapters.simulation.usage import UsageAccount, UsageLine, UsageRuling, UsageWords, UsedQuantity, measured
from gateway.contract import UnexpectedAnswer
from gateway.contract.reading import Record, read_json

API_KEY = "fgas-simulator-key"
"""The value of `X-Api-Key` that the simulated portal accepts."""

_CATALOGUE = Path(__file__).with_name("documents.toml")
_FORMS = read_forms(_CATALOGUE)
_GENERATED = re.compile(r"FG\.XX\.1[0-9]{6}", re.ASCII)
_UNIT = "TCE"
_WORDS = UsageWords(
    exists="TAKEN_ALREADY",
    nothing="NOTHING_TAKEN",
    not_valid="NOT_VALID",
    line_unknown="NO_SUCH_YEAR",
    other_goods="NO_SUCH_YEAR",
    other_unit="OTHER_UNIT",
    too_little="TOO_LITTLE_LEFT",
)
_MOVEMENTS = "write_off|force|amend|delete"


class _Portal:
    """The portal with its accounts, over the frame's documents."""

    def __init__(self, documents: Documents) -> None:
        self._records = Records(documents, form=_FORMS["registration"], nullable=frozenset({"holder"}))
        self._accounts: dict[tuple[str, str], tuple[Document, UsageAccount]] = {}
        self._ruled: dict[str, tuple[object, UsageRuling]] = {}
        self._routes = Starlette(
            routes=[
                Route("/api/v1/registrations", self._look_up),
                Route("/api/v1/takings", self._take, methods=["POST"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)

    def ledger(self, reference: str) -> Document | None:
        """Return what is left of a registration's quota for gases in bulk, and who took the rest; None: there is none."""
        record = self._records.find(reference)
        if record is None or "bulk" not in _accounts(record):
            return None
        return {"reference": record["number"], "status": record["status"], **self._account(record, "bulk").view()}

    def remove(self, reference: str, mrn: str) -> None:
        """Take away what a declaration took of the quota for gases in bulk.

        Raises:
            LookupError: there is nothing of that kind.
        """
        record = self._records.find(reference)
        if record is None or "bulk" not in _accounts(record):
            raise LookupError(f"there is no account of {reference}")
        self._account(record, "bulk").remove(mrn)

    async def _look_up(self, request: Request) -> Response:
        """Answer with a registration, or that there is none."""
        if not _is_authorised(request):
            return _problem(401, code="UNKNOWN_API_KEY")
        number, kind, mrn, document = map(request.query_params.get, ("number", "account", "mrn", "document"))
        record = self._records.find(number or "")
        if record is None:
            return _answer({"number": number, "registration": None})
        status = "UNHEARD_OF" if fault_of(request.scope) is Fault.UNKNOWN_STATUS else record["status"]
        told = self._told(record, kind, mrn, document) if kind in _accounts(record) else None
        found = {"status": status, "holder": record["holder"], "account": told}
        return _answer({"number": number, "registration": found})

    async def _take(self, request: Request) -> Response:
        """Take note of what released goods take of an account."""
        if not _is_authorised(request):
            return _problem(401, code="UNKNOWN_API_KEY")
        try:
            said = read_json(await request.body())
            kind, movement = said.text("account", "bulk|equipment"), said.text("movement", _MOVEMENTS)
            document = said.text("document", "Y125|C057|C079|C082")
            number, mrn, key = (
                said.text("number"),
                said.text("mrn", "[A-Z0-9]{1,35}"),
                said.text("key", "[0-9A-Fa-f]{32}"),
            )
            said.text("customs_office", "[A-Za-z0-9]{1,8}")
            taken = [_use(line) for line in said.records("lines")]
        except UnexpectedAnswer as error:
            return _problem(422, code="REQUEST_NOT_READABLE", detail=str(error))
        record = self._records.find(number)
        if record is None or kind not in _accounts(record):
            return _problem(404, code="NO_ACCOUNT")
        known = (movement, number, kind, document, mrn, tuple(taken))
        before, ruling = self._ruled.get(key, (known, None))
        if before != known:
            return _problem(409, code="KEY_REUSED")
        if ruling is None:
            ruling = self._rule(record, kind, movement, _whose(mrn, document), taken)
            self._ruled[key] = (known, ruling)
        outcome = asdict(ruling)
        outcome["year"] = outcome.pop("line")
        if fault_of(request.scope) is Fault.UNKNOWN_CODE:
            outcome["outcome"] = "UNHEARD_OF"
        told = self._told(record, kind, mrn, document)
        return _answer({"number": number, "mrn": mrn, "key": key, "movement": movement, **outcome, "account": told})

    def _rule(self, record: Document, kind: str, movement: str, whose: str, taken: list[UsedQuantity]) -> UsageRuling:
        account = self._account(record, kind)
        if movement == "delete":
            ruling = account.delete(whose)
        elif movement == "amend":
            ruling = account.replace(whose, taken)
        else:
            ruling = account.report(whose, taken, valid=record["status"] == "VALID", force=movement == "force")
        done = ruling.outcome in ("RECORDED", "REPLACED", "DELETED")
        return UsageRuling(outcome="RECORDED") if done else ruling

    def _account(self, record: Document, kind: str) -> UsageAccount:
        """Return a registration's account, begun again where it was set from outside."""
        begun, place = _accounts(record)[kind], (record["number"], kind)
        known = self._accounts.get(place)
        if known is None or known[0] != begun:
            lines = {
                int(year): UsageLine(code="", certified=Decimal(left), unit=_UNIT, left=Decimal(left))
                for year, left in begun.items()
            }
            known = self._accounts[place] = (begun, UsageAccount(lines, {}, _WORDS))
        return known[1]

    def _told(self, record: Document, kind: str | None, mrn: str | None, document: str | None) -> Document:
        account = self._account(record, str(kind))
        return {
            "kind": kind,
            "mrn": mrn,
            "years": [{"year": year, "left": account.left(year)} for year in account.lines],
            "taken": [
                {"goods_item": use.goods_item, "year": use.line, "amount": measured(use.quantity, _UNIT)}
                for use in account.used.get(_whose(mrn or "", document), ())
            ],
        }


def _accounts(record: Document) -> Document:
    """Return what is left of a registration's accounts, by kind and year; nothing where it is set to have none."""
    return record.get("accounts") or {}


def _whose(mrn: str, document: str | None) -> str:
    """Return under what a declaration's takings with one document are kept: several documents may draw on one account."""
    return mrn if document in (None, "Y125") else f"{mrn} {document}"


def _use(line: Record) -> UsedQuantity:
    amount = line.quantity("amount")
    if amount.value <= 0:
        raise UnexpectedAnswer(f"{line.path}.amount: a number above zero is expected")
    return UsedQuantity(
        goods_item=line.count("goods_item"),
        line=line.count("year"),
        quantity=amount.value,
        unit=amount.unit,
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
    plenty = {"2026": "1000000000", "2027": "1000000000"}
    return {**_FORMS["registration"], "reference": reference, "accounts": {"bulk": plenty, "equipment": plenty}}


SIMULATOR = Simulator(
    name="fgas",
    title="F-gas Portal",
    build=_Portal,
    documents=read_records(_CATALOGUE, _FORMS),
    generated=_generated,
    credentials={"header_value": API_KEY},
    own_faults=frozenset({Fault.UNKNOWN_STATUS, Fault.UNKNOWN_CODE}),
)
