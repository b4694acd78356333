"""Asks TRACES about a CHED: its certificate and how much of it is left. Only reads."""

from pathlib import Path

from adapters.traces.certex_v06 import Caller, read_answer, read_request
from adapters.traces.certificate import normalised, read_certificate, read_code_lists
from adapters.traces.ledger import read_ledger
from adapters.traces.ws_security import Account
from gateway.contract import (
    Answer,
    Certificate,
    DocumentQuery,
    Exchange,
    Ledger,
    Occasion,
    Settings,
    Status,
    UnexpectedAnswer,
)


class TracesAdapter:
    """The adapter of the customs port for CHEDs."""

    def __init__(self, settings: Settings) -> None:
        self._codes = read_code_lists(Path(__file__).with_name("codes.toml").read_text(encoding="utf-8"))
        self._caller = Caller(
            account=Account(
                username=settings.values["username"], authentication_key=settings.secrets["authentication_key"]
            ),
            client_id=settings.values["web_service_client_id"],
            office=settings.values["customs_office"],
        )

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Reads the certificate of that reference with its quantity position."""
        reference = normalised(query.reference)
        response = yield read_request(reference, self._caller, occasion)
        told = read_answer(response, message_id=occasion.message_id, prefix=self._caller.office)
        on = occasion.at.date()
        self._codes.operations.meaning(told.operation_code, on)
        if told.certificate is None:
            if told.summary is not None:
                raise UnexpectedAnswer("a quantity position without its certificate")
            return Answer(status=Status.NOT_FOUND)
        status, certificate = read_certificate(told.certificate, reference, self._codes, on)
        ledger = read_ledger(told.summary)
        _compare(certificate, ledger)
        return Answer(status=status, certificate=certificate, ledger=ledger)

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads how much of the certificate is left, and who holds or used the rest."""
        answer = yield from self.verify(query, occasion)
        if answer.ledger is None:
            raise UnexpectedAnswer("no quantity position is told")
        return answer.ledger


def _compare(certificate: Certificate, ledger: Ledger | None) -> None:
    if ledger is None:
        return
    numbers = {line.number for line in certificate.lines}
    if not {line.number for line in ledger.lines} <= numbers:
        raise UnexpectedAnswer("the quantity position has a line that the certificate has not")
