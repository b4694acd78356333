"""The customs port as its version V06 speaks: address, header, envelope and the frame of its answers.

This is the one module to replace for another version of the service, or for a Member State's way over CCN2.
"""

import re
from dataclasses import dataclass

from lxml import etree

from adapters.traces.elements import at_most_one, local, one, optional_text_of, parse, text_of
from adapters.traces.ws_security import Account, add_security, written
from gateway.contract import AccessRefused, Occasion, Request, RequestRejected, Response, Unavailable, UnexpectedAnswer

PATH = "/tracesnt/ws/CustomsCertexChedServiceV06"
ACTION = "http://ec.europa.eu/tracesnt/ws/impl/customs_certex/ched/v06/CustomsCertexChedPort/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
CHED = "http://ec.europa.eu/sanco/tracesnt/customs_certex/ched/v06"
BASE = "http://ec.europa.eu/sanco/tracesnt/customs_certex/base/v03"
COMMON = "http://ec.europa.eu/sanco/tracesnt/base/v3"
BODY = "http://ec.europa.eu/tracesnt/body/v1"

READ_ONLY = "0"
"""`QuantityManagementIndication` of a read: certificate and position are told, nothing is changed."""
LANGUAGE = "en"
SPOKEN = frozenset({200, 500})
"""A SOAP fault comes with 500."""

_OFFICE = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
_PREFIXES = {"s": SOAP, "tb": COMMON, "ched": CHED, "base": BASE, "body": BODY}
_UNAUTHENTICATED = "UnauthenticatedException"
# What only an answer to a reservation carries: beside a read it contradicts what was asked.
_OF_RESERVATIONS = ("ReservationResult", "ReservationFailureReason", "ReservationFailureConsignmentItem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: the account, the client's name at TRACES and the customs office."""

    account: Account
    client_id: str
    office: str
    """1 to 8 letters and digits; also the prefix that an answer echoes."""

    def __post_init__(self) -> None:
        if not _OFFICE.fullmatch(self.office):
            raise ValueError("customs_office: 1 to 8 letters and digits are needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChedInformation:
    """The parts of an answer to a read. Both None: TRACES knows no such certificate, or does not show it to us."""

    certificate: etree._Element | None
    """The `SPSCertificate`."""
    summary: etree._Element | None
    """The `QuantityManagementSummary`."""
    operation_code: str


def read_request(reference: str, caller: Caller, occasion: Occasion) -> Request:
    """Asks for a certificate and its quantity position; changes nothing.

    Raises:
        RequestRejected: the reference holds characters that XML cannot carry.
    """
    payload = etree.Element(f"{{{CHED}}}ProcessedChedRequest", nsmap=_PREFIXES)
    _add(payload, CHED, "SendingDate", written(occasion.at))
    try:
        _add(payload, CHED, "ChedCertificateId", reference)
    except ValueError as error:
        raise RequestRejected("the reference holds characters that XML cannot carry") from error
    # Optional by the schema, but the service refuses a request without it.
    _add(payload, CHED, "CustomsDeclarationReferenceNumber")
    _add(_add(payload, CHED, "CompetentCustomsOffice"), BASE, "ReferenceNumber", caller.office)
    _add(payload, CHED, "Language", LANGUAGE)
    _add(payload, CHED, "QuantityManagementIndication", READ_ONLY)
    return request("processedChedRequest", payload, caller, occasion)


def request(operation: str, payload: etree._Element, caller: Caller, occasion: Occasion) -> Request:
    """Puts the payload of an operation into an envelope with its header."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_PREFIXES)
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    _add(header, COMMON, "LanguageCode", LANGUAGE)
    _add(header, COMMON, "WebServiceClientId", caller.client_id)
    certex = _add(header, CHED, "CertexHeader")
    _add(certex, BASE, "MessageId", occasion.message_id)
    _add(certex, BASE, "UniqRequesterPrefix", caller.office)
    _add(header, BODY, "CustomsOfficeReferenceNumber", caller.office)
    add_security(header, caller.account, at=occasion.at, nonce=occasion.nonce)
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(payload)
    return Request(
        method="POST",
        path=PATH,
        headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}{operation}"'},
        body=etree.tostring(envelope, encoding="UTF-8", xml_declaration=True),
        expect=SPOKEN,
    )


def read_answer(response: Response, *, message_id: str, prefix: str) -> ChedInformation:
    """Reads the answer to a `read_request`.

    Raises:
        UnexpectedAnswer: it is a fault, the answer to another request, or no such answer.
        AccessRefused: the port does not accept the account.
        Unavailable: the service failed without saying anything.
    """
    body = _payload(response, message_id=message_id, prefix=prefix)
    if body.tag != f"{{{CHED}}}ProcessedChedInformationResponse":
        raise UnexpectedAnswer(f"the answer is a {local(body)}")
    for name in _OF_RESERVATIONS:
        if body.find(f"{{{CHED}}}{name}") is not None:
            raise UnexpectedAnswer(f"the answer to a read carries a {name}")
    certificate = at_most_one(body, f"{{{CHED}}}ChedCertificate")
    sps = None
    if certificate is not None:
        # Whatever stands in its place: a certificate that cannot be read is never one that is not known.
        if len(certificate) != 1:
            raise UnexpectedAnswer("ChedCertificate does not hold one certificate")
        sps = certificate[0]
    return ChedInformation(
        certificate=sps,
        summary=at_most_one(body, f"{{{CHED}}}QuantityManagementSummary"),
        operation_code=text_of(body, f"{{{CHED}}}OperationCode"),
    )


def _payload(response: Response, *, message_id: str, prefix: str) -> etree._Element:
    try:
        envelope = parse(response.body)
        if envelope.tag != f"{{{SOAP}}}Envelope":
            raise UnexpectedAnswer(f"the answer is a {local(envelope)}, not an envelope")
        body = one(envelope, f"{{{SOAP}}}Body")
    except UnexpectedAnswer as error:
        if response.status == 500:
            raise Unavailable("the service failed without a SOAP fault") from error
        raise
    fault = body.find(f"{{{SOAP}}}Fault")
    if fault is not None:
        raise _fault(fault)
    if response.status != 200:
        raise Unavailable("the service failed without a SOAP fault")
    header = one(one(envelope, f"{{{SOAP}}}Header"), f"{{{CHED}}}CertexHeader")
    if text_of(header, f"{{{BASE}}}MessageId") != message_id:
        raise UnexpectedAnswer("the answer is to another message")
    if text_of(header, f"{{{BASE}}}UniqRequesterPrefix") != prefix:
        raise UnexpectedAnswer("the answer is to another requester")
    if len(body) != 1:
        raise UnexpectedAnswer("the answer's body does not hold one answer")
    return body[0]


def _fault(fault: etree._Element) -> AccessRefused | UnexpectedAnswer:
    # The exception stands in the fault's text, its code, or the name of its detail: by the stack of the day.
    said = [optional_text_of(fault, name) or "" for name in ("faultcode", "faultstring") if _has_text(fault, name)]
    said += [local(element) for element in fault.iterfind("detail/*")]
    if any(_UNAUTHENTICATED in words for words in said):
        return AccessRefused("the customs port does not accept the account")
    return UnexpectedAnswer("the service answered with a fault")


def _has_text(fault: etree._Element, name: str) -> bool:
    found = fault.findall(name)
    return len(found) == 1 and not len(found[0]) and 0 < len((found[0].text or "").strip()) <= 500


def _add(parent: etree._Element, namespace: str, name: str, value: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = value
    return element
