"""A REST adapter as a partner would write it: one look-up, strict reading."""

from urllib.parse import quote

from gateway.contract import Answer, Certificate, DocumentQuery, Exchange, Occasion, Request, Settings, Status
from gateway.contract.reading import read_json

STATUSES = {"VALID": Status.VALID, "REFUSED": Status.REFUSED}


class ToyAdapter:
    """Asks the toy register about one document."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for the record of that number."""
        response = yield Request(
            path=f"/documents?number={quote(query.reference, safe='')}",
            headers={"X-Message-Id": occasion.message_id, "X-Nonce": occasion.nonce.hex()},
            expect=frozenset({200, 404}),
        )
        answer = read_json(response.body)
        answer.same("number", query.reference)
        code = answer.text("status")
        if code == "UNKNOWN":
            return Answer(status=Status.NOT_FOUND)
        return Answer(
            status=STATUSES[code],
            certificate=Certificate(type="C999", reference=query.reference, authority_status=code),
        )
