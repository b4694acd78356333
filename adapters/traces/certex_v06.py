"""The transport to the customs port, service version V06: address, SOAP action, header, envelope, account, faults.

This is the one module to replace for a Member State's way over CCN2. Another version of the service that travels alike is
another `Version`.
"""

from dataclasses import dataclass

from lxml import etree

from adapters.traces.elements import Children, local, one, optional_text_of
from adapters.traces.port import Names, Payload, tags_of
from gateway.contract import AccessRefused, Occasion, Request, Response, Settings, Unavailable, UnexpectedAnswer
from gateway.contract.ws_security import UsernameToken
from gateway.contract.xml import parse_xml
from gateway.contract.xml_text import escaped

PATH = "/tracesnt/ws/CustomsCertexChedServiceV06"
ACTION = "http://ec.europa.eu/tracesnt/ws/impl/customs_certex/ched/v06/CustomsCertexChedPort/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
CHED = "http://ec.europa.eu/sanco/tracesnt/customs_certex/ched/v06"
BASE = "http://ec.europa.eu/sanco/tracesnt/customs_certex/base/v03"
COMMON = "http://ec.europa.eu/sanco/tracesnt/base/v3"
BODY = "http://ec.europa.eu/tracesnt/body/v1"

LANGUAGE = "en"
SPOKEN = frozenset({200, 500})
"""A SOAP fault comes with 500."""

_ENVELOPE, _HEADER, _BODY, _FAULT = map(tags_of(SOAP), ("Envelope", "Header", "Body", "Fault"))
_UNAUTHENTICATED = "UnauthenticatedException"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The differences of one version of the service from the next."""

    path: str
    action: str
    """What stands before an operation's name in its SOAP action."""
    names: Names


V06 = Version(path=PATH, action=ACTION, names=Names(ched_namespace=CHED, base_namespace=BASE))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertexPort:
    """The port in SOAP 1.1 with WS-Security, as TRACES itself speaks."""

    account: UsernameToken
    """The account that the customs port knows us by; no account of another port is accepted there. The service takes messages
    that are good for 60 to 120 seconds, and 30 seconds of difference between clocks."""
    client_id: str
    """The client's name at TRACES."""
    version: Version = V06

    @classmethod
    def of(cls, settings: Settings, version: Version = V06) -> "CertexPort":
        """Make the port from the settings `username` and `web_service_client_id` and the secret `authentication_key`."""
        account = UsernameToken(username=settings.values["username"], password=settings.secrets["authentication_key"])
        return cls(account=account, client_id=settings.values["web_service_client_id"], version=version)

    @property
    def names(self) -> Names:
        """The names of this version's elements."""
        return self.version.names

    def request(self, payload: Payload, *, office: str, occasion: Occasion) -> Request:
        """Put an operation's payload into an envelope with its header."""
        names, prefix = self.names, escaped("UniqRequesterPrefix", office)
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{SOAP}" xmlns:tb="{COMMON}"'
            f' xmlns:ched="{names.ched_namespace}" xmlns:base="{names.base_namespace}" xmlns:body="{BODY}"><s:Header>'
            f"<tb:LanguageCode>{LANGUAGE}</tb:LanguageCode>"
            f"<tb:WebServiceClientId>{escaped('WebServiceClientId', self.client_id)}</tb:WebServiceClientId>"
            f"<ched:CertexHeader><base:MessageId>{escaped('MessageId', occasion.message_id)}</base:MessageId>"
            f"<base:UniqRequesterPrefix>{prefix}</base:UniqRequesterPrefix></ched:CertexHeader>"
            f"<body:CustomsOfficeReferenceNumber>{prefix}</body:CustomsOfficeReferenceNumber>"
            f"{self.account.header(occasion)}</s:Header><s:Body>{payload.content}</s:Body></s:Envelope>"
        )
        operation = payload.operation
        action = f"{self.version.action}{operation[0].lower()}{operation[1:]}"
        return Request(
            method="POST",
            path=self.version.path,
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'},
            body=body.encode(),
            expect=SPOKEN,
        )

    def answer(self, response: Response, *, office: str, occasion: Occasion) -> etree._Element:
        """Return the payload of the answer, if it is one to this message of this office."""
        try:
            envelope, body = _opened(response.body)
        except UnexpectedAnswer as error:
            if response.status == 500:
                raise Unavailable("the service failed without a SOAP fault") from error
            raise
        fault = next(body.iterchildren(_FAULT), None)
        if fault is not None:
            raise _fault(fault)
        if response.status != 200:
            raise Unavailable("the service failed without a SOAP fault")
        names = self.version.names
        header = Children(one(envelope.one(_HEADER), names.ched("CertexHeader")))
        if header.text(names.base("MessageId")) != occasion.message_id:
            raise UnexpectedAnswer("the answer is to another message")
        if header.text(names.base("UniqRequesterPrefix")) != office:
            raise UnexpectedAnswer("the answer is to another requester")
        return _only(body)

    def pushed(self, body: bytes) -> etree._Element:
        """Return the payload of a pushed envelope; the gateway has authenticated the caller."""
        return _only(_opened(body)[1])


def _opened(content: bytes) -> tuple[Children, etree._Element]:
    """Return the parts of an envelope, and its body."""
    envelope = parse_xml(content)
    if envelope.tag != _ENVELOPE:
        raise UnexpectedAnswer(f"the answer is a {local(envelope)}, not an envelope")
    parts = Children(envelope)
    return parts, parts.one(_BODY)


def _only(body: etree._Element) -> etree._Element:
    if len(body) != 1:
        raise UnexpectedAnswer("the answer's body does not hold one answer")
    return body[0]


def _fault(fault: etree._Element) -> AccessRefused | UnexpectedAnswer:
    # The exception stands in the fault's text, its code, or the name of its detail: by the stack of the day.
    texts = [optional_text_of(fault, name) or "" for name in ("faultcode", "faultstring") if _has_text(fault, name)]
    texts += [local(element) for element in fault.iterfind("detail/*")]
    if any(_UNAUTHENTICATED in text for text in texts):
        return AccessRefused("the customs port does not accept the account")
    return UnexpectedAnswer("the service answered with a fault")


def _has_text(fault: etree._Element, name: str) -> bool:
    found = fault.findall(name)
    return len(found) == 1 and not len(found[0]) and 0 < len((found[0].text or "").strip()) <= 500
