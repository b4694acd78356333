"""The adapter of EOS: whether an EORI is valid, and who of the same name is an authorised economic operator.

The service for authorised operators finds by a part of a name and states no number: what it shows is a hint, and grants nothing.
"""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from gateway.contract import (
    AuthorisationState,
    Exchange,
    NumberState,
    Occasion,
    PartyAnswer,
    PartyAuthorisation,
    PartyQuery,
    Request,
    RequestRejected,
    Settings,
    Unavailable,
    UnexpectedAnswer,
)
from gateway.contract.reading import read_codes
from gateway.contract.xml import XmlRecord, read_xml
from gateway.contract.xml_text import escaped

NUMBERS = "/taxation_customs/dds2/eos/validation/services/validation"
AUTHORISED = "/taxation_customs/dds2/eos/validation/services/aeo-retrieve"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NUMBERS_SPACE = "http://eori.ws.eos.dds.s/"
AUTHORISED_SPACE = "http://aeo.ws.eos.dds.s/"
_SPACES = MappingProxyType({"s": SOAP, "n": NUMBERS_SPACE, "a": AUTHORISED_SPACE})
_EORI = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}", re.ASCII)
_TYPES = "".join(f"<aeo:authorisationType>{one}</aeo:authorisationType>" for one in ("AEOC", "AEOF", "AEOS"))
_DAY = "[0-3][0-9]/[01][0-9]/[0-9]{4}"


class EosAdapter:
    """The adapter of EOS: one request about the number, and one by the name that comes with it."""

    def __init__(self, settings: Settings) -> None:
        codes = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
        self._numbers = read_codes(codes, "number", NumberState)
        self._authorisations = read_codes(codes, "authorisation", str)

    def party(self, query: PartyQuery, occasion: Occasion) -> Exchange[PartyAnswer]:
        """Ask whether a number is valid; of one whose holder agreed to be named, who of that name is authorised."""
        if not _EORI.fullmatch(query.number):
            raise RequestRejected("EOS knows EORI numbers alone")
        response = yield _asked(
            NUMBERS, f'<ev:validateEORI xmlns:ev="{NUMBERS_SPACE}"><ev:eori>{query.number}</ev:eori></ev:validateEORI>'
        )
        result = _returned(response.body, "n:validateEORIResponse").one("result")
        if result.text("eori") != query.number:
            raise UnexpectedAnswer("the answer is about another number")
        state = self._numbers.meaning(result.text("status"), query.day)
        name = _name(result)
        if state is not NumberState.VALID or name is None:
            return PartyAnswer(number=query.number, state=state)
        country = query.number[:2]
        response = yield _asked(
            AUTHORISED,
            f'<aeo:retrieveAEO xmlns:aeo="{AUTHORISED_SPACE}"><aeo:aeoRequestType>'
            f"<aeo:authorisationHolderName>{escaped('authorisationHolderName', name)}</aeo:authorisationHolderName>"
            f"<aeo:issuingCountry>{country}</aeo:issuingCountry>{_TYPES}</aeo:aeoRequestType></aeo:retrieveAEO>",
        )
        found = _returned(response.body, "a:retrieveAEOResponse").many("result")
        hints = tuple(self._hint(one, query.day) for one in found)
        return PartyAnswer(number=query.number, state=state, authorisations=hints)

    def _hint(self, result: XmlRecord, day: date) -> PartyAuthorisation:
        """Return an authorisation whose holder has such a name: the service states no number of it, so neither does this."""
        result.text("authorisationHolderName")
        return PartyAuthorisation(
            type=self._authorisations.meaning(result.text("authorisation.type"), day),
            state=AuthorisationState.IN_FORCE,  # the service lists no others
            effective=_day(result.text("effectiveDate", _DAY)),
            issuer=result.text("competentCustomsAuthority"),
        )


def _asked(path: str, content: str) -> Request:
    body = f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{content}</soap:Body></soap:Envelope>'
    headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": '""'}
    return Request(method="POST", path=path, headers=headers, body=body.encode(), moves=False)


def _returned(body: bytes, answer: str) -> XmlRecord:
    """Return what an answer returns. A fault is no empty answer.

    Raises:
        RequestRejected: the service says that it cannot be asked so.
        Unavailable: it failed.
        UnexpectedAnswer: it is no answer.
    """
    inner = read_xml(body, "s:Envelope", _SPACES).only("s:Body")
    if inner.name == "Fault":
        if inner.text("faultcode").rpartition(":")[2] == "Client":
            raise RequestRejected("the service refuses the question")
        raise Unavailable("the service says that it failed")
    returned = read_xml(body, "s:Envelope", _SPACES).one(f"s:Body/{answer}/return")
    returned.text("requestDate")
    return returned


def _name(result: XmlRecord) -> str | None:
    """Return the name of a number's holder; None: there is none, for its holder did not agree to be named."""
    found = result.at_most_one("name")
    return result.text("name") if found is not None and (found.element.text or "").strip(" \t\r\n") else None


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC).date()
    except ValueError:
        raise UnexpectedAnswer("effectiveDate: a day is expected") from None
