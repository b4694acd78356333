"""Asks the Wildlife Office about permits, in XML: the zoo's other good twin."""

from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from gateway.contract import (
    Answer,
    Certificate,
    CertificateLine,
    DocumentQuery,
    Exchange,
    Nomenclature,
    Occasion,
    Quantity,
    Request,
    RequestRejected,
    Settings,
    Status,
    UnexpectedAnswer,
)

PERMIT = "urn:permit"
NAMES = {"p": PERMIT}
STATES = {"GRANTED": Status.VALID, "PENDING": Status.PENDING, "REFUSED": Status.REFUSED}
UNITS = {"kg": "KGM", "pcs": "H87"}


class XmlTwinAdapter:
    """The office's adapter."""

    def __init__(self, settings: Settings) -> None:
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for the permit of that number."""
        response = yield Request(
            method="POST",
            path="/permits",
            headers={"Content-Type": "text/xml; charset=utf-8", "X-Request-Id": occasion.message_id},
            body=_question(query.reference),
            expect=frozenset({200, 404}),
        )
        root = self._root(response.body)
        number = _one(root, "p:Number")
        if number != query.reference:
            raise UnexpectedAnswer("the answer is about another permit")
        if response.status == 404:
            if root.tag != f"{{{PERMIT}}}NotFound":
                raise UnexpectedAnswer("a 404 of something else")
            return Answer(status=Status.NOT_FOUND)
        if root.tag != f"{{{PERMIT}}}Permit":
            raise UnexpectedAnswer("no permit")
        state = _one(root, "p:State")
        if state not in STATES:
            raise UnexpectedAnswer("a state that is not known")
        return Answer(
            status=STATES[state],
            certificate=Certificate(
                type="C400",
                reference=number,
                authority_status=state,
                valid_to=_day(root),
                lines=tuple(_line(one, number) for number, one in enumerate(root.iterfind("p:Goods", NAMES), start=1)),
            ),
        )

    def _root(self, body: bytes) -> etree._Element:
        try:
            return etree.fromstring(body, self._parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise UnexpectedAnswer("no XML") from error


def _question(number: str) -> bytes:
    root = etree.Element(f"{{{PERMIT}}}Question")
    try:
        etree.SubElement(root, f"{{{PERMIT}}}Number").text = number
    except ValueError as error:
        raise RequestRejected("XML has no way to say this number") from error
    return etree.tostring(root)


def _day(root: etree._Element) -> date | None:
    if root.find("p:ValidUntil", NAMES) is None:
        return None
    return date.fromisoformat(_one(root, "p:ValidUntil"))


def _line(goods: etree._Element, number: int) -> CertificateLine:
    amount = goods.find("p:Amount", NAMES)
    unit = None if amount is None else UNITS.get(str(amount.get("unit")))
    if unit is None:
        raise UnexpectedAnswer("an amount without a unit")
    try:
        value = Decimal(_one(goods, "p:Amount"))
    except InvalidOperation as error:
        raise UnexpectedAnswer("an amount that is none") from error
    return CertificateLine(
        number=number,
        commodity_code=_one(goods, "p:Code"),
        nomenclature=Nomenclature.HS,
        quantity=Quantity(value=value, unit=unit),
    )


def _one(element: etree._Element, path: str) -> str:
    found = element.findall(path, NAMES)
    text = (found[0].text or "").strip() if len(found) == 1 and not len(found[0]) else ""
    if not text:
        raise UnexpectedAnswer(f"{path} is not there once")
    return text
