"""A native message whose single fields are changed, and to which documents are added: whatever else was sent stays as it was sent.

It is written from the message and not from the model, which leaves out what is carried and not judged (packaging, transport documents).
No other format is written: what its elements mean is known for reading alone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.intake.json import parse_json
from gateway.intake.limits import IntakeLimits
from gateway.intake.message_tree import JsonTree, MessageTree, Way, XmlTree
from gateway.intake.shape import Shape
from gateway.intake.xml import parse

MOST_BYTES = 1024 * 1024
"""Bytes of a message of which single fields are changed; the next version of a larger one is sent as a file."""
_SHIPMENT, _ITEM = "GoodsShipment", "GoodsItem"

_Paths = Mapping[str, Sequence[tuple[str, ...]]]
_OF_CITED: _Paths = {
    "type": [("type",)],
    "reference": [("referenceNumber",)],
    "quantity": [("quantity",)],
    "unit": [("measurementUnitAndQualifier",)],
    "amount": [("amount",)],
    "currency": [("currency",)],
    "line": [("documentLineItemNumber",)],
}
_OF_ITEM: _Paths = {
    "description": [("Commodity", "descriptionOfGoods")],
    "commodity_code": [
        ("Commodity", "harmonizedSystemSubHeadingCode"),
        ("Commodity", "combinedNomenclatureCode"),
        ("Commodity", "taricCode"),
    ],
    "additional_codes": [("Commodity", "taricAdditionalCode")],
    "requested_procedure": [("Procedure", "requestedProcedure")],
    "previous_procedure": [("Procedure", "previousProcedure")],
    "additional_procedures": [("Procedure", "additionalProcedure")],
    "origin": [("countryOfOrigin",)],
    "country_of_dispatch": [("countryOfDispatch",)],
    "country_of_destination": [("countryOfDestination",)],
    "net_mass": [("Commodity", "GoodsMeasure", "netMass")],
    "gross_mass": [("Commodity", "GoodsMeasure", "grossMass")],
    "supplementary_units": [("Commodity", "GoodsMeasure", "supplementaryUnits")],
    "invoiced": [("itemAmountInvoiced",)],
    "statistical_value": [("statisticalValue",)],
}
_OF_DECLARATION: _Paths = {
    "additional_type": [("additionalDeclarationType",)],
    "customs_office": [("CustomsOffice", "referenceNumber")],
    "presentation_office": [("CustomsOfficeOfPresentation", "referenceNumber")],
    "importer": [("Importer", "identificationNumber")],
    "exporter": [("Exporter", "identificationNumber")],
    "representative": [("Representative", "identificationNumber")],
    "holder": [("HolderOfTheTransitProcedure", "identificationNumber")],
    "invoice_currency": [(_SHIPMENT, "invoiceCurrency")],
    "country_of_dispatch": [(_SHIPMENT, "countryOfDispatch")],
    "country_of_destination": [(_SHIPMENT, "countryOfDestination")],
}
"""The places of the model's fields below their owner, as `config/formats/native.toml` reads them.

The declarant is none of them: with the LRN it names the declaration, which no later version changes.
"""
_WIDTHS: Mapping[str, Sequence[int]] = {"commodity_code": (6, 2, 2)}
"""The fields whose text stands in several elements, with the characters of each."""
LISTS = frozenset({"additional_codes", "additional_procedures"})
"""The fields of several values, with a blank between them."""


class CitedIn(StrEnum):
    """The lists in which documents are cited."""

    DOCUMENTS = "SupportingDocument"
    REFERENCES = "AdditionalReference"
    PREVIOUS = "PreviousDocument"
    AUTHORISATIONS = "Authorisation"
    """12 12: of the declaration as a whole alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlace:
    """The place of one field: of the declaration, of a goods item, or of a document that the shipment or a goods item cites."""

    name: str
    item: int | None
    """The position of the goods item; None: of the whole declaration."""
    cited_in: CitedIn | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedCitation:
    """A document that is cited besides."""

    item: int | None
    """The position of the goods item that cites it; None: the shipment, or the declaration."""
    cited_in: CitedIn
    values: Mapping[str, str]
    """Its fields by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanges:
    """The differences of a next version from its message."""

    texts: Mapping[FieldPlace, str] = field(default_factory=dict)
    added: Sequence[AddedCitation] = ()
    taken_away: Collection[FieldPlace] = ()
    """Documents that are not cited any more, each by the place of one of its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessage:
    """A message as it was written, with the places of what was changed as violations name them."""

    content: bytes
    places: Mapping[str, FieldPlace | AddedCitation]


