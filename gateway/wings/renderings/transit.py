"""What all messages to the holder of a transit movement have in common: who writes to whom, about which declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from lxml import etree

SPACE, _PHASE = "http://ncts.dgtaxud.ec", "NCTS5.1"
LONGEST = 512
"""Characters of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Whom a message goes to, and what it is about."""

    about: str
    """What the message's own number is made of: the same state has the same message."""
    at: datetime
    office: str
    recipient: str
    answered: str | None
    """The number of the message that is answered."""
    holder: Mapping[str, str]
    """The numbers of the holder."""


def begun(kind: str, head: Head, operation: Mapping[str, str]) -> etree._Element:
    """Return a message that has everything up to the holder; what it says of the movement is given."""
    root = etree.Element(f"{{{SPACE}}}{kind}", nsmap={"ncts": SPACE}, PhaseID=_PHASE)
    named = sha256(head.about.encode()).hexdigest()[:32]
    add(
        root,
        messageSender=f"NTA.{head.office[:2]}",
        messageRecipient=head.recipient,
        preparationDateAndTime=moment(head.at),
        messageIdentification=f"GW-{named}",
        messageType=kind,
        correlationIdentifier=head.answered,
    )
    add(etree.SubElement(root, "TransitOperation"), **operation)
    add(etree.SubElement(root, "CustomsOfficeOfDeparture"), referenceNumber=head.office)
    add(etree.SubElement(root, "HolderOfTheTransitProcedure"), **head.holder)
    return root


def number_of(mrn: str | None, lrn: str | None) -> dict[str, str]:
    """Return the number of a movement as a message names it: one of the two, never both."""
    if mrn:
        return {"MRN": mrn}
    return {"LRN": lrn} if lrn else {}


def moment(at: datetime) -> str:
    """Return a time as messages write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def add(element: etree._Element, **texts: str | None) -> None:
    """Add an element for each text that there is."""
    for name, text in texts.items():
        if text is not None:
            etree.SubElement(element, name).text = text


def written(root: etree._Element) -> bytes:
    """Return a message as it is sent."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
