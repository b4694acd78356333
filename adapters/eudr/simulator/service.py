"""The simulated service EUDRVerifyDeclarationServiceV3: SOAP 1.1 with WS-Security, three results."""

from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.simulation import Document, Documents, Fault, Simulator, fault_of, read_catalogue
from adapters.simulation.security import Security, Unauthenticated

USERNAME = "gateway"
AUTHENTICATION_KEY = "eudr-simulator-key"
"""The account that the simulated service knows."""
PATH = "/tracesnt/ws/EUDRVerifyDeclarationServiceV3"
ACTION = "http://ec.europa.eu/tracesnt/certificate/eudr/verification/v3/verify-declaration"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
VERIFY = "http://ec.europa.eu/tracesnt/certificate/eudr/verify-declaration/v3"
BASE = "http://ec.europa.eu/sanco/tracesnt/base/v4"
LONGEST_NUMBER, SHORTEST_VERIFICATION, LONGEST_VERIFICATION = 14, 5, 35

_DOCUMENTS = Path(__file__).with_name("documents.toml")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


class _Rejected(Exception):
    """The service cannot read the request."""


def build(documents: Documents) -> ASGIApp:
    """Make the service over the documents of a catalogue."""
    security = Security({USERNAME: AUTHENTICATION_KEY})

    async def verify(request: Request) -> Response:
        fault = fault_of(request.scope)
        try:
            number, verification = _asked(await request.body(), request.headers.get("soapaction", ""), security, fault)
        except Unauthenticated:
            return _failed("UnauthenticatedException")
        except (_Rejected, etree.XMLSyntaxError) as error:
            return _failed(str(error), "BusinessRulesValidationException")
        if fault is Fault.SOAP_FAULT:
            return _failed("the service is not available")
        return _xml(200, _answer(documents.find(number), verification, fault))

    return Starlette(routes=[Route(PATH, verify, methods=["POST"])])


def _asked(body: bytes, action: str, security: Security, fault: Fault | None) -> tuple[str, str]:
    envelope = etree.fromstring(body, _PARSER)
    header, content = envelope.find(f"{{{SOAP}}}Header"), envelope.find(f"{{{SOAP}}}Body")
    if header is None or content is None or len(content) != 1:
        raise _Rejected("not an envelope")
    if fault is Fault.UNAUTHORISED:
        raise Unauthenticated
    security.check(header)
    if not header.findtext(f"{{{BASE}}}WebServiceClientId") or action.strip('"') != ACTION:
        raise _Rejected("the header is not complete")
    payload = content[0]
    if [etree.QName(one).localname for one in payload] != ["referenceNumber", "verificationNumber"]:
        raise _Rejected("a reference number and a verification number are needed")
    number, verification = (one.text or "" for one in payload)
    if not (len(number) <= LONGEST_NUMBER and SHORTEST_VERIFICATION <= len(verification) <= LONGEST_VERIFICATION):
        raise _Rejected("a number is too long or too short")
    return number, verification


def _answer(document: Document | None, verification: str, fault: Fault | None) -> str:
    result, status = "NON_EXISTENT", None
    if document is not None and document["verification"] == verification:
        result, status = document["result"], document.get("status")
    if fault is Fault.UNKNOWN_STATUS:
        result = "UNHEARD_OF"
    stated = "" if status is None else f"<v:status>{escape(status)}</v:status>"
    return (
        f'<v:VerifyDeclarationResponse xmlns:v="{VERIFY}"><v:result>{escape(result)}</v:result>{stated}'
        "<v:dateTime>2026-11-24T09:30:00.000Z</v:dateTime></v:VerifyDeclarationResponse>"
    )


def _failed(message: str, exception: str | None = None) -> Response:
    detail = f'<detail><v:{exception} xmlns:v="{VERIFY}"/></detail>' if exception is not None else ""
    return _xml(
        500, f"<S:Fault><faultcode>S:Client</faultcode><faultstring>{escape(message)}</faultstring>{detail}</S:Fault>"
    )


def _xml(status: int, content: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="{SOAP}"><S:Body>{content}</S:Body></S:Envelope>'
    return Response(body.encode(), status_code=status, media_type="text/xml; charset=utf-8")


SIMULATOR = Simulator(
    name="eudr",
    title="EUDR due diligence statements",
    build=build,
    documents=read_catalogue(_DOCUMENTS),
    credentials={"authentication_key": AUTHENTICATION_KEY},
    own_faults=frozenset({Fault.UNKNOWN_STATUS, Fault.UNAUTHORISED, Fault.SOAP_FAULT}),
)
