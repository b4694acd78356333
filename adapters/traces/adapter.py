"""The adapter of TRACES for CHEDs and their quantities: what is asked, and what the parts of an answer mean."""

from dataclasses import replace
from pathlib import Path

from lxml import etree

from adapters.traces.certex_v06 import CertexPort
from adapters.traces.certificate import read_certificate
from adapters.traces.codes import read_code_lists
from adapters.traces.information import read_information
from adapters.traces.ledger import STATES, make_sure_it_is_whole, read_ledger
from adapters.traces.listing import list_payload, read_list, read_push
from adapters.traces.operations import OFFICE, Clearance, Operations
from adapters.traces.others import OtherDeclarations
from adapters.traces.port import Payload, Port
from adapters.traces.receipts import read_outcome, read_reservation
from gateway.contract import (
    Answer,
    Certificate,
    Change,
    DocumentFilter,
    DocumentQuery,
    DocumentSummary,
    Exchange,
    Intervention,
    Ledger,
    Occasion,
    QuantityOrder,
    Receipt,
    Reference,
    Request,
    RequestRejected,
    Response,
    Settings,
    Status,
    UnexpectedAnswer,
)


class TracesAdapter:
    """The adapter of the customs port for CHEDs, over the port of version V06 unless another is given."""

    def __init__(self, settings: Settings, port: Port | None = None) -> None:
        self._port = port or CertexPort.of(settings)
        self._names = self._port.names
        self._codes = read_code_lists(Path(__file__).with_name("codes.toml").read_text(encoding="utf-8"))
        self._operations = Operations(names=self._names, codes=self._codes)
        self._others = OtherDeclarations(self._names, tuple(STATES))
        self._office = settings.values["customs_office"]
        """Stands in reads and lists only: a movement carries its declaration's own."""
        if not OFFICE.fullmatch(self._office):
            raise ValueError("customs_office: 1 to 8 letters and digits are needed")

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Read the certificate of that reference with its quantity position; of a named declaration, its own part of it."""
        return self._read(query, occasion, (yield self._reading(query, occasion)))

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Read how much of the certificate is left, and which declarations reserved or used the rest.

        That a declaration has nothing of it is told only by a position that is whole: by all of it that is told as taken.
        """
        response = yield self._reading(query, occasion)
        answer = self._read(query, occasion, response)
        if answer.ledger is None:
            raise UnexpectedAnswer("no quantity position is told")
        if query.declaration is not None and not answer.ledger.allocations:
            whole = self._read(replace(query, declaration=None), occasion, response)
            if whole.certificate is not None and whole.ledger is not None:
                make_sure_it_is_whole(whole.ledger, whole.certificate, self._codes, occasion.at.date())
        return answer.ledger

    def _reading(self, query: DocumentQuery, occasion: Occasion) -> Request:
        payload = self._operations.read(query.reference, office=self._office, at=occasion.at)
        return self._port.request(payload, office=self._office, occasion=occasion)

    def _read(self, query: DocumentQuery, occasion: Occasion, response: Response) -> Answer:
        if query.declaration is not None:
            response = self._without_others(response, query.declaration)
        told = read_information(self._port.answer(response, office=self._office, occasion=occasion), self._names)
        if told.of_reservation:
            raise UnexpectedAnswer("a read is answered as a reservation")
        on = occasion.at.date()
        self._codes.operations.meaning(told.operation_code, on)
        if told.certificate is None:
            if told.summary is not None:
                raise UnexpectedAnswer("a quantity position without its certificate")
            return Answer(status=Status.NOT_FOUND)
        status, certificate = read_certificate(told.certificate, query.reference, self._codes, on)
        ledger = read_ledger(told.summary, self._names, query.declaration)
        _compare(certificate, ledger)
        return Answer(status=status, certificate=certificate, ledger=ledger)

    def reserve(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Reserve all lines of the order for its MRN, in place of its earlier reservation."""
        payload = self._operations.reserve(order, at=occasion.at)
        body = yield from self._ask(payload, order.customs_office, occasion, of=order.declaration)
        return read_reservation(body, order, self._names, self._codes, occasion.at.date())

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Turn the whole reservation of the MRN into a write-off."""
        return (yield from self._clear(order, Clearance.RELEASED, occasion))

    def cancel(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Cancel the whole reservation of the MRN."""
        return (yield from self._clear(order, Clearance.NOT_RELEASED, occasion))

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Force, amend or delete the write-off of the MRN."""
        payload = self._operations.intervene(intervention, at=occasion.at)
        body = yield from self._ask(payload, intervention.order.customs_office, occasion)
        return read_outcome(body, "ChedIntervention", self._names, self._codes, occasion.at.date())

    def list(self, filter: DocumentFilter, occasion: Occasion) -> Exchange[tuple[DocumentSummary, ...]]:
        """List certificates; with `filter.subscribe` TRACES pushes later changes of them."""
        office = filter.customs_office or self._office
        if not OFFICE.fullmatch(office):
            raise RequestRejected("a customs office has 1 to 8 letters and digits")
        payload = list_payload(filter, self._names, self._codes, occasion.at)
        body = yield from self._ask(payload, office, occasion)
        return read_list(body, filter, self._names, self._codes, occasion.at.date())

    def read_notification(self, request: Request) -> tuple[Change, ...]:
        """Read which certificates TRACES pushes changes of."""
        return read_push(self._port.pushed(request.body), self._names, self._codes)

    def _clear(self, order: QuantityOrder, clearance: Clearance, occasion: Occasion) -> Exchange[Receipt]:
        payload = self._operations.clear(order, clearance, at=occasion.at)
        body = yield from self._ask(payload, order.customs_office, occasion)
        return read_outcome(body, "ChedClearance", self._names, self._codes, occasion.at.date())

    def _ask(
        self, payload: Payload, office: str, occasion: Occasion, *, of: Reference | None = None
    ) -> Exchange[etree._Element]:
        response = yield self._port.request(payload, office=office, occasion=occasion)
        if of is not None:
            response = self._without_others(response, of)
        return self._port.answer(response, office=office, occasion=occasion)

    def _without_others(self, response: Response, of: Reference) -> Response:
        body = self._others.left_out(response.body, of)
        return response if body is response.body else replace(response, body=body)


def _compare(certificate: Certificate, ledger: Ledger | None) -> None:
    if ledger is None:
        return
    numbers = {line.number for line in certificate.lines}
    if not {line.number for line in ledger.lines} <= numbers:
        raise UnexpectedAnswer("the quantity position has a line that the certificate has not")
