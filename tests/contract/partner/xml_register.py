"""A register that answers in SOAP, and wants a user name inside the message."""

from gateway.contract import (
    Adapter,
    Answer,
    Certificate,
    CertificateLine,
    DocumentQuery,
    Exchange,
    Occasion,
    Quantity,
    Request,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.ws_security import SOAP_11, UsernameToken
from gateway.contract.xml import XmlRecord, read_xml
from gateway.contract.xml_text import escaped

NAMES = {"s": SOAP_11, "c": "urn:example:certificates"}


class XmlRegister:
    """The register's adapter."""

    def __init__(self, settings: Settings) -> None:
        self._account = UsernameToken(username=settings.values["username"], password=settings.secrets["password"])

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for the certificate of that number."""
        body = (
            f'<s:Envelope xmlns:s="{SOAP_11}"><s:Header>{self._account.header(occasion)}</s:Header><s:Body>'
            f'<Ask xmlns="{NAMES["c"]}"><Number>{escaped("Number", query.reference)}</Number></Ask></s:Body></s:Envelope>'
        )
        response = yield Request(method="POST", path="/soap", body=body.encode(), moves=False)
        answer = read_xml(response.body, "s:Envelope", NAMES).only("s:Body")
        if answer.name == "Unknown":
            answer.same("c:Number", query.reference)
            return Answer(status=Status.NOT_FOUND)
        if answer.name != "Certificate" or answer.text("@state") != "good":
            raise UnexpectedAnswer("not a certificate")
        return Answer(
            status=Status.VALID,
            certificate=Certificate(
                type=query.type,
                reference=answer.text("c:Number"),
                authority_status=answer.text("@state"),
                valid_to=answer.optional(answer.day, "c:ValidTo"),
                lines=tuple(map(_line, answer.many("c:Line"))),
            ),
        )


def _line(line: XmlRecord) -> CertificateLine:
    return CertificateLine(
        number=line.count("@no"),
        commodity_code=line.text("c:Code", "[0-9]{4,8}"),
        quantity=Quantity(value=line.decimal("c:Mass"), unit=line.text("c:Mass/@unit")),
    )


CHECKED: type[Adapter] = XmlRegister