@dataclass(frozen=True, slots=True)
class EditableMessage:
    """A message as it was sent, with its fields by their places."""

    tree: MessageTree

    def value(self, of: FieldPlace) -> str | None:
        """Return the text of a field; None: it is not there."""
        found = [text for way, name in _ways(of) for text in self.tree.texts(way, name)]
        return (" " if of.name in LISTS else "").join(found) if found else None

    def written(self, changes: MessageChanges, heads: Mapping[str, str]) -> WrittenMessage:
        """Return the message with its changes, and with these values at its head.

        Raises:
            ValueError: a text cannot stand in a message.
        """
        tree = self.tree.copy()
        for name, text in heads.items():
            tree.put((), name, [text])
        for of, text in changes.texts.items():
            for (way, name), texts in zip(_ways(of), _parts(of, text), strict=True):
                tree.put(way, name, texts)
        appended = [(one, _append(tree, one)) for one in changes.added]
        gone: dict[tuple[int | None, CitedIn], set[int]] = {}
        for of in changes.taken_away:
            if of.cited_in is not None:
                gone.setdefault((of.item, of.cited_in), set()).add(of.position)
        for (item, cited_in), positions in gone.items():
            tree.drop(_holder(item, cited_in), cited_in, positions)
        places: dict[str, FieldPlace | AddedCitation] = {}
        for one, at in appended:
            place = FieldPlace(name="type", item=one.item, cited_in=one.cited_in, position=at)
            places |= {tree.place(way, ""): one for way, _ in _ways(_left(place, gone))}
        for of in changes.texts.keys() - set(changes.taken_away):
            places |= {tree.place(way, name): of for way, name in _ways(_left(of, gone))}
        return WrittenMessage(content=tree.written(), places=places)


def editable_message(raw: bytes, limits: IntakeLimits, shape: Shape) -> EditableMessage:
    """Return a native message that was taken as one whose fields can be changed; `shape` has the order of its elements.

    Raises:
        DeclarationRefused: it cannot be read any more.
    """
    if raw.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"{":
        return EditableMessage(JsonTree(parse_json(raw, limits=limits)[0], shape.name))
    return EditableMessage(XmlTree(parse(raw, limits=limits).root, shape))


def _holder(item: int | None, cited_in: CitedIn | None) -> Way:
    """Return the way to what cites documents: the shipment, or a goods item; to authorisations the declaration itself."""
    if cited_in is CitedIn.AUTHORISATIONS:
        return ()
    return ((_SHIPMENT, 0),) if item is None else ((_SHIPMENT, 0), (_ITEM, item))


def _ways(of: FieldPlace) -> Iterator[tuple[Way, str]]:
    """Yield the elements of a field: the way to each one's parent, and its name."""
    start: Way = ()
    if of.cited_in is not None:
        start, paths = (*_holder(of.item, of.cited_in), (of.cited_in, of.position)), _OF_CITED
    elif of.item is not None:
        start, paths = _holder(of.item, None), _OF_ITEM
    else:
        paths = _OF_DECLARATION
    for *above, name in paths[of.name]:
        yield (*start, *((one, 0) for one in above)), name


def _parts(of: FieldPlace, text: str) -> Iterator[Sequence[str]]:
    """Yield the texts of each element of a field; none: the element is taken away."""
    if of.name in LISTS:
        yield text.split()
        return
    widths = _WIDTHS.get(of.name, ())
    for width in widths[:-1]:
        yield [text[:width]] if text else []
        text = text[width:]
    yield [text] if text else []


def _append(tree: MessageTree, one: AddedCitation) -> int:
    found = {_OF_CITED[name][0][0]: text for name, text in one.values.items() if text}
    return tree.append(_holder(one.item, one.cited_in), one.cited_in, found)


def _left(of: FieldPlace, gone: Mapping[tuple[int | None, CitedIn], set[int]]) -> FieldPlace:
    """Return a place as it is once those documents are gone."""
    before = sum(one < of.position for one in gone.get((of.item, of.cited_in), ())) if of.cited_in is not None else 0
    return replace(of, position=of.position - before)
