"""An authority that its own file describes, simulated: it knows the documents of a catalogue, and what was used of them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hmac import compare_digest
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.simulation.declared.catalogue import Catalogue, RecordedResponse
from adapters.simulation.declared.described import Described, today
from adapters.simulation.declared.questions import Arrived, ReadRequest
from adapters.simulation.declared.reserving import ReservingAccount
from adapters.simulation.documents import Document, Documents
from adapters.simulation.faults import Fault, fault_of
from adapters.simulation.security import Security, Unauthenticated
from adapters.simulation.usage import UsageAccount, UsageLine, UsageRuling, UsageWords, UsedQuantity, measured
from gateway.contract import MovementKind, ReceiptOutcome, Refusal, Status, UnexpectedAnswer
from gateway.contract.reading import plain_number
from gateway.contract.xml import parse_xml
from gateway.dispatch.declarative.facts import StatedCodes

UNHEARD_OF = "UNHEARD_OF"
"""A code that stands in no list."""
_OF_ONE_SENDING = frozenset({"message_id", "at", "day"})
_DONE = frozenset({"RECORDED", "REPLACED", "DELETED"})
_WORDS = UsageWords(
    exists=ReceiptOutcome.WRITTEN_OFF_ALREADY,
    nothing=ReceiptOutcome.NO_RECORD,
    not_valid=Refusal.STATUS,
    line_unknown=Refusal.LINE,
    other_goods=Refusal.COMMODITY,
    other_unit=Refusal.UNIT,
    too_little=Refusal.INSUFFICIENT,
)
"""Rulings in the contract's words; the file has the authority's own for them."""


class DeclaredOffice:
    """The authority, over the frame's documents."""

    def __init__(
        self, described: Described, catalogue: Catalogue, credentials: Mapping[str, str], documents: Documents
    ) -> None:
        self._described, self._form, self._documents = described, catalogue.form, documents
        self._credentials = credentials
        soap = described.file.soap
        self._security: Security | None = None
        if soap is not None and soap.security is not None:
            values = {f"settings.{name}": value for name, value in described.settings.items()}
            self._security = Security({soap.security.username.written(values): credentials[soap.security.secret]})
        self._accounts: dict[str, tuple[Document, UsageAccount]] = {}
        self._ruled: dict[str, tuple[object, UsageRuling]] = {}
        self._reports: dict[str, dict[str, list[str]]] = {}
        self._served: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = self._response(request, await request.body(), fault_of(scope))
        await response(scope, receive, send)

    # --- The frame's view of the accounts

    def ledger(self, reference: str) -> Document | None:
        """Return a document's whole account; None: there is no such document, or it has no account."""
        document = self._find(reference, peek=True)
        if document is None or not document.get("account"):
            return None
        return {"reference": document["reference"], "status": document["status"], **self._account(document).view()}

    def remove(self, reference: str, mrn: str) -> None:
        """Take away what a declaration used of a document.

        Raises:
            LookupError: there is nothing of that kind.
        """
        document = self._find(reference, peek=True)
        if document is None or not document.get("account"):
            raise LookupError(f"there is no account of {reference}")
        self._account(document).remove(mrn)

    # --- Answering

    def _response(self, request: Request, body: bytes, fault: Fault | None) -> Response:
        described = self._described
        try:
            came = self._arrived(request, body, fault)
        except Unauthenticated:
            return self._recorded("AccessRefused", 401)
        except (etree.XMLSyntaxError, UnexpectedAnswer, ValueError):
            return self._recorded("RequestRejected", 400)
        if fault is Fault.SOAP_FAULT and described.file.soap is not None:
            return self._soap_fault(described.file.soap.namespace)
        for read in described.requests:
            if (values := read.values(came)) is not None:
                return self._answered(read, values, fault)
        return self._recorded("RequestRejected", 400)

    def _arrived(self, request: Request, body: bytes, fault: Fault | None) -> Arrived:
        described, head, content = self._described, "", body.decode()
        if described.file.soap is not None:
            envelope = parse_xml(body)
            header = envelope.find("{*}Header")
            if fault is Fault.UNAUTHORISED or header is None:
                raise Unauthenticated
            if self._security is not None:
                self._security.check(header)
            head, _, content = content.partition("<s:Header>")[2].partition("</s:Header><s:Body>")
            content = content.removesuffix("</s:Body></s:Envelope>")
        auth = described.file.manifest.auth
        if "header" in auth.kinds:
            wanted = self._credentials["header_value"].encode()
            if not compare_digest(request.headers.get(auth.header, "").encode(), wanted):
                raise Unauthenticated
        query = request.scope["query_string"]
        target = request.scope["raw_path"] + (b"?" + query if query else b"")
        return Arrived(
            method=request.method, target=target.decode("ascii"), headers=request.headers, head=head, body=content
        )

    def _answered(self, read: ReadRequest, values: dict[str, str], fault: Fault | None) -> Response:
        document = self._find(self._reference(values))
        values = {**values, "reference": values.get("reference", "" if document is None else document["reference"])}
        if document is None:
            return self._not_found(read, values)
        if fault is Fault.UNKNOWN_STATUS:
            document = {key: one for key, one in document.items() if key != "status_reason"} | {"status": UNHEARD_OF}
        described = self._described
        node = described.new(read.kind)
        described.agree(node, read.declared.same, values)
        if read.kind == "verify":
            described.document(node, document, read.declared)
            self._state_position(node, document, read.declared.name)
            if (accounts := described.file.accounts) is not None and accounts.others is not None:
                described.rows(node, accounts.others, document.get("accounts", ()))
        elif read.kind in ("report", "reported"):
            self._state_reports(node, read.kind, document, values)
        elif not self._moved(node, MovementKind(read.kind), document, values, fault):
            return Response(status_code=409)
        return self._sent(read.declared.reads[0], node)

    def _moved(
        self, node: Any, kind: MovementKind, document: Document, values: Mapping[str, str], fault: Fault | None
    ) -> bool:
        """Do what is ordered, once by its key, and say so; return whether the key is of this order."""
        described, movements = self._described, self._described.file.movements
        assert movements is not None
        known = (kind, {key: one for key, one in values.items() if key not in _OF_ONE_SENDING})
        key = values.get("key", "")
        before, ruling = self._ruled.get(key, (known, None))
        if before != known:
            return False
        if ruling is None:
            ruling = self._rule(kind, document, values)
            self._ruled[key] = (known, ruling)
        self._state_ruling(node, kind, ruling, fault)
        if movements.afterwards == "document":
            described.document(node, document)
        if movements.afterwards is not None:
            self._state_position(node, document, described.file.requests[0].name)
        return True

    def _state_reports(self, node: Any, kind: str, document: Document, values: Mapping[str, str]) -> None:
        """Keep a report, once by its key, or tell those of a declaration.

        A document that serves once has served by a report of goods under one of the `procedures` of its row `once`.
        """
        described, reports = self._described, self._described.file.reports
        assert reports is not None
        kept = self._reports.setdefault(f"{values['reference']} {values['mrn']}", {})
        if kind == "reported":
            rows = [{"key": key, "goods_items": items} for key, items in kept.items()]
            described.rows(node, reports.rows, rows)
            return
        row = described.reported_row
        lines = [] if row is None else row.each(values["lines"])
        told = [one["goods_item"] for one in lines]
        if {one.get("procedure", "")[:2] for one in lines} & {*document.get("once", {}).get("procedures", ())}:
            self._served.setdefault(document["reference"], values["mrn"])
        kept[values["key"]] = told
        if reports.goods_items is not None:
            described.list(node, reports.goods_items, told)

    def _reference(self, values: Mapping[str, str]) -> str:
        """Return the number that a request states: as a whole, in parts, or as an earlier answer told it."""
        parts = {name.partition(".")[2]: one for name, one in values.items() if name.startswith("reference.")}
        form = self._described.file.form
        if parts and form is not None:
            known = (
                (one["reference"], form.parts(one["reference"]) or {}) for one in self._documents.stored().values()
            )
            return next((number for number, stated in known if parts.items() <= stated.items()), "")
        told = (one for name, one in values.items() if name.startswith("taken."))
        return values.get("reference") or next(told, "")

    def _find(self, number: str, *, peek: bool = False) -> Document | None:
        wanted = plain_number(number) if self._described.file.plain else number
        found = (self._documents.peek if peek else self._documents.find)(wanted)
        if found is None:
            return None
        # What was set on a document that the catalogue does not know stands on the form.
        return self._spent(found if "form" in found else {**self._form, **found})

    def _spent(self, document: Document) -> Document:
        """Return a document as it is once it served a declaration: its row `once` says the status, and the fact that names that one."""
        once = document.get("once")
        if once is None:
            return document
        used = self._served.get(document["reference"])
        if used is None and document.get("account"):
            used = next(iter(self._account(document).used), None)
        return {**document, "status": once["status"], once["by"]: used} if used else document

    def _not_found(self, read: ReadRequest, values: Mapping[str, str]) -> Response:
        described, row = self._described, next(iter(read.declared.not_found), None)
        if row is None or row.condition.like:
            codes = described.file.statuses.codes.codes(Status.NOT_FOUND, today())
            if row is not None or not codes or read.kind != "verify":
                return self._recorded("not_found", 404)
            node = described.new("verify")
            described.agree(node, read.declared.same, values)
            described.document(
                node, {**self._form, "status": codes[0], "status_reason": None, "reference": ""}, read.declared
            )
            return self._sent(200, node)
        node = described.new("verify")
        for path in row.condition.null:
            described.writing.put(node, path.text, None)
        for path in row.condition.there:
            described.writing.inside(node, path.text)
        for path, text in row.condition.where:
            described.writing.put(node, path.text, text)
        described.agree(node, row.same, values)
        return self._sent((*row.condition.statuses, 200)[0], node)

    def _sent(self, status: int, node: Any) -> Response:
        writing = self._described.writing
        return Response(writing.written(node), status_code=status, media_type=writing.media_type)

    def _recorded(self, what: str, status: int) -> Response:
        """Return an answer as it is recorded; without a recording one that says nothing but its status."""
        said: RecordedResponse | None = self._described.response(what)
        if said is None:
            return Response(status_code=status)
        return Response(said.body, status_code=said.status, media_type=self._described.writing.media_type)

    def _soap_fault(self, envelope: str) -> Response:
        node = etree.Element(f"{{{envelope}}}Fault")
        etree.SubElement(node, "faultcode").text = "S:Server"
        etree.SubElement(node, "faultstring").text = "the service is not available"
        return self._sent(500, node)

    # --- What was used

    def _rule(self, kind: MovementKind, document: Document, values: Mapping[str, str]) -> UsageRuling:
        if not document.get("account"):
            return UsageRuling(outcome="REFUSED", reason=Refusal.NOT_VALIDATED)
        account, mrn = self._account(document), values["mrn"]
        if kind is MovementKind.DELETE:
            return account.delete(mrn)
        row = self._described.row
        used = [_use(one) for one in (row.each(values.get("lines", "")) if row is not None else ())]
        if kind is MovementKind.AMEND:
            return account.replace(mrn, used)
        valid = self._described.file.statuses.meaning(document["status"], today()) is Status.VALID
        if isinstance(account, ReservingAccount):
            return _of_reservation(account, kind, mrn, used, valid=valid, base=bool(document.get("successors")))
        force = kind is MovementKind.FORCE or (valid and _tolerated(account, used, document.get("tolerance")))
        return account.report(mrn, used, valid=valid, force=force)

    def _account(self, document: Document) -> UsageAccount:
        """Return a document's account, begun again where it was set from outside."""
        begun = {"lines": document["lines"], "used": document.get("used", [])}
        known = self._accounts.get(document["reference"])
        if known is None or known[0] != begun:
            movements = self._described.file.movements
            reserving = movements is not None and MovementKind.RESERVE in movements.kinds
            account = _begun(**begun, reserving=reserving, once="once" in document)
            known = self._accounts[document["reference"]] = (begun, account)
        return known[1]

    def _state_position(self, node: Any, document: Document, request: str) -> None:
        described, position = self._described, self._described.file.position
        if position is None or (position.source or described.file.requests[0].name) != request:
            return
        if position.at is not None and position.at.path is not None:
            if not document.get("account"):
                described.state(node, position.at, None)
                return
            node = described.writing.inside(node, position.at.path.text)
        account = self._account(document)
        described.rows(
            node,
            position.left,
            [{"line": number, "commodity_code": one.code, "quantity": account.left(number)} for number, one in account.lines.items()],
        )  # fmt: skip
        codes = position.taken.facts["state"].codes
        taken = [
            {
                "kind": "MRN",
                "declaration": mrn,
                "state": state.value if codes is None else _word(codes, state),
                "goods_item": use.goods_item,
                "line": use.line,
                "quantity": measured(use.quantity, account.lines[use.line].unit),
                "commodity_code": use.code,
            }
            for mrn, state, use in account.allocations()
        ]
        described.rows(node, position.taken, taken)

    def _state_ruling(self, node: Any, kind: MovementKind, ruling: UsageRuling, fault: Fault | None) -> None:
        described, movements = self._described, self._described.file.movements
        assert movements is not None
        outcome = ReceiptOutcome.DONE if ruling.outcome in _DONE else ReceiptOutcome(ruling.outcome.lower())
        word = UNHEARD_OF if fault is Fault.UNKNOWN_CODE else _word(movements.kinds[kind].outcomes, outcome)
        described.state(node, movements.outcome, word)
        reason = (
            None
            if ruling.reason is None or movements.refusals is None
            else _word(movements.refusals, Refusal(ruling.reason))
        )
        described.state(node, movements.refusal, reason)
        described.state(node, movements.goods_item, ruling.goods_item)
        described.state(node, movements.certificate_line, ruling.line)


