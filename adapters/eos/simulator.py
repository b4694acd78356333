"""EOS, simulated: EORI numbers with their holders, and the authorised operators that are found by a part of a name."""

from html import escape
from pathlib import Path

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.eos.adapter import AUTHORISED, AUTHORISED_SPACE, NUMBERS, NUMBERS_SPACE, SOAP
from adapters.simulation import Document, Documents, Fault, Simulator, fault_of, read_catalogue

_NONE = "---"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


class _Rejected(Exception):
    """The question does not fit the schema of the service."""


class _Eos:
    """Both services, over the frame's documents, which are operators."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._routes = Starlette(
            routes=[
                Route(NUMBERS, self._number, methods=["POST"]),
                Route(AUTHORISED, self._authorised, methods=["POST"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)

    async def _number(self, request: Request) -> Response:
        """Say of a number whether it is valid, with its holder's name where that one agreed."""
        if fault_of(request.scope) is Fault.SOAP_FAULT:
            return _fault("Server", "java.lang.NullPointerException")
        try:
            number = _text(await request.body(), NUMBERS_SPACE, "validateEORI", "eori")
        except _Rejected as error:
            return _fault("Client", str(error))
        holder = self._documents.find(number)
        valid = holder is not None and holder.get("number", True)
        status = "7" if fault_of(request.scope) is Fault.UNKNOWN_STATUS else "0" if valid else "1"
        name = f"<name>{escape(holder['name'])}</name>" if valid and holder is not None and "name" in holder else ""
        said = "Valid" if valid else "Not valid"
        return _answer(
            NUMBERS_SPACE,
            "validateEORIResponse",
            f"<result><eori>{number}</eori><status>{status}</status><statusDescr>{said}</statusDescr>{name}</result>",
        )

    async def _authorised(self, request: Request) -> Response:
        """List the authorised operators whose name has a text in it."""
        if fault_of(request.scope) is Fault.SOAP_FAULT:
            return _fault("Server", "java.lang.NullPointerException")
        body = await request.body()
        try:
            name = _text(body, AUTHORISED_SPACE, "retrieveAEO", "aeoRequestType", "authorisationHolderName")
            _text(body, AUTHORISED_SPACE, "retrieveAEO", "aeoRequestType", "authorisationType")
        except _Rejected as error:
            return _fault("Client", str(error))
        found = [
            _result(holder, one)
            for holder in self._documents.stored().values()
            for one in holder.get("authorised", ())
            if name.casefold() in holder.get("name", _NONE).casefold()
        ]
        return _answer(AUTHORISED_SPACE, "retrieveAEOResponse", "".join(found))


def _result(holder: Document, authorised: Document) -> str:
    members = {
        "authorisationHolderName": holder["name"],
        "issuingCountry": authorised["country"],
        "competentCustomsAuthority": authorised["office"],
        "authorisation.type": authorised["type"],
        "effectiveDate": authorised["since"],
    }
    return f"<result>{''.join(f'<{key}>{escape(value)}</{key}>' for key, value in members.items())}</result>"


def _text(body: bytes, namespace: str, *path: str) -> str:
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError as error:
        raise _Rejected("not well-formed") from error
    found = root.findtext("/".join((f"{{{SOAP}}}Body", *(f"{{{namespace}}}{one}" for one in path))))
    if not found:
        raise _Rejected(f"The content of element '{path[0]}' is not complete.")
    return str(found)


def _answer(namespace: str, name: str, content: str) -> Response:
    inner = f'<ns0:{name} xmlns:ns0="{namespace}"><return><requestDate>2026-03-02</requestDate>{content}</return></ns0:{name}>'
    return _enveloped(inner)


def _fault(code: str, text: str) -> Response:
    return _enveloped(
        f'<ns0:Fault xmlns:ns0="{SOAP}"><faultcode>ns0:{code}</faultcode><faultstring>{escape(text)}</faultstring></ns0:Fault>'
    )


def _enveloped(inner: str) -> Response:
    envelope = (
        f"<?xml version='1.0' encoding='UTF-8'?><S:Envelope xmlns:S=\"{SOAP}\"><S:Body>{inner}</S:Body></S:Envelope>"
    )
    return Response(envelope.encode(), media_type="text/xml;charset=utf-8")


SIMULATOR = Simulator(
    name="eos",
    title="EOS, the register of economic operators",
    build=_Eos,
    documents=read_catalogue(Path(__file__).with_name("simulator_documents.toml")),
    own_faults=frozenset({Fault.UNKNOWN_STATUS, Fault.SOAP_FAULT}),
)
