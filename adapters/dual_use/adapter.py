"""The adapter of a licensing authority: verifies export authorisations for dual-use items and moves their quantities.

No real interface is public: this one is our own proposal, and its words are assumed. The number goes into the query or
the body, never into the path: licence numbers hold slashes, and web servers disagree about an encoded slash in a path.
"Not known" is an answer of its own (200 with `"licence": null`), so no HTTP error can look like it.
"""

from dataclasses import replace
from urllib.parse import quote

from adapters.dual_use.codes import load_codes
from adapters.dual_use.licence import read_licence
from adapters.dual_use.movements import movement_request, read_receipt
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
    ReferenceKind,
    Request,
    RequestRejected,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import has_part, make_sure_it_has_no_part, plain_number, read_json

INTERVENTIONS = frozenset({MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE})


def identity(document_type: str, reference: str) -> str:
    """Return a number without blanks and in capitals: the authority passes over both, and over nothing else."""
    return plain_number(reference)


class DualUseAdapter:
    """The authority's adapter: verifies an authorisation, reads what is left of it and moves its quantity and value."""

    def __init__(self, settings: Settings) -> None:
        self._codes = load_codes()

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Ask for the authorisation of that number."""
        return (yield from self._read(query, occasion.message_id, occasion))

    def _read(self, query: DocumentQuery, message_id: str, occasion: Occasion) -> Exchange[Answer]:
        path = f"/api/v1/export-licences?number={quote(query.reference, safe='')}"
        if query.declaration is not None and query.declaration.kind is ReferenceKind.MRN:
            # Thousands of declarations may draw on one licence: what the others took is in what is left.
            path += f"&mrn={quote(query.declaration.value, safe='')}"
        response = yield Request(path=path, headers={"Accept": "application/json", "X-Request-Id": message_id})
        answer = read_json(response.body)
        answer.same("number", query.reference)
        licence = answer.optional(answer.record, "licence")
        if licence is None:
            return Answer(status=Status.NOT_FOUND)
        licence.same("number", query.reference)
        return read_licence(licence, self._codes, occasion.at.date())

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Read what is left on each line, and what the asking declaration took, or every one where none asks.

        A registration, and a licence whose balance is not stated, has no position. That a declaration has nothing is told only
        by a position that is whole: where its own part is empty, everybody's is read, and has to be all that is missing.
        """
        answer = yield from self.verify(query, occasion)
        if answer.ledger is None:
            raise UnexpectedAnswer("no balance is stated")
        if query.declaration is not None and not has_part(answer.ledger, query.declaration):
            whole = yield from self._read(replace(query, declaration=None), occasion.nth(1).message_id, occasion)
            make_sure_it_has_no_part(whole, query.declaration)
        return answer.ledger

    def reserve(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Reserve all lines of the order for its declaration, in place of its earlier reservation; a refusal leaves that."""
        return (yield from self._move(MovementKind.RESERVE, order, occasion))

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Turn the declaration's whole reservation into a write-off."""
        return (yield from self._move(MovementKind.WRITE_OFF, order, occasion))

    def cancel(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Cancel the declaration's reservation."""
        return (yield from self._move(MovementKind.CANCEL, order, occasion))

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Force, amend or delete a write-off."""
        if intervention.kind not in INTERVENTIONS:
            raise RequestRejected(f"{intervention.kind} is no intervention")
        return (yield from self._move(intervention.kind, intervention.order, occasion))

    def _move(self, kind: MovementKind, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        response = yield movement_request(kind, order, occasion.message_id)
        answer = read_json(response.body)
        answer.same("number", order.reference)
        licence = answer.record("licence")
        licence.same("number", order.reference)
        on = occasion.at.date()
        afterwards = read_licence(licence, self._codes, on)
        return read_receipt(kind, order, answer.record("movement"), afterwards, self._codes, on)
