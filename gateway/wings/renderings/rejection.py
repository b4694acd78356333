"""The rejection of a message of transit (NCTS IE056, CC056C): what is wrong with it, and at which place."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

import tomli
from lxml import etree

from gateway.domain.errors import (
    DeclarationRefused,
    ForbiddenMarkup,
    GatewayError,
    TooLarge,
    Unreadable,
    UnsupportedFormat,
    Violation,
)
from gateway.intake import IntakeLimits
from gateway.intake.xml import parse
from gateway.wings.renderings.transit import LONGEST, SPACE, Head, add, begun, moment, number_of, written

_NOT_READ = (Unreadable, ForbiddenMarkup, UnsupportedFormat, TooLarge)
"""Refusals that say nothing of the declaration."""
_ROOT = re.compile(rf"\{{{re.escape(SPACE)}\}}CC(013|014|015|170)C")
_OFFICE = re.compile(r"[A-Z]{2}[A-Z0-9]{6}")
_MRN = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{14}")
_STEP = r"[^/\[\]@]+(?:\[[0-9]+\])?"
_BELOW_ROOT = re.compile(rf"/[^/\[\]@]+/({_STEP}(?:/{_STEP})*)")
_FUNCTIONAL = "12"
"""CL226: the message is rejected for functional errors."""
_OTHERS = ("14", "GW0000")
_MOST = 9_999
_HOLDER = {"identificationNumber": 17, "TIRHolderIdentificationNumber": 17}
_LONGEST_NAME, _LONGEST_LRN = 35, 22


def rejection(raw: bytes, error: DeclarationRefused, at: datetime) -> bytes | None:
    """Return the message for a refusal; None: what was refused is no message of transit, or names nobody to answer."""
    if isinstance(error, _NOT_READ):
        return None
    try:
        root = parse(raw, limits=IntakeLimits()).root
    except GatewayError:
        return None
    found = _ROOT.fullmatch(str(root.tag))
    head = _head(root, at)
    if found is None or head is None:
        return None
    operation = {
        **_number(root),
        "businessRejectionType": found[1],
        "rejectionDateAndTime": moment(at),
        "rejectionCode": _FUNCTIONAL,
    }
    message = begun("CC056C", head, operation)
    whole = Violation(code=error.code, message=error.detail)
    for one in (error.violations or (whole,))[:_MOST]:
        _add_error(message, one, root)
    return written(message)


def _head(root: etree._Element, at: datetime) -> Head | None:
    """Return who is answered, by what the refused message itself says."""
    office = _text(root, "CustomsOfficeOfDeparture/referenceNumber")
    numbers = {name: _text(root, f"HolderOfTheTransitProcedure/{name}") for name in _HOLDER}
    holder = {name: text for name, text in numbers.items() if text and len(text) <= _HOLDER[name]}
    recipient = _text(root, "messageSender") or next(iter(holder.values()), None)
    if office is None or not _OFFICE.fullmatch(office) or recipient is None or len(recipient) > _LONGEST_NAME:
        return None
    answered = _text(root, "messageIdentification")
    if answered is not None and len(answered) > _LONGEST_NAME:
        answered = None
    about = f"{recipient} {answered} {moment(at)} {_number(root)}"
    return Head(about=about, at=at, office=office, recipient=recipient, answered=answered, holder=holder)


def _number(root: etree._Element) -> dict[str, str]:
    """Return the number of the movement, as far as the refused message has one that can be repeated."""
    mrn, lrn = (_text(root, f"TransitOperation/{name}") for name in ("MRN", "LRN"))
    return number_of(
        mrn if mrn is not None and _MRN.fullmatch(mrn) else None,
        lrn if lrn is not None and len(lrn) <= _LONGEST_LRN else None,
    )


def _add_error(message: etree._Element, violation: Violation, root: etree._Element) -> None:
    code, reason = _reason(violation)
    place = violation.path or f"/{etree.QName(root).localname}"
    below = _BELOW_ROOT.fullmatch(place)
    value = _text(root, below[1]) if below is not None else None
    add(
        etree.SubElement(message, "FunctionalError"),
        errorPointer=place[:LONGEST],
        errorCode=code,
        errorReason=reason,
        originalAttributeValue=value[:LONGEST].rstrip() if value is not None else None,
    )


def _reason(violation: Violation) -> tuple[str, str]:
    rows = _rows()
    for name in (violation.sentence, violation.rule, violation.code):
        if name is not None and name in rows:
            return rows[name]
    return _OTHERS


def _text(root: etree._Element, path: str) -> str | None:
    """Return the text of an element that has no others, on one line; None: there is none."""
    found = root.find(path)
    if found is None or len(found):
        return None
    return " ".join((found.text or "").split()) or None


@cache
def _rows() -> Mapping[str, tuple[str, str]]:
    table = tomli.loads(files("gateway.wings.renderings").joinpath("reasons.toml").read_text("utf-8"))
    return {name: (code, reason) for name, (code, reason) in table["rows"].items()}
