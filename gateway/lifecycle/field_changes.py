"""The next version of a declaration with single fields changed and documents added, written from the message of the present version."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from gateway.beside import beside_if_large
from gateway.domain.codec import content_digest
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, PreviousDocument, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.errors import DeclarationRefused, EvidenceChanged
from gateway.domain.record import Record
from gateway.intake import Formats
from gateway.intake.editable_message import LISTS, CitedIn, EditableMessage, FieldPlace, MessageChanges, WrittenMessage
from gateway.intake.mapping import collapsed
from gateway.store import Store

_LONGEST_ID = 35
OF_DECLARATION = (
    "additional_type",
    "customs_office",
    "presentation_office",
    "importer",
    "exporter",
    "representative",
    "holder",
    "country_of_dispatch",
    "country_of_destination",
    "invoice_currency",
)
OF_ITEM = (
    "commodity_code",
    "additional_codes",
    "description",
    "requested_procedure",
    "previous_procedure",
    "additional_procedures",
    "origin",
    "country_of_dispatch",
    "country_of_destination",
    "net_mass",
    "gross_mass",
    "supplementary_units",
    "invoiced",
    "statistical_value",
)
_NAMED = ("type", "reference")
OF_DOCUMENT = (*_NAMED, "line", "quantity", "unit", "amount", "currency")
"""The names of the fields that can be changed, by what they are of."""
_OF_MONEY = {"amount": "value", "currency": "currency"}

Wanted = Callable[[str, int | None, DocumentKey | None], bool]
"""Whether a field is wanted: its name, the number of its goods item, and the document that it is of."""
_Owner = Declaration | GoodsItem | SupportingDocument | AdditionalReference | PreviousDocument
_Place = tuple[FieldPlace, int | None, DocumentKey | None, _Owner]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeableField:
    """One field that can be changed."""

    place: FieldPlace
    goods_item: int | None
    """The number of its goods item; None: of the shipment."""
    document: DocumentKey | None
    """The document that the field belongs to, as declared; None: the goods item's own, or the declaration's."""
    text: str
    """Empty: nothing is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeableDeclaration:
    """A declaration whose message can be written with single fields changed."""

    declared: Declaration
    message: EditableMessage
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def fields(self, wanted: Wanted, lacking: Wanted) -> Iterator[ChangeableField]:
        """Yield the fields that can be changed, each with its present value: those of the declaration first, then goods item by goods item.

        What is not wanted is not looked for: to find one takes as long as there are goods items. A field without a value is
        yielded only where it is `lacking`.
        """
        for place, number, key, owner in self._places():
            if wanted(place.name, number, key):
                yield from self._field(place, number, key, owner, lacking)

    def _places(self) -> Iterator[_Place]:
        declared = self.declared
        for name in OF_DECLARATION:
            yield FieldPlace(name=name, item=None), None, None, declared
        yield from self._of_cited(None, None, declared)
        for position, item in enumerate(declared.items):
            for name in OF_ITEM:
                yield FieldPlace(name=name, item=position), item.number, None, item
            yield from self._of_cited(position, item.number, item)

    def next_version(self, changes: MessageChanges) -> WrittenMessage:
        """Return the message of the next version, for the same calls as a file.

        Raises:
            ValueError: a text cannot stand in a message.
        """
        heads = {
            "version": str(self.declared.version + 1),
            "messageIdentification": self.new_id()[:_LONGEST_ID],
            "preparationDateAndTime": self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self.message.written(changes, heads)

    def _of_cited(self, position: int | None, number: int | None, owner: Declaration | GoodsItem) -> Iterator[_Place]:
        cited: Sequence[tuple[CitedIn, Sequence[_Owner], Sequence[str]]] = (
            (CitedIn.DOCUMENTS, owner.documents, OF_DOCUMENT),
            (CitedIn.REFERENCES, owner.references, _NAMED),
            (CitedIn.PREVIOUS, owner.previous_documents, _NAMED),
        )
        for cited_in, documents, names in cited:
            for at, document in enumerate(documents):
                assert not isinstance(document, Declaration | GoodsItem), "documents are cited"
                key = DocumentKey(document.type, document.reference or "")
                for name in names:
                    place = FieldPlace(name=name, item=position, cited_in=cited_in, position=at)
                    yield place, number, key, document

    def _field(
        self, place: FieldPlace, number: int | None, key: DocumentKey | None, owner: _Owner, lacking: Wanted
    ) -> Iterator[ChangeableField]:
        text, value = self.message.value(place), _value(owner, place.name)
        # What stands there has to be what was read from there: in doubt it is not offered.
        if _is(value, text or "") and (text is not None or lacking(place.name, number, key)):
            yield ChangeableField(place=place, goods_item=number, document=key, text=collapsed(text))


class FieldChanges:
    """Finds declarations of which single fields can be changed."""

    def __init__(
        self, *, store: Store, formats: Formats, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._formats = formats
        self._clock = clock
        self._new_id = new_id

    async def of(self, record: Record) -> ChangeableDeclaration | None:
        """Return a declaration as one whose fields can be changed; None: only a whole file can be its next version.

        That is so where its format is not written here, its message is large or not kept any more, or what would be written reads otherwise.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        declared = await self._store.declarations.declaration(record.id, record.current_version)
        if declared is None:
            return None
        try:
            raw = await self._store.declarations.message(record.id, record.current_version)
        except EvidenceChanged:
            return None
        if raw is None:
            return None
        message = await beside_if_large(declared.size, lambda: self._same(raw, declared))
        if message is None:
            return None
        return ChangeableDeclaration(declared=declared, message=message, clock=self._clock, new_id=self._new_id)

    def _same(self, raw: bytes, declared: Declaration) -> EditableMessage | None:
        """Return the message if it, written with nothing changed, is the same declaration; else None."""
        try:
            message = self._formats.editable(raw, declared.format)
            if message is None:
                return None
            again = self._formats.accept(message.written(MessageChanges(), {}).content, None).digest
        except (DeclarationRefused, ValueError):
            return None
        return message if again == content_digest(declared) else None


def _value(owner: _Owner, name: str) -> object:
    """Return what the model has for a field; an empty text: nothing."""
    if name in _OF_MONEY:
        amount = getattr(owner, "amount", None)
        return "" if amount is None else getattr(amount, _OF_MONEY[name])
    value = getattr(owner, name, None)
    if name in LISTS and isinstance(value, tuple):
        return " ".join(value)
    return str(value) if isinstance(value, int) else "" if value is None else value


def _is(value: object, text: str) -> bool:
    if isinstance(value, Decimal):
        try:
            return Decimal(collapsed(text)) == value
        except InvalidOperation:
            return False
    return value == collapsed(text)
