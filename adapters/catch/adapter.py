"""The adapter of CATCH: verifies catch certificates and processing statements, and reports what released goods used.

No real interface is public: this one is our own proposal, and its words are assumed. CATCH takes no reservations.

Both documents are cited as C673 and their numbers do not say which is which: the certificate is asked for first and, if
there is none of that number, the processing statement.
"""

from urllib.parse import quote

from adapters.catch.codes import REPORTS, load_codes
from adapters.catch.document import CERTIFICATES, STATEMENTS, Register, read_document
from adapters.catch.usages import make_sure_it_can_be_told, read_receipt, usage_request
from gateway.contract import (
    Answer,
    DocumentQuery,
    Exchange,
    Intervention,
    Ledger,
    MovementKind,
    Occasion,
    QuantityOrder,
    Receipt,
    Reference,
    ReferenceKind,
    Request,
    RequestRejected,
    Response,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import has_part, make_sure_it_has_no_part, plain_number, read_json

INTERVENTIONS = frozenset(REPORTS) - {MovementKind.WRITE_OFF}


def identity(document_type: str, reference: str) -> str:
    """Return a number without blanks and in capitals: CATCH passes over both, and over nothing else."""
    return plain_number(reference)


class CatchAdapter:
    """The authority's adapter: verifies a C673 document, reads how much of it is left and reports what was used."""

    def __init__(self, settings: Settings) -> None:
        self._codes = load_codes()

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Ask for the catch certificate of that number, then for the processing statement."""
        found = yield from self._find(query.reference, query.declaration, occasion)
        return Answer(status=Status.NOT_FOUND) if found is None else found[1]

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Read what is left on each line, and what the asking declaration used, or every one where none asks.

        A document of which CATCH states no usage has no position. That a declaration used nothing is told only by a position
        that is whole: where its own part is empty, everybody's is read, and has to be all that is missing.
        """
        answer = yield from self.verify(query, occasion)
        if answer.ledger is None:
            raise UnexpectedAnswer("no usage is stated")
        if query.declaration is not None and not has_part(answer.ledger, query.declaration):
            found = yield from self._find(query.reference, None, occasion, asked=2)
            make_sure_it_has_no_part(None if found is None else found[1], query.declaration)
        return answer.ledger

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Report what the released goods used, in kilograms."""
        return (yield from self._tell(MovementKind.WRITE_OFF, order, occasion))

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Force, amend or delete a reported usage."""
        if intervention.kind not in INTERVENTIONS:
            raise RequestRejected(f"{intervention.kind} is no intervention")
        return (yield from self._tell(intervention.kind, intervention.order, occasion))

    def _tell(self, kind: MovementKind, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        make_sure_it_can_be_told(kind, order)
        found = yield from self._find(order.reference, order.declaration, occasion)
        if found is None:
            raise UnexpectedAnswer("usage of a document that is not known")
        register, _ = found
        further = occasion.nth(1 if register is CERTIFICATES else 2)
        response = yield usage_request(kind, order, register, further.message_id)
        record, on = read_json(response.body), occasion.at.date()
        afterwards = read_document(register, order.reference, record, self._codes, on)
        return read_receipt(kind, order, record.record("movement"), afterwards, self._codes, on)

    def _find(
        self, reference: str, declaration: Reference | None, occasion: Occasion, *, asked: int = 0
    ) -> Exchange[tuple[Register, Answer] | None]:
        if reference in {".", ".."}:
            raise RequestRejected("a number of dots alone cannot stand in a path")
        whose = ""
        if declaration is not None and declaration.kind is ReferenceKind.MRN:
            # Thousands of declarations may have used one document: what the others used is in what is left.
            whose = f"?mrn={quote(declaration.value, safe='')}"
        for register in (CERTIFICATES, STATEMENTS):
            response = yield Request(
                path=register.path + quote(reference, safe="") + whose,
                headers={
                    "Accept": "application/json",
                    "X-Request-Id": occasion.nth(asked + (STATEMENTS is register)).message_id,
                },
                expect=frozenset({200, 404}),
            )
            if response.status == 200:
                record = read_json(response.body)
                return register, read_document(register, reference, record, self._codes, occasion.at.date())
            _make_sure_it_is_not_known(response, reference)
        return None


def _make_sure_it_is_not_known(response: Response, reference: str) -> None:
    # A wrong base URL answers 404 too: only the authority's own problem, naming the number, says "not found".
    problem = read_json(response.body)
    problem.text("code", "DOCUMENT_NOT_FOUND")
    problem.same("number", reference)
