"""Lists of CHEDs, subscriptions, and notifications that TRACES pushes to a subscriber.

The filters of a `ChedCRFLRequest` are those of the CERTEX guidelines (IT release 4.1), in their order. No capture of the
operation exists: how the range of dates is named, the elements of the answer (`ChedSummary`) and the whole of the push
(`ChedPushNotification`) are assumed. The list says a certificate's status, not its border post's decision.
"""

import re
from datetime import date, datetime
from enum import StrEnum

from lxml import etree

from adapters.traces.certificate import kind_of
from adapters.traces.codes import Codes
from adapters.traces.elements import local, moment, one, text_of
from adapters.traces.operations import MRN
from adapters.traces.payload import Payload, leaf, payload
from adapters.traces.port import Names
from gateway.contract import Change, DocumentFilter, DocumentSummary, ReferenceKind, RequestRejected, UnexpectedAnswer
from gateway.contract.xml_text import moment_text

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CODE = re.compile(r"[0-9]{2,8}", re.ASCII)
_STATUS = re.compile(r"[0-9]{1,3}", re.ASCII)


class Subscription(StrEnum):
    """`SubscriptionIndication`: whether later changes are pushed."""

    NONE = "0"
    SUBSCRIBED = "1"


def list_payload(filter: DocumentFilter, names: Names, codes: Codes, at: datetime) -> Payload:
    """Build the request for the certificates that fit a filter.

    Raises:
        RequestRejected: the filter asks for what cannot be asked so.
    """
    told: list[str] = []

    def say(name: str, value: str | None, pattern: re.Pattern[str] | None = None) -> None:
        if value is None:
            return
        if pattern is not None and not pattern.fullmatch(value):
            raise RequestRejected(f"{name} cannot be asked for so")
        told.append(leaf(f"ched:{name}", value))

    say("SendingDate", moment_text(at))
    for kind in _kinds(filter.types, codes, at.date()):
        say("ChedType", kind)
    for status in filter.statuses:
        if status not in codes.statuses.rows:
            raise RequestRejected("a status is none of TRACES")
        say("ChedStatus", status)
    say("CountryOfEntry", filter.country_of_entry, _COUNTRY)
    say("CountryOfDispatch", filter.country_of_dispatch, _COUNTRY)
    say("CountryOfDestination", filter.country_of_destination, _COUNTRY)
    if filter.declaration is not None:
        if filter.declaration.kind is not ReferenceKind.MRN:
            raise RequestRejected("a list is asked for by MRN only")
        say("CustomsDocumentReference", filter.declaration.value, MRN)
    say("DateFrom", None if filter.since is None else moment_text(filter.since))
    say("DateTo", None if filter.until is None else moment_text(filter.until))
    say("CountryOfOrigin", filter.country_of_origin, _COUNTRY)
    say("CommodityCode", filter.commodity_code, _CODE)
    if filter.commodity_code is None and filter.exact_code:
        raise RequestRejected("no commodity code is named to match exactly")
    if filter.commodity_code is not None:
        say("CNCodeExactMatch", "true" if filter.exact_code else "false")
    say("SubscriptionIndication", Subscription.SUBSCRIBED if filter.subscribe else Subscription.NONE)
    return payload("ChedCRFLRequest", names, *told)


def read_list(
    body: etree._Element, filter: DocumentFilter, names: Names, codes: Codes, on: date
) -> tuple[DocumentSummary, ...]:
    """Read the answer to a list.

    Raises:
        UnexpectedAnswer: it is none, or lists what was not asked for or is not understood.
    """
    if body.tag != names.ched("ChedCRFLResponse"):
        raise UnexpectedAnswer(f"the answer is a {local(body)}")
    codes.operations.meaning(text_of(body, names.ched("OperationCode")), on)
    elements = body.findall(names.ched("ChedSummary"))
    if len(elements) + 1 != len(body):
        raise UnexpectedAnswer("the list holds what is not known")
    found = []
    for element in elements:
        type_, reference, status, at = _summary(element, names, codes, on)
        if (filter.types and type_ not in filter.types) or (filter.statuses and status not in filter.statuses):
            raise UnexpectedAnswer("the list holds what was not asked for")
        found.append(
            DocumentSummary(
                type=type_,
                reference=reference,
                status=codes.statuses.meaning(status, on),
                authority_status=status,
                updated_at=at,
            )
        )
    if len({one.reference for one in found}) != len(found):
        raise UnexpectedAnswer("the list holds a certificate twice")
    return tuple(found)


def read_push(body: etree._Element, names: Names, codes: Codes) -> tuple[Change, ...]:
    """Read a notification of TRACES about certificates that are subscribed to: hints, whatever the status in it.

    Raises:
        UnexpectedAnswer: it is no such message.
    """
    if body.tag != names.ched("ChedPushNotification"):
        raise UnexpectedAnswer(f"what was pushed is a {local(body)}")
    elements = body.findall(names.ched("ChedSummary"))
    if not elements or len(elements) != len(body):
        raise UnexpectedAnswer("what was pushed tells of no certificate, or of more than certificates")
    read = (_summary(element, names, codes, None) for element in elements)
    return tuple(Change(type=type_, reference=reference, at=at) for type_, reference, _, at in read)


def _summary(element: etree._Element, names: Names, codes: Codes, on: date | None) -> tuple[str, str, str, datetime]:
    """Return TARIC document code, reference, status code and last update; without a day, that of the update counts."""
    reference = text_of(element, names.ched("ChedCertificateId"))
    kind = text_of(element, names.ched("ChedType"))
    if kind_of(reference) != kind:
        raise UnexpectedAnswer("the certificate's type is not that of its reference")
    at = moment(one(element, names.ched("LastUpdateDateTime")))
    status = text_of(element, names.ched("StatusCode"), _STATUS)
    return codes.types.meaning(kind, on or at.date()), reference, status, at


def _kinds(types: tuple[str, ...], codes: Codes, on: date) -> list[str]:
    return [codes.types.code(type_, on) for type_ in types]