def _word(codes: StatedCodes[Any], means: Any) -> str:
    """Return the authority's word for something; one that stands in no list where it has none."""
    return next(iter(codes.codes.codes(means, today())), UNHEARD_OF)


def _of_reservation(
    account: ReservingAccount, kind: MovementKind, mrn: str, claims: list[UsedQuantity], *, valid: bool, base: bool
) -> UsageRuling:
    """Do what is ordered of a document of which parts are reserved; the base of extracts is cited by none."""
    if kind is MovementKind.WRITE_OFF:
        return account.write_off(mrn)
    if kind is MovementKind.CANCEL:
        return account.cancel(mrn)
    if kind is MovementKind.FORCE:
        return account.force(mrn, claims)
    if base:
        return UsageRuling(outcome="REFUSED", reason=Refusal.BASE_FOR_EXTRACT)
    return account.reserve(mrn, claims, valid=valid)


def _tolerated(account: UsageAccount, used: Sequence[UsedQuantity], percent: int | None) -> bool:
    """Whether no more is used than the authority tolerates, by so many percent of what is left."""
    return percent is not None and all(
        sum(use.quantity for use in used if use.line == number) <= line.left * (100 + percent) / 100
        for number, line in account.lines.items()
    )


def _use(row: Mapping[str, str]) -> UsedQuantity:
    return UsedQuantity(
        goods_item=int(row["goods_item"]),
        line=int(row["line"]),
        quantity=Decimal(row["quantity"]),
        unit=row["unit"],
        code=row.get("commodity_code", ""),
    )


def _begun(lines: list[Document], used: list[Document], *, reserving: bool, once: bool) -> UsageAccount:
    """Begin the account of a document: what its lines certify, less what declarations used."""
    uses: dict[str, list[UsedQuantity]] = {}
    held: dict[int, UsageLine] = {}
    for line in lines:
        taken = [one for one in used if one["line"] == line["number"]]
        certified, unit = Decimal(line["quantity"]["value"]), line["quantity"]["unit"]
        for one in taken:
            use = UsedQuantity(
                goods_item=one["goods_item"], line=one["line"], quantity=Decimal(one["quantity"]), unit=unit
            )
            uses.setdefault(one["declaration"], []).append(use)
        left = certified - sum((Decimal(one["quantity"]) for one in taken), Decimal(0))
        held[line["number"]] = UsageLine(code=line["commodity_code"], certified=certified, unit=unit, left=left)
    return ReservingAccount(held, uses, _WORDS, once=once) if reserving else UsageAccount(held, uses, _WORDS)
